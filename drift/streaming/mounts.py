"""All mounts of all sessions: finds or makes the one a listener wants, and keeps its pump running."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from drift.streaming.hls import Feed
from drift.streaming.listener import Ended, Listener, Variant
from drift.streaming.mount import Mount
from drift.streaming.station import Station, StreamSettings
from drift.supervisor import Supervisor
from drift.telemetry import Metrics
from mixer.clock import Clock
from mixer.codecs import FORMATS, Format

_FIRST_NUMBER_AT = 1_760_000_000
"""Unix time, when segments' numbers began: they stay within 31 bits until 2059."""


class Mounts:
    """See the module.

    Args:
        wall: Unix time in seconds.
    """

    def __init__(
        self,
        settings: StreamSettings,
        clock: Clock,
        metrics: Metrics,
        supervisor: Supervisor,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._metrics = metrics
        self._supervisor = supervisor
        self._wall = wall
        self._mounts: dict[tuple[str, str], Mount] = {}
        self._feeds: dict[str, Feed] = {}
        self._free_number = 0

    def __iter__(self) -> Iterator[Mount]:
        return iter(self._mounts.values())

    def of(self, station: Station, stream_format: Format) -> Mount:
        """The mount of a session in a format."""
        key = (station.id, stream_format.name)
        mount = self._mounts.get(key)
        if mount is None or mount.station is not station:
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

    def feed(self, station: Station) -> Feed | None:
        """The HLS feed of a session, if one runs."""
        feed = self._feeds.get(station.id)
        return None if feed is None or feed.ended or feed.mount.station is not station else feed

    def open_feed(self, station: Station, client: str) -> Feed:
        """The same, started if none runs. A client asks for it.

        Its first segment's number is the time, in half seconds, so that numbers never go back, not even when
        Drift has been restarted in between: within a feed they grow slower.

        Raises:
            CodecError: the stream cannot be opened.
        """
        feed = self.feed(station)
        if feed is not None:
            feed.seen(client)
            return feed
        others = [one.next_number for one in self._feeds.values()]
        first = max(int(2 * (self._wall() - _FIRST_NUMBER_AT)), self._free_number, *others)
        mount = self.of(station, FORMATS["mp3"])
        feed = Feed(mount, self.settings.rates.mp3, first, self._clock, self._wall)
        listener, position = self.join(mount, feed.variant)
        listener.ended.add_done_callback(lambda _: self._forget(feed))
        self._feeds[station.id] = feed
        feed.begin(listener, position, client)
        return feed

    def _forget(self, feed: Feed) -> None:
        self._free_number = max(self._free_number, feed.next_number)
        if self._feeds.get(feed.mount.station.id) is feed:
            del self._feeds[feed.mount.station.id]

    def hurry(self, station: Station) -> None:
        """Something else is heard from now on: send what is due at once, and little at a time for a while."""
        for mount in self.those_of(station):
            if mount.running:
                self._supervisor.spawn(mount.hurry(), f"hurry {station.id}.{mount.format.name}")

    def drop(self, station: Station, reason: Ended) -> None:
        """A session is no longer there: its streams end cleanly."""
        for mount in self.those_of(station):
            mount.end(reason)
            del self._mounts[station.id, mount.format.name]

    def those_of(self, station: Station) -> list[Mount]:
        """The mounts that a session has had listeners on."""
        found = (self._mounts.get((station.id, name)) for name in FORMATS)
        return [mount for mount in found if mount is not None and mount.station is station]

    def end_all(self, reason: Ended) -> None:
        """Let all streams end cleanly."""
        for mount in self._mounts.values():
            mount.end(reason)
