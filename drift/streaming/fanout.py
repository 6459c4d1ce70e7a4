"""The listeners of one mount, and how the same bytes reach all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from drift.streaming import icy
from drift.streaming.listener import Ended, Listener, Variant, chunked
from drift.telemetry import Metrics

SLICE = 100
"""So many listeners are served in one go, which takes about a millisecond; then others have their turn."""


@dataclass(frozen=True, slots=True)
class Audio:
    """What a mount sends at one tick.

    Attributes:
        offset: how many bytes it had sent before.
        title: what plays.
    """

    data: bytes
    offset: int
    title: str

    def framed(self, variant: Variant, icy_interval: int) -> bytes:
        """The bytes that all listeners of a variant share."""
        data = self.data
        if variant.icy:
            data = icy.insert(data, self.offset, icy_interval, icy.metadata(self.title))
        return chunked(data) if variant.chunked else data

    def after(self, skipped: int) -> Audio:
        """The same without its first bytes."""
        return Audio(self.data[skipped:], self.offset + skipped, self.title)


class Fanout:
    """See the module. Listeners are served in the order in which they came: each at its moment of the tick.

    Args:
        icy_interval: of the mount's grid.
        backlog: bytes that may wait for a listener before it is passed over.
        slow_limit_s: how long it may be passed over before it is dropped.
        leave: called with listeners that have gone or are dropped, and why; it removes them.
    """

    def __init__(
        self,
        *,
        icy_interval: int,
        backlog: int,
        slow_limit_s: float,
        metrics: Metrics,
        leave: Callable[[Listener, Ended], None],
    ) -> None:
        self._icy_interval = icy_interval
        self._backlog = backlog
        self._slow_limit_s = slow_limit_s
        self._metrics = metrics
        self._leave = leave
        self._members: dict[Variant, dict[Listener, None]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._members.values()))

    def __iter__(self) -> Iterator[Listener]:
        return (listener for members in self._members.values() for listener in members)

    def add(self, listener: Listener) -> None:
        """Serve a listener from the next :meth:`send` on."""
        self._members.setdefault(listener.variant, {})[listener] = None

    def remove(self, listener: Listener) -> bool:
        """Serve it no more; whether it was among the served."""
        return self._members.get(listener.variant, {}).pop(listener, listener) is None

    async def send(self, audio: Audio, now: float) -> int:
        """Give all listeners the same bytes, a slice of them at a time; nobody waits for a slow one.

        Who is added between slices is not served yet; who ends then gets nothing more.

        Returns:
            How many bytes were given.
        """
        total = 0
        for variant, members in [(variant, list(members)) for variant, members in self._members.items()]:
            data = audio.framed(variant, self._icy_interval) if members else b""
            for at in range(0, len(members), SLICE):
                if at:
                    await asyncio.sleep(0)
                for listener in members[at : at + SLICE]:
                    if listener.take(data, self._backlog):
                        total += len(data)
                    elif not listener.ended.done():
                        total += self._attend_to(listener, audio, data, now)
        return total

    def _attend_to(self, listener: Listener, audio: Audio, data: bytes, now: float) -> int:
        """Serve a listener that does not just take what all take: how many bytes it was given."""
        if listener.gone:
            self._leave(listener, "client-left")
            return 0
        was_stalled = listener.stalled
        if not listener.may_take(now, self._backlog, self._slow_limit_s):
            self._pass_over(listener, was_stalled, audio.offset)
            return 0
        if listener.icy_resume_at is not None:
            skipped = (listener.icy_resume_at - audio.offset) % self._icy_interval
            if skipped >= len(audio.data):
                return 0
            listener.icy_resume_at = None
            data = audio.after(skipped).framed(listener.variant, self._icy_interval)
        listener.write(data)
        return len(data)

    def _pass_over(self, listener: Listener, was_stalled: bool, offset: int) -> None:
        if listener.ended.done():
            self._metrics.dropped.inc()
            self._leave(listener, "too-slow")
        elif not was_stalled:
            self._metrics.skipped_ahead.inc()
            if listener.variant.icy and listener.icy_resume_at is None:
                listener.icy_resume_at = offset % self._icy_interval
