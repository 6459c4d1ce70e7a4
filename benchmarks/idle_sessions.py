"""What many named sessions cost that nobody listens to."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, Result, at_most
from benchmarks.harness import datadir, process, server

SETTLE_S = 5


def run(*, sessions: int = 10_000, window_s: int = 60) -> Result:
    """CPU of all of them, and memory of each: what a server with them has over one without.

    Args:
        sessions: beside the master.
        window_s: how long the CPU is measured.
    """
    with tempfile.TemporaryDirectory() as folder:
        data = datadir.fresh(Path(folder))
        without = _measured(data, 0, 0)[1]
        cores, with_them = _measured(data, sessions, window_s)
    return Result(
        [
            Figure(f"CPU of {sessions} idle sessions", cores * 100, "% of a core", at_most(0.5)),
            Figure("memory of each", (with_them - without) / sessions / 1000, "kB", at_most(15)),
        ]
    )


def _measured(data: Path, sessions: int, window_s: float) -> tuple[float, int]:
    """Cores used, and resident bytes."""
    with server.running(data, sessions) as drift:
        time.sleep(SETTLE_S)
        meter = process.CpuMeter(drift.pid)
        time.sleep(window_s)
        return meter.read().cores, process.rss_bytes(drift.pid)
