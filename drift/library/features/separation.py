"""What has been heard lately and should not come again yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drift.library.features.columns import UNKNOWN, Codes
from drift.library.features.index import FeatureIndex, Rows
from drift.models import TrackId

Mask = npt.NDArray[np.bool_]

RELAXED = ("", "titles may repeat", "titles and albums may repeat", "titles, albums and artists may repeat")
"""What each level of :meth:`Separation.free` no longer keeps apart, in words."""


@dataclass(frozen=True, slots=True)
class Recent:
    """What a session has played.

    Attributes:
        tracks: oldest first; ids that the index does not know are passed over. None of them comes again, but
            no more than half of the library is held back: of more, the oldest may return.
        artist_separation: within how many of the last tracks, the current one included, an artist may not
            come again; album and title likewise.
    """

    tracks: Sequence[TrackId] = ()
    artist_separation: int = 0
    album_separation: int = 0
    title_separation: int = 0


class Separation:
    """Which rows are free to be played next.

    Args:
        origin: the row that plays now.
    """

    def __init__(self, index: FeatureIndex, origin: int, recent: Recent) -> None:
        heard = [row for track in recent.tracks if (row := index.find(track)) is not None]
        if not heard or heard[-1] != origin:
            heard.append(origin)
        self._index = index
        self._played = _just_played(heard, len(index))
        self._bars = [
            (codes, _lately(codes, heard, within))
            for codes, within in (
                (index.titles, recent.title_separation),
                (index.albums, recent.album_separation),
                (index.artists, recent.artist_separation),
            )
        ]

    def free(self, rows: Rows) -> list[Mask]:
        """Masks of ``rows`` (ascending), strictest first, one for each of ``RELAXED``."""
        fresh = np.ones(rows.size, np.bool_)
        if rows.size:
            at = np.searchsorted(rows, self._played).clip(max=rows.size - 1)
            fresh[at[rows[at] == self._played]] = False
        masks = [fresh]
        for codes, barred in reversed(self._bars):
            masks.append(masks[-1] & ~np.isin(codes[rows], barred) if barred.size else masks[-1])
        return masks[::-1]


def _just_played(heard: list[int], size: int) -> Rows:
    """The last tracks, the current one included: at most half of the others are held back."""
    latest = list(dict.fromkeys(reversed(heard)))
    return np.sort(np.array(latest[: 1 + (size - 1) // 2], np.intp))


def _lately(codes: Codes, heard: list[int], within: int) -> Codes:
    """The codes of the last ``within`` tracks, without the unknown."""
    latest = heard[max(0, len(heard) - within) :] if within > 0 else []
    found: Codes = np.setdiff1d(codes[np.array(latest, np.intp)], np.array([UNKNOWN], np.int32))
    return found
