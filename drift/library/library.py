"""The library as the rest of Drift sees it: prepared in the background, playable from the first track on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from drift.errors import DriftError, LibraryError
from drift.library import demo
from drift.library.catalogue import Catalogue
from drift.library.features import FeatureIndex, project
from drift.library.live_index import LiveIndex
from drift.library.progress import ScanProgress, ScanSummary
from drift.library.scanner import Scanner
from drift.library.search import Search
from drift.library.walk import printable
from drift.models import Analysis, Track, TrackId
from drift.store import Store, analyses
from drift.store import tracks as rows
from drift.supervisor import Supervisor
from drift.telemetry import logger

log = logger(__name__)

_TELL_EVERY_S = 0.5

LOOK_EVERY_S = 15.0
"""How soon a scan by another program is noticed."""


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """How far the library is.

    Attributes:
        analysed: how many can be steered by.
        demo: the generated demo tracks are part of it.
        done: files made or looked at in the running preparation; None: none is running.
        total: of how many; None: not known yet.
        remaining_s: an estimate of the time that the rest takes; None: there is none.
    """

    tracks: int = 0
    analysed: int = 0
    problems: int = 0
    demo: bool = False
    done: int | None = None
    total: int | None = None
    remaining_s: float | None = None

    def view(self) -> dict[str, object]:
        """As JSON for clients."""
        scanning = None
        if self.done is not None:
            eta_s = None if self.remaining_s is None else round(self.remaining_s)
            scanning = {"done": self.done, "total": self.total, "etaS": eta_s}
        return {
            "tracks": self.tracks,
            "analysed": self.analysed,
            "problems": self.problems,
            "scanning": scanning,
            "demo": self.demo,
        }


class Library:
    """Folders, the demo library, the scanner, the catalogue and the feature index, as one.

    Args:
        roots: the user's folders and files.
        demo_directory: where the demo library is (to be) made; None: it is not wanted.
        art_directory: where covers are; the feature index is kept beside it, in ``features``.
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
        self._live_index = LiveIndex(store, art_directory.with_name("features"))
        self._search: tuple[Sequence[Track], Search] | None = None
        self._map: tuple[FeatureIndex, bytes, bytes] | None = None
        catalogue.on_change.append(lambda: self._update(tracks=len(catalogue)))
        catalogue.on_change.append(self._live_index.touch)
        self._live_index.on_change = self._index_changed

    @property
    def status(self) -> LibraryStatus:
        """How far it is."""
        return self._status

    @property
    def tracks(self) -> tuple[Track, ...]:
        """All playable tracks."""
        return self._catalogue.tracks

    @property
    def index(self) -> FeatureIndex:
        """The newest feature index, immutable. It may lack tracks, and have some that have gone."""
        return self._live_index.index

    def get(self, track_id: TrackId) -> Track:
        """A track by its id.

        Raises:
            NotFoundError: there is none.
        """
        return self._catalogue.get(track_id)

    def find(self, track_id: TrackId) -> Track | None:
        """A track by its id, None: there is none."""
        return self._catalogue.find(track_id)

    def search(self, words: str) -> list[Track]:
        """The tracks in which all words occur, as :meth:`Search.find`. Any thread; slow after a change."""
        tracks = self._catalogue.tracks
        if self._search is None or self._search[0] is not tracks:
            self._search = (tracks, Search(tracks))
        return self._search[1].find(words)

    async def analysis(self, track_id: TrackId) -> Analysis:
        """All that the analysis has told of a track; without any family: it is not analysed yet.

        Raises:
            StoreError: the database failed.
        """
        return await analyses.analysis_of(self._store, track_id)

    def features_of(self, track: Track) -> dict[str, float]:
        """The raw values of a track's descriptors; empty: it is not analysed yet."""
        index = self.index
        return index.raw(track.id) if track.id in index else {}

    def location_of(self, track: Track) -> str:
        """A track's file, relative to the library's folder that it is in; "" if no file holds it any more."""
        if not track.path.name:
            return ""
        folders = [root for root in self._roots if root in track.path.parents]
        return printable(track.path.relative_to(folders[0]) if folders else Path(track.path.name))

    def map(self) -> tuple[bytes, bytes]:
        """All analysed tracks on a plane. Any thread; slow after a change.

        Returns:
            Their ids, 16 bytes each, and their places: two little-endian 16-bit integers each, of which 32767
            is 1.
        """
        index = self.index
        if self._map is None or self._map[0] is not index:
            points = np.rint(project(index) * 32_767).astype("<i2")
            self._map = (index, b"".join(map(bytes.fromhex, index.ids)), points.tobytes())
        return self._map[1:]

    async def refresh_index(self) -> None:
        """Bring the index up to date now.

        Raises:
            StoreError: the database failed.
            LibraryError: the index could not be saved; it is in use all the same.
        """
        await self._live_index.refresh()

    def report_unplayable(self, track_id: TrackId, reason: str) -> None:
        """Take a track out of the choice at once, and write down why in the background."""
        self._supervisor.spawn(self._forget(track_id, reason), "forget-track")

    async def _forget(self, track_id: TrackId, reason: str) -> None:
        await self._catalogue.forget(track_id, reason)
        self._update(problems=len(await rows.problems(self._store)))

    async def load(self) -> None:
        """Make what earlier scans have found playable; what is outside of today's folders is forgotten.

        From then on, the feature index follows the library.

        Raises:
            StoreError: the database failed.
        """
        if not await self._scanner.forget_outside([*self._roots, *filter(None, [self._demo_directory])]):
            await self._catalogue.reload()  # forgetting anything has done that
        self._update(problems=len(await rows.problems(self._store)))
        await self._live_index.load()
        self._update(analysed=len(self.index))
        self._supervisor.spawn(self._live_index.run(), "feature-index")
        self._supervisor.spawn(self._follow_others(), "follow-other-scans")

    async def _follow_others(self) -> None:
        """Take up what another program writes to the store: `drift scan` beside a running server."""
        seen = await analyses.token(self._store)
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                token = await analyses.token(self._store)
                if token != seen and self._status.done is None:
                    await self._catalogue.reload()
                    seen = token
            except DriftError as error:
                log.warning("library-trouble", reason=str(error))

    async def prepare(self) -> None:
        """Scan the folders, make and add demo tracks. Tells of trouble, never raises it."""
        try:
            if self._roots:
                summary = await self._scanner.scan(self._roots, self._progress)
                _log_summary(summary)
            if self._demo_directory is not None:
                await self._prepare_demo(self._demo_directory)
            self._scanned(problems=len(await rows.problems(self._store)))
            if not len(self._catalogue):
                raise LibraryError("no playable music was found; `drift scan --problems` tells more")
        except DriftError as error:
            log.warning("library-trouble", reason=str(error))
            self._scanned()
        self.on_status()

    def _index_changed(self) -> None:
        """What one can steer by has changed, perhaps without a change of the counts."""
        self._update(analysed=len(self.index))
        self.on_status()

    def _scanned(self, **changes: object) -> None:
        self._update(done=None, total=None, remaining_s=None, **changes)
        self._live_index.settle()

    async def _prepare_demo(self, directory: Path) -> None:
        total = len(demo.TRACKS)
        done = total - len(await asyncio.to_thread(demo.missing, directory))
        self._update(done=done, total=total, remaining_s=None)
        if done:
            await self._scanner.scan([directory])
        async with aclosing(demo.generate(directory, self._workers)) as files:
            async for file in files:
                await self._scanner.add([file])
                done += 1
                self._update(done=done, total=total)

    def _progress(self, progress: ScanProgress) -> None:
        self._update(
            done=progress.done,
            total=progress.total,
            problems=progress.problems,
            remaining_s=progress.remaining_s,
        )

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
        analysed=summary.analysed,
        removed=summary.removed,
        problems=len(summary.problems),
        seconds=round(summary.seconds, 1),
    )
