"""A track that may come next, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drift.library.features.dimensions import DIMENSIONS, DIRECTIONS
from drift.library.features.index import FeatureIndex
from drift.library.features.surroundings import Surroundings, Way
from drift.models import TrackId

ANY_STEP = "a wider step, or more change besides, than usual"
"""What was given up for a step that is no clean one."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why a track was chosen.

    Attributes:
        moved: standard deviations along the direction (negative: the wrong way); without a direction: 0.
        kept: root mean square of the changes of all other dimensions, in standard deviations; in a direction
            that follows a component, of those of the other domains.
        deltas: dimension -> change in standard deviations, of those that are known of both tracks.
        relaxed: what had to be given up for it, in words; "": nothing.
    """

    moved: float
    kept: float
    deltas: dict[str, float]
    relaxed: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A track that may come next, with the direction it lies in (None: just near)."""

    id: TrackId
    direction: str | None
    why: Why


def told(
    index: FeatureIndex,
    around: Surroundings,
    place: int,
    *,
    direction: str | None,
    way: Way | None,
    relaxed: str,
) -> Candidate:
    """A place of the surroundings as a candidate, with everything that explains it.

    Args:
        index: the library.
        around: what lies around the current track.
        place: a place in ``around``, not a row.
        direction: in which it was looked for.
        way: the surroundings in that direction, None if that is unknown of the current track.
        relaxed: what had to be given up.
    """
    deltas = around.deltas(place)
    own = _own(direction)
    others = [change for name, change in deltas.items() if name not in own]
    kept = float(np.sqrt(np.mean(np.square(others)))) if others else 0.0
    moved = float(way.moved[place]) if way is not None else 0.0
    return Candidate(index.id_at(int(around.rows[place])), direction, Why(moved, kept, deltas, relaxed))


def joined(*reasons: str) -> str:
    """Reasons, but for the empty ones, as one."""
    return "; ".join(reason for reason in reasons if reason)


def _own(direction: str | None) -> set[str]:
    """The dimensions that a direction is meant to change."""
    if direction is None:
        return set()
    one = DIRECTIONS[direction]
    if not one.is_component:
        return {one.dimension}
    return {name for name, dimension in DIMENSIONS.items() if dimension.domain == one.domain}
