"""The publisher processes, as many as the rooms take. When one ends or hangs, its rooms are told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from drift.livekit.publisher.frames import Audio, Control
from drift.supervisor import Supervisor
from drift.telemetry import logger
from mixer.clock import Clock

log = logger(__name__)

_SILENT_S = 5.0
"""A process that has not said anything for so long hangs; it speaks every second."""

_START_S = 30.0
"""Until it speaks for the first time: a second where the machine has nothing else to do."""


_LOOK_S = 0.5


class Child(Protocol):
    """What is needed of a process; see ``process``."""

    @property
    def pid(self) -> int:
        """Its process id."""

    @property
    def dropped(self) -> int:
        """Frames that it did not take in time."""

    def say(self, message: Control) -> None:
        """Tell it to do something."""

    def play(self, audio: Audio) -> None:
        """Give it packets."""

    async def ended(self) -> int:
        """Its exit status, when it has ended."""

    def kill(self) -> None:
        """End it at once."""

    async def close(self) -> None:
        """Let it end."""


StartChild = Callable[[Callable[[Control], None]], Awaitable[Child]]


class Worker:
    """A process with seats for rooms.

    Attributes:
        seats: how many are taken.
        gone: done when the process has ended.
        packets: that it has sent into rooms.
        late: how many of them came to it too late.
        silent_from: by the clock, since when it has not said anything.
    """

    def __init__(self, starts_at: float) -> None:
        self.child: Child
        self.seats = 0
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.silent_from = starts_at + _START_S - _SILENT_S
        self.packets = 0
        self.late = 0


class Crew:
    """See the module.

    Args:
        hear: gets what processes say of rooms.
        rooms_per_child: seats in each.
        start: starts a process.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        clock: Clock,
        *,
        hear: Callable[[Control], None],
        rooms_per_child: int,
        start: StartChild,
    ) -> None:
        self._supervisor = supervisor
        self._clock = clock
        self._hear = hear
        self._rooms_per_child = rooms_per_child
        self._start = start
        self._starting = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()
        self.workers: list[Worker] = []
        self.restarts = 0
        self._packets = self._late = self._dropped = 0

    @property
    def packets(self) -> int:
        """Sent into rooms since the beginning."""
        return self._packets + sum(one.packets for one in self.workers)

    @property
    def late(self) -> int:
        """How many of them came too late to leave in time."""
        return self._late + sum(one.late for one in self.workers)

    @property
    def dropped(self) -> int:
        """Pieces of audio that a process did not take in time."""
        return self._dropped + sum(one.child.dropped for one in self.workers)

    async def seat(self) -> Worker:
        """A process with a free seat, which is taken then.

        Raises:
            OSError: none can be started.
        """
        async with self._starting:
            free = [one for one in self.workers if one.seats < self._rooms_per_child]
            worker = free[0] if free else await self._begin()
            worker.seats += 1
            return worker

    def leave(self, worker: Worker) -> None:
        """Give a seat back; a process without rooms ends."""
        worker.seats -= 1
        if worker.seats == 0 and worker in self.workers:
            self._end(worker)

    async def stop(self) -> None:
        """End all of them."""
        for worker in list(self.workers):
            self._end(worker)
        await asyncio.gather(*self._ending)

    def _end(self, worker: Worker) -> None:
        self._retire(worker)
        ending = self._supervisor.spawn(worker.child.close(), f"end of publisher {worker.child.pid}")
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _begin(self) -> Worker:
        worker = Worker(self._clock.now())
        worker.child = await self._start(lambda message: self._take(worker, message))
        self.workers.append(worker)
        log.info("publisher-started", pid=worker.child.pid)
        self._supervisor.spawn(self._wait(worker), f"publisher {worker.child.pid}")
        self._supervisor.spawn(self._watch(worker), f"watch of publisher {worker.child.pid}")
        return worker

    def _take(self, worker: Worker, message: Control) -> None:
        worker.silent_from = self._clock.now()
        if message["say"] == "figures":
            worker.packets, worker.late = message["packets"], message["late"]
        else:
            self._hear(message)

    async def _wait(self, worker: Worker) -> None:
        """See it end."""
        status = await worker.child.ended()
        if worker in self.workers:
            self.restarts += 1
            log.warning("publisher-ended", pid=worker.child.pid, status=status, rooms=worker.seats)
            self._retire(worker)

    async def _watch(self, worker: Worker) -> None:
        """End it if it hangs."""
        while worker in self.workers:
            if self._clock.now() - worker.silent_from >= _SILENT_S:
                log.warning("publisher-hangs", pid=worker.child.pid)
                worker.child.kill()
                return
            await self._clock.sleep_until(self._clock.now() + _LOOK_S)

    def _retire(self, worker: Worker) -> None:
        self.workers.remove(worker)
        self._packets += worker.packets
        self._late += worker.late
        self._dropped += worker.child.dropped
        worker.gone.set_result(None)
