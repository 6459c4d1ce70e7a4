"""Ways through the space: from one track to another, up to a peak and down again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from drift.library.features.dimensions import NAMES, Floats
from drift.library.features.index import FeatureIndex, nearest_rows, squared_distances
from drift.library.features.surroundings import Surroundings, best, near
from drift.models import TrackId

_POOL = 64
"""Tracks near each waypoint that may stand for it."""

_SWEEPS = 4
_TO_THE_LINE = 1.0
"""What the distance from its waypoint counts, against those from the tracks before and after."""

_USUAL_S = 210.0
"""A track's length where none is known."""

_LONGEST = 500
"""Tracks that a way has at most."""

_INTENSITY = ("energy", "danceability", "tempo")
_PEAK_AT = 0.6
"""Where the peak of an arc is, as a share of its tracks."""

_ACCENT = 16.0
"""What being more or less intense than the waypoint counts in an arc, against any other difference."""

_CHOICES = 6


def path(
    index: FeatureIndex,
    start: TrackId,
    goal: TrackId,
    *,
    steps: int | None = None,
    minutes: float | None = None,
) -> list[TrackId]:
    """Tracks from ``start`` to ``goal``, both included: all dimensions move evenly, no track comes twice.

    Args:
        index: the library.
        start: the first track.
        goal: the last one.
        steps: from track to track, at least 1; a small library may have fewer.
        minutes: how long all tracks together should be, about; instead of ``steps``. Neither: so many steps
            that each is about as wide as from neighbour to neighbour, 2 to 12.

    Raises:
        NotFoundError: ``start`` or ``goal`` is not in the space.
        ValueError: ``steps`` and ``minutes`` are both given, or not positive.
    """
    given = [length for length in (steps, minutes) if length is not None]
    if len(given) > 1 or not all(length > 0 for length in given):
        raise ValueError("a path takes steps or minutes, more than none")
    first, last = index.row(start), index.row(goal)
    if first == last:
        return [start]

    def of_size(count: int) -> list[int]:
        return [first, *_between(index, first, last, count - 2, {first, last}), last]

    if minutes is not None:
        rows = _lasting(index, minutes, 2, of_size)
    else:
        rows = of_size(1 + min(_LONGEST, steps if steps is not None else _usual_steps(index, first, last)))
    return [index.id_at(row) for row in rows]


def arc(index: FeatureIndex, start: TrackId, *, minutes: float, dice: random.Random) -> list[TrackId]:
    """Tracks from ``start`` up to a peak of energy, danceability and tempo, and down to a calm landing.

    Args:
        index: the library.
        start: the first track.
        minutes: how long all tracks together should be, about.
        dice: decides among the best peaks and landings; equal dice, equal arc.

    Raises:
        NotFoundError: ``start`` is not in the space.
        ValueError: ``minutes`` is not positive.
    """
    if not minutes > 0:
        raise ValueError("an arc takes minutes, more than none")
    first = index.row(start)
    peak = _extreme(index, first, 1, {first}, dice)
    if peak is None:
        return [start]
    landing = _extreme(index, first, -1, {first, peak}, dice)
    if landing is None:
        return [start, index.id_at(peak)]

    def of_size(count: int) -> list[int]:
        rise = max(0, round((count - 3) * _PEAK_AT))
        fixed = {first, peak, landing}
        up = _between(index, first, peak, rise, fixed, accent=_ACCENT)
        down = _between(index, peak, landing, count - 3 - rise, fixed | set(up), accent=_ACCENT)
        return [first, *up, peak, *down, landing]

    return [index.id_at(row) for row in _lasting(index, minutes, 3, of_size)]


def intensity(space: Floats) -> Floats:
    """How intense tracks are, in standard deviations: mean of energy, danceability and tempo.

    Args:
        space: rows of ``FeatureIndex.space``, shape ``(n, columns)``.
    """
    mean: Floats = space[:, [NAMES.index(name) for name in _INTENSITY]].mean(axis=1)
    return mean


def _extreme(index: FeatureIndex, origin: int, sign: int, taken: set[int], dice: random.Random) -> int | None:
    """A track around the origin: intense (``sign`` 1) or calm (-1), and not too different otherwise."""
    around: Surroundings = near(index, origin)
    free = ~np.isin(around.rows, np.array(sorted(taken)))
    cost = np.sqrt(around.squares) * np.float32(0.25) - sign * intensity(index.space[around.rows])
    places = best(cost, free, _CHOICES)
    return int(around.rows[dice.choice(places.tolist())]) if places.size else None


