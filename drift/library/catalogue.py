"""The tracks that can be played, in memory: what sessions choose from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from drift.errors import NotFoundError
from drift.models import Track, TrackId
from drift.store import Store
from drift.store import tracks as rows


class Catalogue:
    """A view of the store's playable tracks, kept current by the scanner.

    Attributes:
        on_change: called, without arguments, after every change of `tracks`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tracks: dict[TrackId, Track] = {}
        self._view: tuple[Track, ...] | None = ()
        self._lock = asyncio.Lock()  # a reload must not bring back what was changed while it read
        self.on_change: list[Callable[[], None]] = []

    def __len__(self) -> int:
        return len(self._tracks)

    def __contains__(self, track_id: object) -> bool:
        return track_id in self._tracks

    @property
    def tracks(self) -> tuple[Track, ...]:
        """All of them. The order means nothing."""
        if self._view is None:
            self._view = tuple(self._tracks.values())
        return self._view

    def find(self, track_id: TrackId) -> Track | None:
        """One track, None: there is none with this id, or it cannot be played now."""
        return self._tracks.get(track_id)

    def get(self, track_id: TrackId) -> Track:
        """One track.

        Raises:
            NotFoundError: there is none with this id, or it cannot be played now.
        """
        try:
            return self._tracks[track_id]
        except KeyError as error:
            raise NotFoundError(f"there is no track {track_id} in the library") from error

    async def reload(self) -> None:
        """Read everything from the store again."""
        async with self._lock:
            self._tracks = {track.id: track for track in await rows.playable_tracks(self._store)}
            self._changed()

    async def merge(self, tracks: Sequence[Track]) -> None:
        """Add tracks that have just been written to the store, or replace them."""
        if not tracks:
            return
        async with self._lock:
            self._tracks.update((track.id, track) for track in tracks)
            self._changed()

    async def forget(self, track_id: TrackId, reason: str) -> None:
        """Take out a track that failed while playing, and write down why.

        If another file holds the same audio, the track stays, with that path. The next scan looks at the
        failed file again. Does nothing if the track is not there.
        """
        async with self._lock:
            track = self._tracks.pop(track_id, None)
            if track is None:
                return
            self._changed()
            other = await rows.mark_unplayable(self._store, track, reason)
            if other is not None:
                self._tracks[track_id] = other
                self._changed()

    def _changed(self) -> None:
        self._view = None
        for callback in self.on_change:
            callback()
