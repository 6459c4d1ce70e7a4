"""When each packet leaves, and with which timestamp: packets come in sixes and leave one every 20 ms."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

TICK_S = 0.02
TICK_SAMPLES = 960

LEAD_TICKS = 3
"""60 ms between the arrival of a room's first packets and their leaving: what the parent may be late by."""

_LATE_TICKS = 12
"""Packets that are later than this (240 ms) are not caught up with: the room goes on later from then on."""

_WAITING_TICKS = 24
"""So much may wait (480 ms); what is further ahead has another timeline than the one before."""


class Lane:
    """One room's packets in time. Ticks are counted by the caller.

    The distance between packets on the timeline is the one between their timestamps. Where the timeline jumps
    against the clock, timestamps follow the clock, so a receiver takes it as what it is: nothing was sent.

    Attributes:
        late: packets that came when they should have left already; they leave at once.
    """

    def __init__(self) -> None:
        self.late = 0
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._base: int | None = None
        self._free = 0

    def put(self, sample: int, packets: Sequence[bytes], tick: int) -> None:
        """Packets have come.

        Args:
            sample: where on the timeline the first one begins.
            packets: that follow one another.
            tick: what leaves next.
        """
        position = sample // TICK_SAMPLES
        due = None if self._base is None else self._base + position
        if due is None or due < self._free or not tick - _LATE_TICKS <= due <= tick + _WAITING_TICKS:
            due = max(tick + LEAD_TICKS, self._free)
            self._base = due - position
        for number, packet in enumerate(packets, due):
            self._waiting.append((number, packet))
            self.late += number < tick
        self._free = due + len(packets)

    def take(self, tick: int) -> list[tuple[int, bytes]]:
        """What leaves in ``tick``: timestamps in samples that only grow, and packets."""
        due = []
        while self._waiting and self._waiting[0][0] <= tick:
            number, packet = self._waiting.popleft()
            due.append((number * TICK_SAMPLES, packet))
        return due
