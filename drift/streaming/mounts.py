"""All mounts of all sessions: finds or makes the one a listener wants, and keeps its pump running."""

from __future__ import annotations

from collections.abc import Iterator

from drift.streaming.listener import Ended, Listener, Variant
from drift.streaming.mount import Mount
from drift.streaming.station import Station, StreamSettings
from drift.supervisor import Supervisor
from drift.telemetry import Metrics
from mixer.clock import Clock
from mixer.codecs import Format


class Mounts:
    """See the module."""

    def __init__(
        self, settings: StreamSettings, clock: Clock, metrics: Metrics, supervisor: Supervisor
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._metrics = metrics
        self._supervisor = supervisor
        self._mounts: dict[tuple[str, str], Mount] = {}

    def __iter__(self) -> Iterator[Mount]:
        return iter(self._mounts.values())

    def of(self, station: Station, stream_format: Format) -> Mount:
        """The mount of a session in a format."""
        key = (station.id, stream_format.name)
        mount = self._mounts.get(key)
        if mount is None:
            mount = Mount(station, stream_format, self.settings, self._clock, self._metrics)
            self._mounts[key] = mount
        return mount

    def join(self, mount: Mount, variant: Variant) -> tuple[Listener, int]:
        """As :meth:`Mount.join`, with its pump running."""
        listener, position = mount.join(variant)
        if not mount.running:
            mount.running = True
            self._supervisor.spawn(mount.run(), f"pump {mount.station.id}.{mount.format.name}")
        return listener, position

    def end_all(self, reason: Ended) -> None:
        """Let all streams end cleanly."""
        for mount in self._mounts.values():
            mount.end(reason)
