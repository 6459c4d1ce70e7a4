"""Where one can go from a track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drift.library.features.candidates import ANY_STEP, Candidate, joined, told
from drift.library.features.dimensions import COMPONENTS, DIMENSIONS, DIRECTIONS, NAMES, Direction, Floats
from drift.library.features.index import FeatureIndex
from drift.library.features.separation import RELAXED, Mask, Recent, Separation
from drift.library.features.surroundings import Surroundings, Way, best, near
from drift.models import TrackId

_WIDER = 4
"""How many times as large a neighbourhood becomes when too little is open in it."""

_COMPONENT_WEIGHT = 0.6
"""As ``Dimension.weight``: what takes explaining comes after what everybody hears."""

_BOTH_WAYS = 1.3
"""What it is worth that the opposite is open, too."""

_REPETITION = 0.8
"""How much less a direction is worth that goes along with one that has been named already."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A direction that leads somewhere from here, its best candidates first, at least one."""

    direction: Direction
    label: str
    candidates: list[Candidate]


@dataclass(frozen=True, slots=True)
class _Open:
    """A direction's findings: ``worth`` orders openings, ``count`` is how much lies fairly that way."""

    direction: Direction
    way: Way
    mask: Mask
    relaxed: str
    worth: float
    count: int


def explore(
    index: FeatureIndex, origin: TrackId, recent: Recent, *, limit: int = 5, most: int = 12
) -> list[Opening]:
    """The directions that lead somewhere, most useful first, opposites next to each other.

    Args:
        index: the library.
        origin: the track that plays now.
        recent: what was played before it.
        limit: candidates per direction.
        most: directions.

    Raises:
        NotFoundError: ``origin`` is not in the space.
    """
    around, found, words = _survey(index, origin, recent, limit, most)
    openings = []
    for one in _ordered(index, found)[:most]:
        name, reason = one.direction.name, joined(one.relaxed, words)
        candidates = [
            told(index, around, int(place), direction=name, way=one.way, relaxed=reason)
            for place in best(one.way.cost, one.mask, limit)
        ]
        openings.append(Opening(one.direction, index.label(name), candidates))
    return openings


def richness(index: FeatureIndex, origin: TrackId, recent: Recent) -> dict[str, float]:
    """How much there is in each open direction: which share of the neighbourhood lies that way, 0..1.

    For whoever has to choose a direction. A track lies in one that it moves along by more than otherwise.

    Raises:
        NotFoundError: ``origin`` is not in the space.
    """
    around, found, _ = _survey(index, origin, recent, 1, 1)
    return {one.direction.name: one.count / around.rows.size for one in found}


def _survey(
    index: FeatureIndex, origin: TrackId, recent: Recent, limit: int, most: int
) -> tuple[Surroundings, list[_Open], str]:
    """All open directions: in a neighbourhood large enough, with as much separation as leaves any open."""
    row = index.row(origin)
    separation = Separation(index, row, recent)
    around = near(index, row)
    free, ways = separation.free(around.rows), _ways(around)
    found = _open(ways, free[0], limit)
    if len(found) < most and around.rows.size < len(index):
        around = near(index, row, times=_WIDER)
        free, ways = separation.free(around.rows), _ways(around)
        found = _open(ways, free[0], limit)
    level = 0
    while not found and level + 1 < len(RELAXED):
        level += 1
        found = _open(ways, free[level], limit)
    return around, found, RELAXED[level]


def _ways(around: Surroundings) -> dict[str, Way]:
    return {name: way for name, one in DIRECTIONS.items() if (way := around.way(one)) is not None}


def _open(ways: dict[str, Way], free: Mask, limit: int) -> list[_Open]:
    found = []
    for name, way in ways.items():
        fair, clean = way.fair & free, way.clean & free
        if count := int(np.count_nonzero(fair)):
            mask, relaxed = (clean, "") if clean.any() else (fair, ANY_STEP)
            direction = DIRECTIONS[name]
            known = DIMENSIONS.get(direction.dimension)
            worth = _worth(way, mask, limit) * (known.weight if known else _COMPONENT_WEIGHT)
            found.append(_Open(direction, way, mask, relaxed, worth, count))
    return found


def _worth(way: Way, mask: Mask, limit: int) -> float:
    """How clearly a direction's best candidates go that way, and whether there are enough of them."""
    places = best(way.cost, mask, limit)
    clarity = np.minimum(way.moved[places], 3) / (way.others[places] + 0.1)
    return float(clarity.mean() * places.size / limit)


def _ordered(index: FeatureIndex, found: list[_Open]) -> list[_Open]:
    """Pairs of opposites, most useful first; what goes along with what has been named already comes later."""
    names = [*NAMES, *COMPONENTS]
    pairs: dict[str, list[_Open]] = {}
    for one in found:
        pairs.setdefault(one.direction.dimension, []).append(one)
    worth = {
        name: max(one.worth for one in pair) * (_BOTH_WAYS if len(pair) == 2 else 1)
        for name, pair in pairs.items()
    }
    new: Floats = np.ones(len(names), np.float32)
    ordered: list[_Open] = []
    while pairs:
        name = max(pairs, key=lambda one: worth[one] * float(new[names.index(one)]))
        ordered += sorted(pairs.pop(name), key=lambda one: -one.worth)
        new = np.minimum(new, 1 - np.float32(_REPETITION) * index.correlations[names.index(name)])
    return ordered
