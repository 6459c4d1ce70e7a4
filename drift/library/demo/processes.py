"""Making the demo library beside a running server: plain child processes that can be ended at any moment."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

from drift.errors import LibraryError
from drift.library import children
from drift.library.demo.plan import TRACKS
from drift.library.demo.shelf import adopt, missing


async def generate(directory: Path, workers: int = 2) -> AsyncGenerator[Path, None]:
    """Make all the missing tracks; yields each file as soon as it is whole.

    Closing the iterator ends the processes; whatever is whole by then stays.

    Args:
        directory: created when it does not exist.
        workers: number of processes, which take turns through the plan.

    Raises:
        LibraryError: the directory cannot be made, or a process fails; its own message is on standard error.
    """
    try:
        await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
        await asyncio.to_thread(adopt, directory)
    except OSError as error:
        raise LibraryError(f"the demo library cannot be made in {directory}: {error.strerror}") from error
    if not missing(directory):
        return
    count = min(workers, len(TRACKS))
    children = [_start(directory, share, count) for share in range(count)]
    files: asyncio.Queue[Path | None] = asyncio.Queue(len(TRACKS) + count)
    try:
        async with asyncio.TaskGroup() as group:
            for child in children:
                group.create_task(_forward(child, files))
            running = count
            while running:
                file = await files.get()
                if file is None:
                    running -= 1
                else:
                    yield file
        failed = [status for child in children if (status := child.wait())]
        if failed:
            raise LibraryError(f"making the demo library failed (exit status {failed[0]})")
    finally:
        for child in children:
            child.kill()
            child.wait()
            assert child.stdout is not None
            child.stdout.close()


def _start(directory: Path, share: int, shares: int) -> subprocess.Popen[bytes]:
    """Start a child. Not by asyncio, whose start can be cancelled half-way and then leaves an orphan."""
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "drift.library.demo", str(directory), str(share), str(shares)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=children.environment(),
        start_new_session=True,  # Ctrl-C in the terminal is for Drift, which ends its children itself
    )


async def _forward(child: subprocess.Popen[bytes], files: asyncio.Queue[Path | None]) -> None:
    """Put the names that a child prints into ``files``, then None."""
    assert child.stdout is not None
    while line := await asyncio.to_thread(child.stdout.readline):
        files.put_nowait(Path(os.fsdecode(line.rstrip(b"\n"))))
    files.put_nowait(None)
