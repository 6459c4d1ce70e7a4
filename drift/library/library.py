"""The library as the rest of Drift sees it: prepared in the background, playable from the first track on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from drift.errors import DriftError, LibraryError
from drift.library import demo
from drift.library.catalogue import Catalogue
from drift.library.progress import ScanProgress, ScanSummary
from drift.library.scanner import Scanner
from drift.models import Track, TrackId
from drift.store import Store
from drift.store import tracks as rows
from drift.supervisor import Supervisor
from drift.telemetry import logger

log = logger(__name__)

_TELL_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """How far the library is.

    Attributes:
        demo: the generated demo tracks are part of it.
        done: files made or looked at in the running preparation; None: none is running.
        total: of how many; None: not known yet.
    """

    tracks: int = 0
    problems: int = 0
    demo: bool = False
    done: int | None = None
    total: int | None = None

    def view(self) -> dict[str, object]:
        """As JSON for clients."""
        scanning = None if self.done is None else {"done": self.done, "total": self.total}
        return {"tracks": self.tracks, "problems": self.problems, "scanning": scanning, "demo": self.demo}


class Library:
    """Folders, the demo library, the scanner and the catalogue, as one.

    Args:
        roots: the user's folders and files.
        demo_directory: where the demo library is (to be) made; None: it is not wanted.
        on_status: called, at most every half second, when the status has changed.
    """

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        scanner: Scanner,
        supervisor: Supervisor,
        *,
        roots: Sequence[Path],
        demo_directory: Path | None,
        art_directory: Path,
        workers: int,
    ) -> None:
        self.art_directory = art_directory
        self.on_status: Callable[[], None] = lambda: None
        self._store = store
        self._catalogue = catalogue
        self._scanner = scanner
        self._supervisor = supervisor
        self._roots = list(roots)
        self._demo_directory = demo_directory
        self._workers = workers
        self._status = LibraryStatus(demo=demo_directory is not None)
        self._told_at = 0.0
        catalogue.on_change.append(lambda: self._update(tracks=len(catalogue)))

    @property
    def status(self) -> LibraryStatus:
        """How far it is."""
        return self._status

    @property
    def tracks(self) -> tuple[Track, ...]:
        """All playable tracks."""
        return self._catalogue.tracks

    def get(self, track_id: TrackId) -> Track:
        """A track by its id.

        Raises:
            NotFoundError: there is none.
        """
        return self._catalogue.get(track_id)

    def report_unplayable(self, track_id: TrackId, reason: str) -> None:
        """Take a track out of the choice at once, and write down why in the background."""
        self._supervisor.spawn(self._forget(track_id, reason), "forget-track")

    async def _forget(self, track_id: TrackId, reason: str) -> None:
        await self._catalogue.forget(track_id, reason)
        self._update(problems=len(await rows.problems(self._store)))

    async def load(self) -> None:
        """Make what earlier scans have found playable; what is outside of today's folders is forgotten.

        Raises:
            StoreError: the database failed.
        """
        if not await self._scanner.forget_outside([*self._roots, *filter(None, [self._demo_directory])]):
            await self._catalogue.reload()  # forgetting anything has done that
        self._update(problems=len(await rows.problems(self._store)))

    async def prepare(self) -> None:
        """Scan the folders, make and add demo tracks. Tells of trouble, never raises it."""
        try:
            if self._roots:
                summary = await self._scanner.scan(self._roots, self._progress)
                _log_summary(summary)
            if self._demo_directory is not None:
                await self._prepare_demo(self._demo_directory)
            self._update(done=None, total=None, problems=len(await rows.problems(self._store)))
            if not len(self._catalogue):
                raise LibraryError("no playable music was found; `drift scan --problems` tells more")
        except DriftError as error:
            log.warning("library-trouble", reason=str(error))
            self._update(done=None, total=None)
        self.on_status()

    async def _prepare_demo(self, directory: Path) -> None:
        total = len(demo.TRACKS)
        done = total - len(await asyncio.to_thread(demo.missing, directory))
        self._update(done=done, total=total)
        if done:
            await self._scanner.scan([directory])
        async with aclosing(demo.generate(directory, self._workers)) as files:
            async for file in files:
                await self._scanner.add([file])
                done += 1
                self._update(done=done, total=total)

    def _progress(self, progress: ScanProgress) -> None:
        self._update(done=progress.done, total=progress.total, problems=progress.problems)

    def _update(self, **changes: object) -> None:
        before = self._status
        self._status = replace(before, **changes)  # type: ignore[arg-type]
        now = time.monotonic()
        first_track = not before.tracks and self._status.tracks
        if self._status != before and (first_track or now - self._told_at >= _TELL_EVERY_S):
            self._told_at = now
            self.on_status()


def _log_summary(summary: ScanSummary) -> None:
    log.info(
        "library-scanned",
        found=summary.found,
        added=summary.added,
        updated=summary.updated,
        removed=summary.removed,
        problems=len(summary.problems),
        seconds=round(summary.seconds, 1),
    )
