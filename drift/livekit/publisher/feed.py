"""One pump for all rooms: takes each session's packets as they become due, a quantum at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from drift.errors import NotReadyError
from drift.supervisor import Supervisor
from drift.telemetry import logger
from mixer.clock import QUANTUM, QUANTUM_S, Clock
from mixer.codecs import CODECS, Codec

log = logger(__name__)

_OPUS = CODECS["opus"]

_LOOK_S = 0.01
"""Sessions count time each from a beginning of its own, so whose quantum is due is looked up this often."""

_AT_ONCE = 2
"""Quanta (240 ms): of what is due for longer than that, the older part is not played any more."""

_LOST_QUANTA = 250
"""Further behind than this (30 s), time is taken to have stood still."""

_RETRY_S = 0.5


class Station(Protocol):
    """What is needed of a session; somebody else attaches to it, so that its time passes."""

    @property
    def position(self) -> int:
        """The live edge in samples."""

    def announce(self) -> None:
        """Tell of what has changed at the live edge."""

    def resume_from(self, sample: int) -> None:
        """Let the live edge be at ``sample`` now."""

    async def packets(self, codec: Codec, quantum: int, count: int) -> list[list[bytes]]:
        """Packets, a list per quantum."""


Send = Callable[[int, Sequence[bytes], float], None]
"""Takes the sample that packets begin with, them, and for how long they have been due, in seconds."""


@dataclass(slots=True, eq=False)
class _Line:
    """A session that is fed.

    Attributes:
        next: the quantum to take next.
        turn: the quantum that its live edge was seen to come to.
        turned_at: by the clock, when that was.
        busy: its packets are being made.
        hurried: one quantum more is to be taken, before it has passed.
        not_before: by the clock, when it is looked at again.
    """

    station: Station
    send: Send
    next: int
    turn: int
    turned_at: float
    busy: bool = False
    hurried: bool = False
    not_before: float = 0.0
    open: bool = True


class Feed:
    """See the module. It runs while there is anything to feed.

    A session whose packets take long to make has a task of its own for that: it delays no other.
    """

    def __init__(self, clock: Clock, supervisor: Supervisor) -> None:
        self._clock = clock
        self._supervisor = supervisor
        self._lines: set[_Line] = set()
        self._running = False

    def __len__(self) -> int:
        return len(self._lines)

    def open(self, station: Station, send: Send) -> Callable[[], None]:
        """Feed a session's packets to ``send`` from its live edge on; what is returned ends that."""
        turn = station.position // QUANTUM
        line = _Line(station, send, turn, turn, self._clock.now())
        self._lines.add(line)
        if not self._running:
            self._running = True
            self._supervisor.spawn(self._run(), "feed of publishers")

        def close() -> None:
            line.open = False
            self._lines.discard(line)

        return close

    def hurry(self, station: Station) -> None:
        """Something else will be heard: have it made at once, as it takes a while to render and encode.

        It still leaves in its time. The next command cannot change what has been taken, so this is for one
        quantum only.
        """
        for line in self._lines:
            if line.station is station:
                line.hurried = True
                self._look(line)

    async def _run(self) -> None:
        try:
            while self._lines:
                now = self._clock.now()
                for line in self._lines:
                    self._look(line)
                await self._clock.sleep_until(now + _LOOK_S)
        finally:
            self._running = False

    def _look(self, line: _Line) -> None:
        """Take what is due, if anything is."""
        now, turn = self._clock.now(), line.station.position // QUANTUM
        if turn != line.turn:
            line.turn, line.turned_at = turn, now
        if line.busy or now < line.not_before:
            return
        target = turn + line.hurried
        line.hurried = False
        if target - line.next > _LOST_QUANTA:
            line.station.resume_from(line.next * QUANTUM)
            return
        if target < line.next - 1:  # the live edge was moved back
            line.next = target
        elif target > line.next:
            line.next = max(line.next, target - _AT_ONCE)
            line.busy = True
            due = line.turned_at + (line.next + 1 - turn) * QUANTUM_S
            self._supervisor.spawn(self._take(line, target - line.next, due), "packets for a room")

    async def _take(self, line: _Line, count: int, due: float) -> None:
        """Whatever goes wrong, it is tried again."""
        try:
            quanta = await line.station.packets(_OPUS, line.next, count)
            if line.open:
                packets = list(chain.from_iterable(quanta))
                line.send(line.next * QUANTUM, packets, self._clock.now() - due)
            line.next += count
            line.station.announce()
        except NotReadyError:
            line.not_before = self._clock.now() + _RETRY_S
        except Exception:
            line.not_before = self._clock.now() + _RETRY_S
            log.exception("publisher-feed-failed")
        finally:
            line.busy = False
