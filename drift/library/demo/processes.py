"""Making the demo library beside a running server: plain child processes that can be ended at any moment."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import drift
from drift.errors import LibraryError
from drift.library.demo.files import missing


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
    except OSError as error:
        raise LibraryError(f"the demo library cannot be made in {directory}: {error.strerror}") from error
    count = min(workers, len(missing(directory)))
    if not count:
        return
    files: asyncio.Queue[Path | None] = asyncio.Queue(len(missing(directory)) + count)
    children = [await _start(directory, share, count) for share in range(count)]
    readers = [_forward(child, files) for child in children]
    try:
        async with asyncio.TaskGroup() as group:
            for reader in readers:
                group.create_task(reader)
            running = count
            while running:
                file = await files.get()
                if file is None:
                    running -= 1
                else:
                    yield file
        failed = [child.returncode for child in children if child.returncode]
        if failed:
            raise LibraryError(f"making the demo library failed (exit status {failed[0]})")
    finally:
        for child in children:
            if child.returncode is None:
                child.kill()
            await child.wait()


async def _start(directory: Path, share: int, shares: int) -> asyncio.subprocess.Process:
    search = os.pathsep.join(
        filter(None, [str(Path(drift.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    )
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "drift.library.demo",
        str(directory),
        str(share),
        str(shares),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": search, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        start_new_session=True,  # Ctrl-C in the terminal is for Drift, which ends its children itself
    )


async def _forward(child: asyncio.subprocess.Process, files: asyncio.Queue[Path | None]) -> None:
    assert child.stdout is not None
    while line := await child.stdout.readline():
        await files.put(Path(os.fsdecode(line.rstrip(b"\n"))))
    await child.wait()
    await files.put(None)
