"""Finds a journey's tracks in this library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from drift.errors import NotFoundError
from drift.library.features import FeatureIndex, nearest
from drift.models import Track, TrackId
from drift.sessions.exchange.portable import PortableStep

How = Literal["audio", "tags", "file", "features"]

_SAME_LENGTH_S = 5.0


@dataclass(frozen=True, slots=True)
class Match:
    """What became of one step.

    Attributes:
        track: what is played for it, None: nothing here is like it.
        how: by what it was found: the same audio, the same tags, the same file name, or the nearest features.
    """

    step: PortableStep
    track: Track | None = None
    how: How | None = None


def match(steps: Iterable[PortableStep], tracks: Sequence[Track], index: FeatureIndex) -> list[Match]:
    """Each step with its track here; no two get the same one by their features.

    Args:
        steps: of the journey.
        tracks: the library's.
        index: their features.
    """
    by_id: dict[str, Track] = {track.id: track for track in tracks}
    by_tags: dict[tuple[str, str], list[Track]] = {}
    by_file: dict[str, Track] = {}
    for track in tracks:
        key = (track.tags.title.casefold(), track.tags.artist.casefold())
        by_tags.setdefault(key, []).append(track)
        by_file.setdefault(track.path.name.casefold(), track)
    found: list[Match] = []
    for step in steps:
        same = by_id.get(step.id)
        alike = _alike(step, by_tags)
        file = by_file.get(PurePosixPath(step.location.replace("\\", "/")).name.casefold())
        if same is not None:
            found.append(Match(step, same, "audio"))
        elif alike is not None:
            found.append(Match(step, alike, "tags"))
        elif file is not None:
            found.append(Match(step, file, "file"))
        else:
            found.append(Match(step))
    taken = {one.track.id for one in found if one.track is not None}
    return [one if one.track else _nearest(one.step, by_id, index, taken) for one in found]


def _alike(step: PortableStep, by_tags: dict[tuple[str, str], list[Track]]) -> Track | None:
    """The track of the same title and artist; of several one of the same album, or of the same length."""
    same = by_tags.get((step.title.casefold(), step.artist.casefold()), []) if step.title else []

    def rank(track: Track) -> tuple[bool, float]:
        apart = abs(track.audio.duration_s - step.duration_s) if step.duration_s else 0.0
        return track.tags.album.casefold() != step.album.casefold(), apart

    best = min(same, key=rank, default=None)
    if best is None or step.artist:
        return best
    return best if rank(best)[1] <= _SAME_LENGTH_S else None  # a title alone says little


def _nearest(step: PortableStep, by_id: dict[str, Track], index: FeatureIndex, taken: set[TrackId]) -> Match:
    avoid = set(taken)
    while step.features:
        try:
            found = nearest(index, step.features, avoid=avoid)
        except NotFoundError:
            break
        if found in by_id:
            taken.add(found)
            return Match(step, by_id[found], "features")
        avoid.add(found)  # it has gone since the index was made
    return Match(step)
