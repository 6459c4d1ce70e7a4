"""Sessions that are made and ended, thousands of times and by many at once: what is left of them."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.figures import Figure, Result, at_most
from benchmarks.harness import datadir, process, server
from tests.support import churn
from tests.support.churn import Tally, open_files

WARM_UP_CYCLES = 500
WARM_UP_S = 10
"""Until caches and the pool of database connections are filled."""

CLOSED_S = 90


def run(*, cycles: int = 2000, seconds: int = 60, workers: int = 50) -> Result:
    """Memory and open files are compared before and after.

    Args:
        cycles: of making a session, listening, following it, listening to that, and ending both.
        seconds: how long the workers are at it.
        workers: clients that do all that at random and at once.
    """
    with tempfile.TemporaryDirectory() as folder, server.running(datadir.warm(Path(folder))) as drift:
        url = f"http://127.0.0.1:{drift.port}"
        _in_turn(url, WARM_UP_CYCLES, 0)
        before = _settled(drift, None)
        memory, own = process.rss_bytes(drift.pid), process.own_memory_bytes(drift.pid)
        begin = time.monotonic()
        _in_turn(url, cycles, WARM_UP_CYCLES)
        each_s = (time.monotonic() - begin) / cycles
        left = _more(_settled(drift, before), before)
        grown = process.rss_bytes(drift.pid) - memory
        own_grown = process.own_memory_bytes(drift.pid) - own
        asyncio.run(_churn(url, WARM_UP_S, workers, 2))
        before = _settled(drift, None)
        meter = process.CpuMeter(drift.pid)
        tally = asyncio.run(_churn(url, seconds, workers, 1))
        use = meter.read()
        left_at_random = _more(_settled(drift, before), before)
    return Result(
        [
            Figure(f"memory growth over {cycles} cycles", grown / 1e6, "MB", at_most(10)),
            Figure("the same without files", own_grown / 1e6, "MB", at_most(10)),
            Figure("files and sockets left open", left, "", at_most(0)),
            Figure("a cycle", each_s * 1000, "ms"),
            Figure(f"{workers} at random: done", tally.total),
            Figure("at random: answers that should not be", len(tally.unexpected), "", at_most(0)),
            Figure("at random: files and sockets left open", left_at_random, "", at_most(0)),
            Figure("at random: CPU", use.cores * 100, "% of a core"),
        ],
        notes=[*use.notes("Drift"), *sorted(set(tally.unexpected))],
    )


async def _churn(url: str, seconds: float, workers: int, seed: int) -> Tally:
    crowd = churn.Churn(url, seed)
    await crowd.run(seconds, workers)
    return crowd.tally


def _in_turn(url: str, count: int, first: int) -> None:
    asyncio.run(churn.cycles(url, count, first))


def _settled(drift: server.Drift, before: Counter[str] | None) -> Counter[str]:
    """What is open once all that is about to be closed has been."""
    end = time.monotonic() + CLOSED_S
    found = open_files(drift.pid)
    while time.monotonic() < end:
        time.sleep(1)
        last, found = found, open_files(drift.pid)
        quiet = drift.metrics()["drift_events_clients"] == drift.metrics()["drift_stream_listeners"] == 0
        if quiet and found == last and (before is None or not _more(found, before)):
            break
    return found


def _more(now: Counter[str], before: Counter[str]) -> int:
    """How much more is open; the cache may have more of its files open."""
    now = Counter({kind: count for kind, count in now.items() if kind != "cache"})
    return (now - before).total()
