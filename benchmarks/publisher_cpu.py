"""What it costs to have mixes in LiveKit rooms, against the LiveKit SDK's AudioSource on the same server."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.figures import Figure, Result, at_most
from benchmarks.harness import process
from tests.support.livekit import LiveKit

_SCRIPT = Path(__file__).parent / "harness" / "publish.py"
_SETTLE_S = 5


@dataclass(frozen=True, slots=True)
class _Run:
    """Rooms that are published in.

    Attributes:
        parent: the process that has the sessions; with the SDK, all of it.
        child: the publisher process.
        child_bytes: its resident memory.
    """

    parent: process.CpuUse
    child: process.CpuUse | None
    child_bytes: int


def run(*, rooms: int = 20, window_s: int = 30) -> Result:
    """Packets that are at hand in as many rooms, nobody in them but the mix; then sound through the SDK.

    Args:
        rooms: in one process.
        window_s: how long is measured.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            with process.pinned(process.LOAD_CORE):
                livekit = LiveKit(Path(folder))
        except (pytest.skip.Exception, pytest.fail.Exception) as error:
            return Result([], "LiveKit's SDK", notes=[str(error)])
        try:
            ours = _measure(Path(folder), "drift", livekit, rooms, window_s)
            theirs = _measure(Path(folder), "sdk", livekit, rooms, window_s)
        finally:
            livekit.close()
    assert ours.child is not None
    unit = "% of a core"
    both = (ours.child.cores + ours.parent.cores) / rooms * 100
    peer = theirs.parent.cores / rooms * 100
    return Result(
        [
            Figure("CPU per room, process and feed", both, unit, at_most(1.0), peer),
            Figure("CPU per room, publisher process", ours.child.cores / rooms * 100, unit),
            Figure("CPU per room, feed in Drift", ours.parent.cores / rooms * 100, unit),
            Figure("memory of the publisher process", ours.child_bytes / 1e6, "MB"),
        ],
        "LiveKit's SDK",
        notes=ours.child.notes("the publisher") + theirs.parent.notes("the SDK"),
    )


def _measure(directory: Path, how: str, livekit: LiveKit, rooms: int, window_s: float) -> _Run:
    for number in range(rooms):
        asyncio.run(livekit.create_room(f"{how} {number}"))
    with _publishing(directory / f"{how}.log", how, livekit.port, rooms) as (pid, child_pid):
        time.sleep(_SETTLE_S)
        parent = process.CpuMeter(pid)
        child = process.CpuMeter(child_pid) if child_pid else None
        time.sleep(window_s)
        return _Run(
            parent.read(), child.read() if child else None, process.rss_bytes(child_pid) if child_pid else 0
        )


@contextlib.contextmanager
def _publishing(log: Path, how: str, port: int, rooms: int) -> Iterator[tuple[int, int]]:
    """The ids of the process that publishes and of its child, if any."""
    command = [sys.executable, str(_SCRIPT), how, str(port), str(rooms)]
    started = process.start(command, process.SERVER_CORE, log)
    try:
        assert started.stdout is not None
        line = started.stdout.readline()
        if not line:
            raise RuntimeError(f"the publisher has ended: {log.read_text(encoding='utf-8')}")
        yield started.pid, int(line)
    finally:
        process.stop(started)
