"""Brings the store in line with the folders on disk: incremental, resumable, in worker processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from drift.errors import UnplayableError
from drift.library.catalogue import Catalogue
from drift.library.pool import ProbePool, worker_command
from drift.library.probe import VERSION
from drift.library.progress import ScanProgress, ScanRun, ScanSummary
from drift.library.survey import below, survey_roots
from drift.library.walk import FileStat, absolute, file_stat, why
from drift.models import Problem
from drift.store import KnownFile, ScannedFile, Store
from drift.store import tracks as rows

BATCH_FILES = 32
BATCH_S = 1.0
"""Results are written at once when there are `BATCH_FILES`, else every `BATCH_S`; the first at once."""


class Scanner:
    """Looks at files and writes what it finds to the store and the catalogue.

    Use as an async context manager; leaving it ends its worker processes.
    """

    def __init__(
        self,
        store: Store,
        art_directory: Path,
        workers: int | None = None,
        *,
        catalogue: Catalogue | None = None,
        command: Sequence[str] | None = None,
    ) -> None:
        """Prepare a scanner.

        Args:
            store: where results go.
            art_directory: where covers go.
            workers: processes at most; None: one per core.
            catalogue: told of each batch as soon as it is written, so that playing can start with the first.
            command: another worker program than Drift's own.
        """
        self._store = store
        self._catalogue = catalogue
        self._workers = workers or os.cpu_count() or 1
        self._pool = ProbePool(self._workers, command or worker_command(art_directory))
        self._one_scan = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self, type_: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._pool.__aexit__(type_, error, traceback)

    async def scan(
        self, roots: Sequence[Path], on_progress: Callable[[ScanProgress], None] | None = None
    ) -> ScanSummary:
        """Look at every new or changed audio file in `roots`, and forget those that are gone.

        What has been written stays when the scan is cancelled or killed: the next one goes on from there.
        Files are forgotten only where a folder could be read and is not suddenly empty.

        Args:
            roots: folders and files; a missing one is a problem in the summary as long as another is there.
            on_progress: called after each file.

        Raises:
            LibraryError: none of the roots exists, or no worker can be started.
            StoreError: the database failed.
        """
        async with self._one_scan:
            run = ScanRun(on_progress)
            roots = [absolute(root) for root in roots]
            survey = await asyncio.to_thread(survey_roots, roots)
            known = await rows.known_files(self._store)
            gone, emptied = await asyncio.to_thread(survey.vanished, known)
            run.problems.extend(survey.problems + emptied)
            await self._look_at(survey.found, known, run)
            await rows.forget_files(self._store, gone)
            if self._catalogue is not None and (gone or run.changed):
                await self._catalogue.reload()
            return run.summary(len(survey.found), len(gone))

    async def add(self, paths: Sequence[Path]) -> ScanSummary:
        """Look at single files now, also while a scan is running.

        Raises:
            LibraryError: no worker can be started.
            StoreError: the database failed.
        """
        run = ScanRun(None)
        found: list[FileStat] = []
        for path in [absolute(path) for path in paths]:
            try:
                found.append(file_stat(path))
            except OSError as error:
                run.problems.append(Problem(path, f"cannot be read: {why(error)}"))
        known = await rows.known_files(self._store, [file.path for file in found])
        await self._look_at(found, known, run)
        if self._catalogue is not None and run.changed:
            await self._catalogue.reload()
        return run.summary(len(found), 0)

    async def forget_outside(self, roots: Sequence[Path]) -> int:
        """Forget every file outside `roots`: for folders that the user has taken out of the library.

        Returns:
            How many were forgotten.
        """
        roots = [absolute(root) for root in roots]
        known = await rows.known_files(self._store)
        inside = set(below(known, roots))
        outside = [path for path in known if path not in inside]
        await rows.forget_files(self._store, outside)
        if self._catalogue is not None and outside:
            await self._catalogue.reload()
        return len(outside)

    async def _look_at(self, found: Sequence[FileStat], known: dict[Path, KnownFile], run: ScanRun) -> None:
        """Probe what differs from `known`, writing results in batches on the way."""
        todo = [file for file in found if not run.skip(file, known.get(file.path))]
        run.total = len(found)
        if not todo:
            return
        queue: asyncio.Queue[ScannedFile | None] = asyncio.Queue(2 * BATCH_FILES)  # full: probing waits
        pending = iter(todo)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write(queue))
                async with asyncio.TaskGroup() as probing:
                    for _ in range(min(self._workers, len(todo))):
                        probing.create_task(self._probe(pending, known, queue, run))
                await queue.put(None)
        except BaseExceptionGroup as group_error:
            raise _first(group_error) from group_error

    async def _probe(
        self,
        pending: Iterator[FileStat],
        known: dict[Path, KnownFile],
        queue: asyncio.Queue[ScannedFile | None],
        run: ScanRun,
    ) -> None:
        for file in pending:
            version, problem, track = VERSION, "", None
            try:
                track = await self._pool.probe(file)
            except UnplayableError as error:
                problem = str(error)
                version = 0 if error.details.get("transient") else VERSION
            await queue.put(ScannedFile(file.path, file.mtime_ns, file.size, version, track, problem))
            run.note(file.path, problem, was_known=file.path in known)

    async def _write(self, queue: asyncio.Queue[ScannedFile | None]) -> None:
        """Write what arrives until None does."""
        loop = asyncio.get_running_loop()
        next_write = loop.time()
        while (result := await queue.get()) is not None:
            batch = [result]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(next_write):
                    while len(batch) < BATCH_FILES and (result := await queue.get()) is not None:
                        batch.append(result)
            await rows.save_files(self._store, batch)
            if self._catalogue is not None:
                await self._catalogue.merge([file.track for file in batch if file.track is not None])
            if result is None:
                return
            next_write = loop.time() + BATCH_S


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error behind a task group's: callers want to catch it by its class."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