def _usual_steps(index: FeatureIndex, first: int, last: int) -> int:
    """The distance in steps from neighbour to neighbour: 2 to 12."""
    squares = squared_distances(index.space, index.norms, index.space[first])
    neighbours = nearest_rows(squares, min(6, len(index)))[1:]
    usual = float(np.sqrt(np.median(squares[neighbours])))
    return int(np.clip(np.ceil(np.sqrt(squares[last]) / max(usual, 1e-3)), 2, 12))


def _lasting(
    index: FeatureIndex, minutes: float, fewest: int, of_size: Callable[[int], list[int]]
) -> list[int]:
    """What ``of_size`` gives for the number of tracks that together last closest to ``minutes``."""
    known = index.durations_s[index.durations_s > 0]
    usual_s = float(known.mean()) if known.size else _USUAL_S
    count = min(_LONGEST, max(fewest, round(minutes * 60 / usual_s)))
    tried: dict[int, tuple[float, list[int]]] = {}
    while count not in tried and len(tried) < 5:
        rows = of_size(count)
        lengths_s = index.durations_s[rows]
        excess_s = float(np.where(lengths_s > 0, lengths_s, usual_s).sum()) - minutes * 60
        tried[count] = abs(excess_s), rows
        count = min(_LONGEST, max(fewest, len(rows) - round(excess_s / usual_s)))
    return min(tried.values(), key=lambda one: one[0])[1]


def _between(
    index: FeatureIndex, first: int, last: int, count: int, taken: Iterable[int], *, accent: float = 0.0
) -> list[int]:
    """Up to ``count`` rows on the way, none of ``taken``.

    Waypoints lie evenly on the straight line. Tracks are assigned to them so that all distances together are
    least (linear sum assignment), then exchanged one by one while that makes the steps more even.
    """
    ends = index.space[[first, last]]
    pool = _pool(index, _line(ends, count), set(taken)) if count > 0 else np.zeros(0, np.intp)
    if pool.size == 0:
        return []
    line = _line(ends, min(count, pool.size))
    places = index.space[pool]
    off = ((places[None] - line[:, None]) ** 2).sum(axis=2)
    off += np.float32(accent) * (intensity(places)[None] - intensity(line)[:, None]) ** 2
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - it takes 0.2 s, as in projection

    _, chosen = linear_sum_assignment(off)
    return [int(row) for row in pool[_evened(places, off, chosen, ends)]]


def _line(ends: Floats, count: int) -> Floats:
    shares = (np.arange(1, count + 1, dtype=np.float32) / np.float32(count + 1))[:, None]
    line: Floats = ends[0] * (1 - shares) + ends[1] * shares
    return line


def _pool(index: FeatureIndex, line: Floats, taken: set[int]) -> npt.NDArray[np.intp]:
    """The tracks nearest to any waypoint."""
    if len(index) <= _POOL + len(taken):
        found = set(range(len(index)))
    else:
        enough = min(len(index), _POOL + len(taken) + len(line) // 4)
        found = set()
        for place in line:
            squares = squared_distances(index.space, index.norms, place)
            found.update(nearest_rows(squares, enough).tolist())
    return np.array(sorted(found - taken), np.intp)


def _evened(places: Floats, off: Floats, chosen: npt.NDArray[np.intp], ends: Floats) -> npt.NDArray[np.intp]:
    """``chosen``, with tracks exchanged for unused ones that lie better between their neighbours."""
    chosen = chosen.copy()
    for _ in range(_SWEEPS):
        changed = False
        for at in range(chosen.size):
            before = places[chosen[at - 1]] if at else ends[0]
            after = places[chosen[at + 1]] if at + 1 < chosen.size else ends[1]
            cost = ((places - before) ** 2).sum(axis=1) + ((places - after) ** 2).sum(axis=1)
            cost += np.float32(_TO_THE_LINE) * off[at]
            cost[np.delete(chosen, at)] = np.inf
            better = int(cost.argmin())
            if cost[better] < cost[chosen[at]]:
                chosen[at], changed = better, True
        if not changed:
            break
    return chosen
