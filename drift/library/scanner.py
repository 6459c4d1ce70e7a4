"""Brings the store in line with the folders on disk: incremental, resumable, in worker processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from drift.library.catalogue import Catalogue
from drift.library.looks import FirstLook, Heard, SecondLook, first_look, second_look, second_looks
from drift.library.pace import Pace
from drift.library.pool import WorkerPool, worker_command
from drift.library.probe import VERSION
from drift.library.progress import ScanProgress, ScanRun, ScanSummary
from drift.library.survey import below, survey_roots
from drift.library.walk import FileStat, absolute, file_stat, why
from drift.models import Problem
from drift.store import KnownFile, ScannedFile, Store, analyses
from drift.store import tracks as rows

BATCH_FILES = 32
BATCH_S = 1.0
"""Results are written at once when there are `BATCH_FILES`, else every `BATCH_S`; the first at once."""

_FEW = 500
"""For fewer tracks than this, the database is asked about each, for more about all."""


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
        versions: Mapping[str, int] | None = None,
    ) -> None:
        """Prepare a scanner.

        Args:
            store: where results go.
            art_directory: where covers go.
            workers: processes at most; None: one per core.
            catalogue: told of each batch as soon as it is written, so that playing can start with the first.
            command: another worker program than Drift's own.
            versions: the families to analyse, and their versions; None: all, as they are.
        """
        self._store = store
        self._catalogue = catalogue
        self._workers = workers or os.cpu_count() or 1
        self._pool = WorkerPool(self._workers, command or worker_command(art_directory))
        self._versions = versions
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

        After the new ones, known tracks are analysed where a family of descriptors is new or has changed.

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
            run = ScanRun(on_progress, Pace(self._workers))
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
        run = ScanRun(None, Pace(self._workers))
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
        """Do what is to be done, writing results in batches on the way."""
        run.total = len(found)
        versions = await self._wanted()
        todo = await self._plan(found, known, versions, run)
        if not todo:
            return
        for look in todo:
            run.pace.plan(look.kind, look.file.size)
        queue: asyncio.Queue[_Result] = asyncio.Queue(2 * BATCH_FILES)  # full: the workers wait
        pending = iter(todo)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write(queue))
                async with asyncio.TaskGroup() as looking:
                    for _ in range(min(self._workers, len(todo))):
                        looking.create_task(self._look(pending, known, versions, queue, run))
                await queue.put(None)
        except BaseExceptionGroup as group_error:
            raise _first(group_error) from group_error

    async def _wanted(self) -> Mapping[str, int]:
        """The families and their versions. Importing them takes a second, so not on the event loop."""
        if self._versions is None:
            self._versions = await asyncio.to_thread(_family_versions)
        return self._versions

    async def _plan(
        self,
        found: Sequence[FileStat],
        known: dict[Path, KnownFile],
        versions: Mapping[str, int],
        run: ScanRun,
    ) -> list[FirstLook | SecondLook]:
        """New and changed files, then known tracks that need analysis."""
        new: list[FirstLook | SecondLook] = []
        old: list[tuple[FileStat, KnownFile]] = []
        for file in found:
            before = known.get(file.path)
            now = (file.mtime_ns, file.size, VERSION)
            if before is not None and (before.mtime_ns, before.size, before.version) == now:
                old.append((file, before))
            else:
                new.append(FirstLook(file))
        playable = [(file, before.track_id) for file, before in old if before.track_id and not before.problem]
        few = [track for _, track in playable] if len(playable) < _FEW else None
        outdated = await analyses.outdated(self._store, versions, few)
        again = second_looks(playable, outdated)
        waiting = {look.file.path for look in again}
        for file, before in old:
            run.note_unchanged(file, before, done=file.path not in waiting)
        return new + again

    async def _look(
        self,
        pending: Iterator[FirstLook | SecondLook],
        known: dict[Path, KnownFile],
        versions: Mapping[str, int],
        queue: asyncio.Queue[_Result],
        run: ScanRun,
    ) -> None:
        for look in pending:
            begin = time.monotonic()
            path = look.file.path
            result: _Result
            if isinstance(look, FirstLook):
                result = scanned = await first_look(self._pool, look.file, versions)
            else:
                result = await second_look(self._pool, look, versions)
            if result is not None:
                await queue.put(result)
            run.pace.done(look.kind, look.file.size, time.monotonic() - begin)
            if isinstance(look, FirstLook):
                run.note(path, scanned.problem, was_known=path in known)
            else:
                run.note_second_look(path, analysed=result is not None)

    async def _write(self, queue: asyncio.Queue[_Result]) -> None:
        """Write what arrives until None does."""
        loop = asyncio.get_running_loop()
        next_write = loop.time()
        while (result := await queue.get()) is not None:
            batch = [result]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(next_write):
                    while len(batch) < BATCH_FILES and (result := await queue.get()) is not None:
                        batch.append(result)
            await self._save(batch)
            if result is None:
                return
            next_write = loop.time() + BATCH_S

    async def _save(self, batch: Sequence[ScannedFile | Heard]) -> None:
        files = [result for result in batch if isinstance(result, ScannedFile)]
        heard = {result.track_id: result.analysis for result in batch if isinstance(result, Heard)}
        await rows.save_files(self._store, files)
        await analyses.save_analyses(self._store, heard)
        if self._catalogue is not None:
            new = [file.track for file in files if file.track is not None]
            again = await rows.playable_tracks(self._store, list(heard))  # their shapes may be others now
            await self._catalogue.merge(new + again)


_Result = ScannedFile | Heard | None


def _family_versions() -> dict[str, int]:
    from drift.library.analysis import FAMILIES  # noqa: PLC0415 (see `_wanted`)

    return {name: family.version for name, family in FAMILIES.items()}


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error behind a task group's: callers want to catch it by its class."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
