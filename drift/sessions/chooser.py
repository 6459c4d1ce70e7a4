"""Which track comes next: the one asked for, else one in the direction asked for, else wherever it drifts."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from drift.library.features import FeatureIndex, Opening, Recent, explore, step
from drift.models import Track, TrackId
from drift.sessions.autopilot import Autopilot
from drift.sessions.journey import By, Step

_TRIES = 64


@dataclass(frozen=True, slots=True)
class Separation:
    """How many tracks must lie between two of one kind, if the library allows it."""

    artist: int = 3
    album: int = 2
    title: int = 30

    @property
    def longest(self) -> int:
        """How much of the past matters."""
        return max(self.artist, self.album, self.title, 1)


class Chooser(Protocol):
    """Chooses what a session plays next.

    Attributes:
        direction: where listeners push it, one of ``features.DIRECTIONS``; None: it drifts by itself.
    """

    direction: str | None

    @property
    def memory(self) -> int:
        """How many of the latest steps the other methods want to see."""

    def next(self, latest: Sequence[Step]) -> Step | None:
        """What follows ``latest`` (oldest first, perhaps none); None when there is nothing to play."""

    @property
    def requests(self) -> Sequence[TrackId]:
        """What was asked for by name and has not been given yet."""

    def request(self, tracks: Sequence[TrackId]) -> None:
        """Play these next, in this order, in place of what was asked for before."""

    def explore(self, origin: TrackId, latest: Sequence[Step]) -> list[Opening]:
        """Where one can go from ``origin``; empty where its features are not known. Any thread."""


class Tracks(Protocol):
    """What can be chosen from; may change at any time."""

    @property
    def tracks(self) -> Sequence[Track]:
        """All playable tracks."""

    @property
    def index(self) -> FeatureIndex:
        """Those of them that are analysed, and perhaps some that have gone."""

    def find(self, track_id: TrackId) -> Track | None:
        """A playable track, None if there is none of this id."""


class SteeringChooser:
    """Follows requests, then the direction it is pushed in, then the autopilot.

    A direction is kept until another is given, or until it leads nowhere: then it is let go. The course is a
    function of the seed, of the library and of what was asked for.

    Args:
        library: the tracks; looked at anew for each choice.
        seed: of everything that is left to chance.
    """

    def __init__(self, library: Tracks, seed: int, separation: Separation | None = None) -> None:
        self.direction: str | None = None
        self._library = library
        self._separation = separation or Separation()
        self._dice = random.Random(seed)  # noqa: S311 - a mix, not a secret
        self._pilot = Autopilot(self._dice)
        self._requests: deque[TrackId] = deque()

    @property
    def memory(self) -> int:
        """As :attr:`Chooser.memory`."""
        return self._separation.longest

    @property
    def requests(self) -> Sequence[TrackId]:
        """As :attr:`Chooser.requests`."""
        return tuple(self._requests)

    def request(self, tracks: Sequence[TrackId]) -> None:
        """As :meth:`Chooser.request`."""
        self._requests = deque(tracks)

    def next(self, latest: Sequence[Step]) -> Step | None:
        """As :meth:`Chooser.next`."""
        while self._requests:
            track = self._library.find(self._requests.popleft())
            if track is not None:
                return Step(track, "request")
        return self._steered(latest) or self._by_chance(latest)

    def explore(self, origin: TrackId, latest: Sequence[Step]) -> list[Opening]:
        """As :meth:`Chooser.explore`."""
        index = self._library.index
        return explore(index, origin, self._recent(latest)) if origin in index else []

    def _recent(self, latest: Sequence[Step], gone: Sequence[TrackId] = ()) -> Recent:
        """The past as the search for tracks takes it; what has gone counts as just played."""
        kept = self._separation
        return Recent([*(one.track.id for one in latest), *gone], kept.artist, kept.album, kept.title)

    def _steered(self, latest: Sequence[Step]) -> Step | None:
        """The next track by its features; None where they are not known."""
        index = self._library.index
        if not latest or latest[-1].track.id not in index:
            return None
        origin = latest[-1].track.id
        by: By = "direction" if self.direction else "autopilot"
        direction = self.direction or self._pilot.direction(index, origin, self._recent(latest))
        dice = None if self.direction else self._dice  # who pushes gets what was shown
        gone: list[TrackId] = []
        for _ in range(_TRIES):  # the index may know tracks that have just been found unplayable
            choice = step(index, origin, direction, self._recent(latest, gone), dice)
            if choice is None:
                return None
            track = self._library.find(choice.id)
            if track is not None:
                if by == "direction" and choice.why.moved <= 0:
                    self.direction = None
                return Step(track, by, choice.direction, choice.why)
            gone.append(choice.id)
        return None

    def _by_chance(self, latest: Sequence[Step]) -> Step | None:
        """Any track, as far apart from its like as a few tries allow."""
        tracks = self._library.tracks
        if not tracks:
            return None
        tries = [self._dice.choice(tracks) for _ in range(min(_TRIES, 4 * len(tracks)))]
        return Step(max(tries, key=lambda track: self._distance(track, latest)), "chance")

    def _distance(self, track: Track, latest: Sequence[Step]) -> tuple[bool, bool, bool, int]:
        """How well a track keeps away from what was played: better is greater."""
        past = [one.track for one in reversed(latest)]
        title, artist = track.tags.title.casefold(), track.tags.artist.casefold()
        played = _first([other.id == track.id for other in past])
        titled = _first([other.tags.title.casefold() == title for other in past])
        sung = _first([bool(artist) and other.tags.artist.casefold() == artist for other in past])
        kept, last = self._separation, min(played, titled)
        return played > 0, last >= kept.title, sung >= kept.artist, last


def _first(same: Sequence[bool]) -> int:
    """How many come before the first that is true."""
    return next((place for place, one in enumerate(same) if one), len(same) + 1_000)
