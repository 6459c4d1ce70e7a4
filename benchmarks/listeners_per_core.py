"""How many listeners a core serves, against Icecast fed with the same stream."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, Result, Target, at_least, at_most
from benchmarks.harness import datadir, icecast, process, server
from benchmarks.harness.listeners import Heard, Storm, listeners, percentile

RATE = datadir.KBPS * 125
STREAM = "/stream/master.mp3"
RECORDED_S = 15
SETTLE_S = 10
ALONE_S = 15


@dataclass(frozen=True, slots=True)
class _Run:
    """Many listeners on one mount.

    Attributes:
        alone_cores: what the server used for the first listener.
        memory_bytes: resident, per listener.
    """

    count: int
    storm: Storm
    alone_cores: float
    use: process.CpuUse
    heard: Heard
    memory_bytes: float


def run(*, some: int = 4000, many: int = 10_000, window_s: int = 60) -> Result:
    """The same load on Drift and on Icecast, one after the other.

    Args:
        some: listeners in the first round.
        many: listeners in the second one.
        window_s: how long is measured.
    """
    figures: list[Figure] = []
    notes = [] if icecast.installed() else [icecast.HOW_TO_GET]
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        directory.chmod(0o755)  # started by root, Icecast runs as somebody else
        data = datadir.warm(directory)
        for wanted in (some, many):
            count = process.connections_possible(wanted)
            with server.running(data) as drift:
                stream = drift.record(STREAM, RECORDED_S)
                ours = _measure(directory, drift.pid, drift.port, STREAM, count=count, window_s=window_s)
            theirs = None
            if icecast.installed():
                with icecast.running(directory / f"icecast-{wanted}", stream, datadir.KBPS, count) as peer:
                    theirs = _measure(
                        directory, peer.pid, peer.port, icecast.PATH, count=count, window_s=window_s
                    )
                notes += theirs.use.notes(f"Icecast with {count} listeners")
            notes += ours.use.notes(f"Drift with {count} listeners")
            figures += _figures(ours, theirs)
    return Result(figures, "Icecast", icecast.installed(), notes)


def _measure(directory: Path, pid: int, port: int, path: str, *, count: int, window_s: float) -> _Run:
    """One listener, then ``count``, on a server that is on air."""
    with listeners(directory) as load:
        load.open(port, [path])
        time.sleep(SETTLE_S)
        memory = process.rss_bytes(pid)
        meter = process.CpuMeter(pid)
        load.measure(ALONE_S)
        alone = meter.read()
        storm = load.open(port, [path] * (count - 1))
        time.sleep(SETTLE_S)
        meter = process.CpuMeter(pid)
        heard = load.measure(window_s)
        use = meter.read()
        each_bytes = (process.rss_bytes(pid) - memory) / (count - 1)
    return _Run(count, storm, alone.cores, use, heard, each_bytes)


def _figures(ours: _Run, theirs: _Run | None) -> list[Figure]:
    return [
        Figure(
            f"{ours.count}: {name}",
            value(ours),
            unit,
            target,
            value(theirs) if theirs else None,
        )
        for name, value, unit, target in _WANTED
    ]


_WANTED: tuple[tuple[str, Callable[[_Run], float], str, Target | None], ...] = (
    ("listeners per core", lambda run: run.count / run.use.cores, "", at_least(5, of_peer=True)),
    ("worst listener off the rate", lambda run: run.heard.worst_deviation(RATE) * 100, "%", at_most(0.5)),
    ("worst gap", lambda run: max(run.heard.gaps_s), "s", at_most(1.5)),
    ("memory per listener", lambda run: run.memory_bytes / 1000, "kB", at_most(30)),
    ("CPU", lambda run: run.use.cores * 100, "% of a core", None),
    ("CPU of the first one alone", lambda run: run.alone_cores * 100, "% of a core", None),
    ("until all are heard", lambda run: run.storm.seconds, "s", None),
    ("first byte, median", lambda run: percentile(run.storm.first_byte_s, 50) * 1000, "ms", None),
    ("first byte, p99", lambda run: percentile(run.storm.first_byte_s, 99) * 1000, "ms", None),
    ("CPU of the load generator", lambda run: run.heard.cores * 100, "% of a core", None),
)
