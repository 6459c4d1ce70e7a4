"""The feature index of the library as it is now: loaded, rebuilt when the library changes, saved."""

from __future__ import annotations

import asyncio
import contextlib
import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from drift.errors import DriftError, LibraryError
from drift.library.features import Entry, FeatureIndex
from drift.store import DescribedTrack, Store, analyses
from drift.telemetry import logger

log = logger(__name__)

SETTLE_S = 1.0
"""Changes that come closer together are one."""

EVERY_S = 30.0
"""While changes keep coming, the index is built this often at most ..."""

PAUSE_SHARE = 20
"""... and the pause is this many times as long as building took: a twentieth of a core is enough for it."""

_PAGE = 1_000
_RATE_HZ = 48_000


class LiveIndex:
    """Holds the current index, and sees to it that it stays current.

    An index is saved in a file named after the state of the library: one of another state is never loaded.
    Building is done in a thread, and the new index replaces the old one at once.

    Attributes:
        on_change: called, without arguments, when another index has replaced the one before.
    """

    def __init__(self, store: Store, directory: Path) -> None:
        """Begin with an index of nothing.

        Args:
            store: what is indexed.
            directory: where the index is kept, in files ``<state>.index``; made when it is needed.
        """
        self.on_change: Callable[[], None] = lambda: None
        self._store = store
        self._directory = directory
        self._index = FeatureIndex.build([])
        self._token = ""
        self._changed = asyncio.Event()
        self._hurry = asyncio.Event()
        self._not_before = 0.0

    @property
    def index(self) -> FeatureIndex:
        """The newest one. It is immutable: keep it for the length of one piece of work."""
        return self._index

    async def load(self) -> None:
        """Take up the saved index if it is of exactly this library; else `run` will build one.

        Raises:
            StoreError: the database failed.
        """
        token = await analyses.token(self._store)
        try:
            index = await asyncio.to_thread(FeatureIndex.load, self._file(token))
        except LibraryError:
            self._changed.set()
        else:
            self._index, self._token = index, token

    def touch(self) -> None:
        """The library has changed: build the index again, soon."""
        self._changed.set()

    def settle(self) -> None:
        """The library has changed for the last time for now: build the index without waiting for more."""
        self._changed.set()
        self._hurry.set()

    async def run(self) -> None:
        """Keep the index current until cancelled."""
        while True:
            await self._changed.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(SETTLE_S, self._not_before - time.monotonic())):
                    await self._hurry.wait()
            self._changed.clear()
            self._hurry.clear()
            begin = time.monotonic()
            try:
                await self.refresh()
            except DriftError as error:  # the old index is still good
                log.warning("index-failed", reason=str(error))
            now = time.monotonic()
            self._not_before = now + max(EVERY_S, PAUSE_SHARE * (now - begin))

    async def refresh(self) -> None:
        """Build and save the index now, unless it is of the library as it is.

        Raises:
            StoreError: the database failed.
            LibraryError: the index could not be saved; it is in use all the same.
        """
        token = await analyses.token(self._store)  # before reading: what is written meanwhile counts as newer
        if token == self._token:
            return
        index = await self._build()
        self._index, self._token = index, token
        self.on_change()
        await asyncio.to_thread(self._save, index, token)

    async def _build(self) -> FeatureIndex:
        entries: list[Entry] = []
        columns: dict[str, int] = {}
        after = ""
        while page := await analyses.described_tracks(self._store, after, _PAGE):
            entries += await asyncio.to_thread(_entries, page, columns)
            after = page[-1].id
        return await asyncio.to_thread(FeatureIndex.build, entries)

    def _file(self, token: str) -> Path:
        return self._directory / f"{token or 'empty'}.index"

    def _save(self, index: FeatureIndex, token: str) -> None:
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            index.save(self._file(token))
            for old in self._directory.iterdir():
                if old != self._file(token):
                    old.unlink()
        except OSError as error:
            raise LibraryError(f"cannot write {self._directory}: {error.strerror}") from error


class _Values(Mapping[str, float]):
    """A track's descriptors in a tenth of a dictionary's memory: a row, and columns shared by all tracks."""

    __slots__ = ("_columns", "_row")

    def __init__(self, columns: Mapping[str, int], row: array[float]) -> None:
        self._columns = columns
        self._row = row

    def __getitem__(self, name: str) -> float:
        try:
            return self._row[self._columns[name]]
        except IndexError as error:  # a column that only later tracks have
            raise KeyError(name) from error

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._columns)[: len(self._row)])

    def __len__(self) -> int:
        return len(self._row)


def _entries(tracks: Sequence[DescribedTrack], columns: dict[str, int]) -> list[Entry]:
    """What the index is built from. New descriptors get new `columns`; NaN is what a track does not have."""
    found = []
    for track in tracks:
        row = array("f", [float("nan")]) * len(columns)
        for family in analyses.objects_of(track.data):
            for name, value in family.items():
                column = columns.setdefault(name, len(columns))
                if column == len(row):
                    row.append(value)
                else:
                    row[column] = value
        duration_s = track.length_samples / _RATE_HZ
        values = _Values(columns, row)
        found.append(Entry(track.id, values, track.artist, track.album, track.title, duration_s))
    return found
