"""``make soak``: hours of virtual time as fast as the machine goes, then real minutes of coming and going."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import tempfile
import time
from pathlib import Path

import uvloop

from benchmarks.figures import Figure, Result, at_most
from benchmarks.harness import datadir, process, server
from benchmarks.harness.listeners import Listeners, listeners
from benchmarks.harness.virtual_radio import on_air
from drift.telemetry import configure_logging
from mixer.clock import QUANTUM_S

SAMPLES = 60
"""Looks at the memory, spread evenly; the first ``WARM_UP`` of them, while caches fill, do not count."""

WARM_UP = 15
CROWDED = (5, 9)
"""Before these looks, all sessions cross-fade at once: what memory that takes must not pass for growth."""

STAY_S = 40
"""How long a listener stays on average."""

FINAL_S = 30
RATE = datadir.KBPS * 125


def run(
    *, hours: float = 6.0, sessions: int = 20, minutes: float = 10.0, named: int = 100, heard: int = 200
) -> Result:
    """Memory must not grow, and what is sent must be what the clock says.

    Args:
        hours: of virtual time.
        sessions: on virtual time.
        minutes: of real time.
        named: sessions of the server that runs in real time.
        heard: listeners on it at any time.
    """
    configure_logging("warning")
    with (
        tempfile.TemporaryDirectory() as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        figures = runner.run(_virtual(datadir.warm(Path(folder)), hours, sessions))
    with tempfile.TemporaryDirectory() as folder:
        figures += _real(datadir.warm(Path(folder)), minutes, named, heard)
    return Result(figures)


async def _virtual(data: Path, hours: float, sessions: int) -> list[Figure]:
    """Real sessions, mounts and threads; only the clock and the connections are not."""
    memory: list[int] = []
    quanta = round(hours * 3600 / SAMPLES / QUANTUM_S)
    begin = time.monotonic()
    async with on_air(data, sessions) as radio:
        for number in range(SAMPLES):
            if number in CROWDED:
                radio.skip_all()
            await radio.advance(quanta)
            memory.append(process.own_memory_bytes(os.getpid()))
            if number % 10 == 9:
                _tell(f"{hours * (number + 1) / SAMPLES:.2f} virtual hours", memory)
        spent_s = time.monotonic() - begin
        short = await radio.rest_on_a_tick()
        late = radio.metric("drift_stream_underruns_total")
        began = radio.metric("drift_session_tracks_started_total")
    return [
        Figure("virtual: memory growth", _growth(memory) * 100, "%", at_most(5)),
        Figure("virtual: packets off the clock", short, "", at_most(0)),
        Figure("virtual: underruns", late, "", at_most(0)),
        Figure("virtual: tracks begun", began),
        Figure(f"virtual: speed of {sessions} sessions", hours * 3600 / spent_s, "x real time"),
    ]


def _real(data: Path, minutes: float, named: int, heard: int) -> list[Figure]:
    """A server with listeners that come and go."""
    memory: list[int] = []
    with server.running(data, named) as drift, listeners(data.parent) as load:
        crowd = _Crowd(load, drift.port, named, heard)
        for number in range(SAMPLES):
            crowd.come_and_go(minutes * 60 / SAMPLES)
            memory.append(process.own_memory_bytes(drift.pid))
            if number % 10 == 9:
                _tell(f"{minutes * (number + 1) / SAMPLES:.1f} minutes", memory)
        final = load.measure(FINAL_S)
        metrics = drift.metrics()
    return [
        Figure("real: memory growth", _growth(memory) * 100, "%", at_most(5)),
        Figure(
            "real: worst listener off the rate, at the end",
            final.worst_deviation(RATE) * 100,
            "%",
            at_most(0.5),
        ),
        Figure("real: worst gap, at the end", max(final.gaps_s), "s", at_most(1.5)),
        Figure("real: underruns", metrics["drift_stream_underruns_total"], "", at_most(0)),
        Figure("real: broken pumps", metrics["drift_stream_pump_faults_total"], "", at_most(0)),
        Figure("real: listeners that came", crowd.came),
    ]


class _Crowd:
    """Listeners on sessions chosen at random, who stay for a while."""

    def __init__(self, load: Listeners, port: int, sessions: int, size: int) -> None:
        self._load = load
        self._port = port
        self._sessions = sessions
        self._size = size
        self._random = random.Random(1)
        self.came = 0
        self._let_in(size)

    def _let_in(self, count: int) -> None:
        paths = [
            f"/stream/{server.session(self._random.randrange(self._sessions))}.mp3" for _ in range(count)
        ]
        self._load.open(self._port, paths)
        self.came += count

    def come_and_go(self, seconds: float) -> None:
        """Every second some leave, and as many come."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(min(1.0, seconds))
            leaving = self._random.sample(range(self._size), max(1, self._size // STAY_S))
            self._load.close(leaving)
            self._let_in(len(leaving))


def _growth(memory: list[int]) -> float:
    """From soon after the warm-up to the end, as a fraction; medians, as single looks vary."""
    few = (SAMPLES - WARM_UP) // 4
    return statistics.median(memory[-few:]) / statistics.median(memory[WARM_UP : WARM_UP + few]) - 1


def _tell(when: str, memory: list[int]) -> None:
    print(f"{when}: {memory[-1] / 1e6:.0f} MB", flush=True)
