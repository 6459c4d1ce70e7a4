"""The engine's unit of time, and where time comes from.

Positions on a timeline are integers: samples at 48 000 Hz, or **quanta** of 5 760 samples. 5 760 is
``LCM(1152, 960)``: exactly 120 ms, 5 MP3 packets and 6 Opus packets. Seconds exist only at the edges.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from typing import Protocol

from mixer.pcm import SAMPLE_RATE

QUANTUM = 5_760
QUANTUM_S = QUANTUM / SAMPLE_RATE


def samples(seconds: float) -> int:
    """Seconds as samples, to the nearest one."""
    return round(seconds * SAMPLE_RATE)


def seconds(n_samples: int) -> float:
    """Samples as seconds."""
    return n_samples / SAMPLE_RATE


def ceil_quantum(sample: int) -> int:
    """The first quantum boundary at or after ``sample``, in samples."""
    return -(-sample // QUANTUM) * QUANTUM


def nearest_quantum(sample: int) -> int:
    """The quantum boundary nearest to ``sample``, in samples: at most 60 ms away."""
    return (sample + QUANTUM // 2) // QUANTUM * QUANTUM


class Clock(Protocol):
    """Where time comes from. Monotonic seconds with an arbitrary zero."""

    def now(self) -> float:
        """The time, in seconds."""

    async def sleep_until(self, when: float) -> None:
        """Return at ``when`` or, if that has passed, after letting others run once."""


class MonotonicClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """The time, in seconds since an arbitrary moment."""
        return time.monotonic()

    async def sleep_until(self, when: float) -> None:
        """Sleep on the running event loop."""
        await asyncio.sleep(max(0.0, when - time.monotonic()))


class VirtualClock:
    """Time that moves only when told to: for tests, and for rendering faster than real time."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._order = 0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        """The virtual time, in seconds."""
        return self._now

    async def sleep_until(self, when: float) -> None:
        """Sleep until :meth:`advance` has carried time to ``when``."""
        if when <= self._now:
            await asyncio.sleep(0)
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order += 1
        heapq.heappush(self._sleepers, (when, self._order, waiter))
        await waiter

    def advance(self, by_s: float) -> None:
        """Move time forward by ``by_s`` seconds and wake, in order, whoever slept until then."""
        self._now += by_s
        while self._sleepers and self._sleepers[0][0] <= self._now:
            waiter = heapq.heappop(self._sleepers)[2]
            if not waiter.done():
                waiter.set_result(None)
