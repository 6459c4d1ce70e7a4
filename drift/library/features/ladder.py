"""The next track: the best that there is, whatever has to be given up for it."""

from __future__ import annotations

import random
from collections.abc import Iterator

from drift.library.features.candidates import ANY_STEP, Candidate, joined, told
from drift.library.features.dimensions import DIRECTIONS, Direction
from drift.library.features.index import FeatureIndex
from drift.library.features.separation import RELAXED, Mask, Recent, Separation
from drift.library.features.surroundings import Surroundings, Way, best, everything, near
from drift.models import TrackId

_CHOICES = 6
"""Candidates among which the dice decide; each has ``_FALL`` of the chance of the one before it."""

_FALL = 0.6
_AS_GOOD = 1.25**2
"""How much more than the best one a candidate may cost for the dice to count it in."""

_WHOLE_LIBRARY = "further away than usual"
_ANYTHING = "much else changes with it"
_NO_WAY = "nothing lies that way from here, so the nearest track"

_Rung = tuple[Surroundings, Way, Mask, str]


def step(
    index: FeatureIndex, origin: TrackId, direction: str | None, recent: Recent, dice: random.Random | None
) -> Candidate | None:
    """The next track: the best available one, with its reason.

    What is given up, in this order: a narrow step with little change besides; the neighbourhood; that the
    step is more along the direction than anywhere else; the separation of titles, of albums, of artists; the
    direction. Tracks just played come last of all.

    Args:
        index: the library.
        origin: the track that plays now.
        direction: a name of ``DIRECTIONS``; None: to one of the nearest.
        recent: what was played before it.
        dice: decides among the best candidates; equal dice, equal choice. None: the very best, which is what
            ``explore`` names first.

    Returns:
        None only when there is no other track at all.

    Raises:
        NotFoundError: ``origin`` is not in the space.
        KeyError: there is no such direction.
    """
    row = index.row(origin)
    if len(index) < 2:
        return None
    separation = Separation(index, row, recent)
    if direction is not None:
        for around, way, mask, relaxed in _rungs(index, row, DIRECTIONS[direction], separation):
            places = best(way.cost, mask, _CHOICES)
            if places.size:
                good = places[way.cost[places] <= _AS_GOOD * way.cost[places[0]]].tolist()
                place = _drawn(good, dice)
                return told(index, around, place, direction=direction, way=way, relaxed=relaxed)
    return _nearest(index, row, direction, separation, dice)


def _rungs(index: FeatureIndex, row: int, direction: Direction, separation: Separation) -> Iterator[_Rung]:
    """The ladder in a direction: where to look, and what is asked less each time."""
    around = near(index, row)
    way = around.way(direction)
    if way is None:
        return
    free = separation.free(around.rows)
    yield around, way, way.clean & free[0], ""
    yield around, way, way.fair & free[0], ANY_STEP
    if around.rows.size < len(index):
        around = everything(index, row)
        way = around.way(direction)
        assert way is not None
        free = separation.free(around.rows)
        yield around, way, way.fair & free[0], _WHOLE_LIBRARY
    yield around, way, way.meaningful & free[0], _ANYTHING
    for mask, words in zip(free[1:], RELAXED[1:], strict=True):
        yield around, way, way.clean & mask, words
        yield around, way, way.fair & mask, joined(ANY_STEP, words)
        yield around, way, way.meaningful & mask, joined(_ANYTHING, words)


def _nearest(
    index: FeatureIndex, row: int, direction: str | None, separation: Separation, dice: random.Random | None
) -> Candidate:
    """The end of the ladder, and the way without a direction: one of the nearest, or the nearest at all."""
    around = near(index, row)
    if not separation.free(around.rows)[0].any():
        around = everything(index, row)
    rungs = list(zip(separation.free(around.rows), RELAXED, strict=True))
    way = around.way(DIRECTIONS[direction]) if direction is not None else None
    if way is not None:  # rather not the other way
        rungs = [*((mask & (way.moved >= 0), words) for mask, words in rungs), *rungs]
    rungs.append((around.rows != row, "all others were just played"))
    mask, relaxed = next(rung for rung in rungs if rung[0].any())
    places = best(around.squares, mask, _CHOICES if direction is None else 1).tolist()
    reason = joined(_NO_WAY, relaxed) if direction is not None else relaxed
    return told(index, around, _drawn(places, dice), direction=direction, way=way, relaxed=reason)


def _drawn(places: list[int], dice: random.Random | None) -> int:
    if dice is None:
        return places[0]
    return dice.choices(places, [_FALL**rank for rank in range(len(places))])[0]
