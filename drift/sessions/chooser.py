"""Which track comes next. For now a shuffle; steering takes its place behind the same Protocol."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from drift.models import Track, TrackId


class Chooser(Protocol):
    """Chooses what a session plays next."""

    def next(self) -> Track | None:
        """The next track, None when there is none. What it gives is taken as played."""


class TrackList(Protocol):
    """What can be chosen from; may change at any time."""

    @property
    def tracks(self) -> Sequence[Track]:
        """All playable tracks."""


class ShuffleChooser:
    """Plays everything once in a random order, then again in another, and keeps repeats apart.

    The order is a function of the seed and of the library. Where what is left of the round is too little for
    the wanted separation, that is relaxed step by step: titles first, then artists; at worst only the last
    track is avoided.

    Args:
        library: the tracks; looked at anew for each choice.
        seed: of the random order.
        artist_separation: how many tracks must lie between two of one artist.
        title_separation: how many between two of one title.
    """

    def __init__(
        self, library: TrackList, seed: int, artist_separation: int = 3, title_separation: int = 30
    ) -> None:
        self._library = library
        self._random = random.Random(seed)  # noqa: S311 - a shuffle, not a secret
        self._artist_separation = artist_separation
        self._title_separation = title_separation
        self._unplayed: list[TrackId] = []
        self._known: set[TrackId] = set()
        self._recent: deque[Track] = deque(maxlen=max(artist_separation, title_separation, 1))

    def next(self) -> Track | None:
        """As :meth:`Chooser.next`."""
        tracks = {track.id: track for track in self._library.tracks}
        if not tracks:
            return None
        self._refresh(tracks)
        chosen = self._pick(tracks)
        self._unplayed.remove(chosen.id)
        self._recent.append(chosen)
        return chosen

    def _refresh(self, tracks: dict[TrackId, Track]) -> None:
        """Shuffle in what is new, leave out what is gone, start over when all have been played."""
        self._unplayed = [track_id for track_id in self._unplayed if track_id in tracks]
        for track_id in sorted(tracks.keys() - self._known):
            self._unplayed.insert(self._random.randint(0, len(self._unplayed)), track_id)
        self._known = set(tracks)
        if not self._unplayed or (self._unplayed == self._just_played() and len(tracks) > 1):
            self._unplayed = sorted(tracks)
            self._random.shuffle(self._unplayed)

    def _just_played(self) -> list[TrackId]:
        return [self._recent[-1].id] if self._recent else []

    def _pick(self, tracks: dict[TrackId, Track]) -> Track:
        queue = [tracks[track_id] for track_id in self._unplayed]
        artists, titles = self._artist_separation, self._title_separation
        for wanted in (
            (artists, titles),
            (artists, min(1, titles)),
            (min(1, artists), min(1, titles)),
            (0, min(1, titles)),
            (0, 0),
        ):
            for track in queue:
                if self._apart(track, *wanted):
                    return track
        return queue[0]

    def _apart(self, track: Track, artists: int, titles: int) -> bool:
        latest_first = list(reversed(self._recent))
        artist = track.tags.artist.casefold()
        title = track.tags.title.casefold()
        same_artist = artist and any(
            other.tags.artist.casefold() == artist for other in latest_first[:artists]
        )
        same_title = any(other.tags.title.casefold() == title for other in latest_first[:titles])
        same_track = any(other.id == track.id for other in latest_first[: max(1, titles)])
        return not (same_artist or same_title or same_track)
