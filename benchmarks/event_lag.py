"""How soon all event clients of one session know of a command, while as many listen to it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, Result, at_most
from benchmarks.harness import datadir, process, server
from benchmarks.harness.listeners import listeners, percentile

STREAM = "/stream/master.mp3"
EVENTS = "/events/master"
SETTLE_S = 10
EVERY_S = 0.5
"""Twice a second: far from the limit for one client's commands."""


def run(*, watchers: int = 1000, heard: int = 1000, commands: int = 100) -> Result:
    """Renames are told to all at once; each client's time counts.

    Args:
        watchers: event clients.
        heard: listeners.
        commands: how many are given, one after another.
    """
    possible = process.connections_possible(watchers + heard)
    watchers, heard = possible * watchers // (watchers + heard), possible * heard // (watchers + heard)
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        with server.running(datadir.warm(directory)) as drift, listeners(directory) as load:
            load.open(drift.port, [STREAM] * heard)
            time.sleep(SETTLE_S)
            memory = process.rss_bytes(drift.pid)
            load.open(drift.port, [EVENTS] * watchers)
            each_bytes = (process.rss_bytes(drift.pid) - memory) / watchers
            time.sleep(SETTLE_S)
            meter = process.CpuMeter(drift.pid)
            told = load.command(drift.port, "master", commands, EVERY_S)
            use = meter.read()
            metrics = drift.metrics()
    lags_ms = [1000 * one for one in told.lags_s]
    return Result(
        [
            Figure(f"{watchers} clients, {heard} listeners: lag, median", percentile(lags_ms, 50), "ms"),
            Figure("lag, p99", percentile(lags_ms, 99), "ms", at_most(250)),
            Figure("lag, longest", max(lags_ms), "ms"),
            Figure("worst audio gap", max(told.gaps_s), "s", at_most(1.5)),
            Figure("event clients dropped", metrics["drift_events_clients_dropped_total"], "", at_most(0)),
            Figure("memory per event client", each_bytes / 1000, "kB"),
            Figure("CPU", use.cores * 100, "% of a core"),
            Figure("CPU of the load generator", told.cores * 100, "% of a core"),
        ],
        notes=use.notes("Drift"),
    )
