"""When each packet leaves, and with which timestamp: packets come in sixes and leave one every 20 ms."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

TICK_S = 0.02
TICK_SAMPLES = 960

LEAD_TICKS = 3
"""60 ms between the moment when a room's packets are due here and their leaving: they may be late by that."""

_APART_TICKS = 3
"""The parent knows to 10 ms when packets are due. If that is further off (60 ms), the timeline has jumped."""


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

    def put(self, sample: int, packets: Sequence[bytes], tick: int, late_ticks: int = 0) -> None:
        """Packets have come.

        Args:
            sample: where on the timeline the first one begins.
            packets: that follow one another.
            tick: what leaves next.
            late_ticks: how long ago they were due; negative: they are early.
        """
        position = sample // TICK_SAMPLES
        base = tick + LEAD_TICKS - late_ticks - position
        if self._base is None or abs(base - self._base) > _APART_TICKS:
            self._base = base
        due = max(self._base + position, self._free)
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
