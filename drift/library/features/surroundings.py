"""What lies around a track, and what of it lies in a direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drift.library.features.dimensions import COMPONENTS, DIMENSIONS, LEAST_STEP, NAMES, Direction, Floats
from drift.library.features.index import FeatureIndex, Rows, squared_distances
from drift.library.features.separation import Mask
from drift.library.features.standard import LEAST

_SHARE, _FEWEST, _MOST = 20, 2_000, 24_000
"""A neighbourhood is the nearest twentieth of the library, within these bounds."""

_SAMPLE = 16_384
"""Distances from which the neighbourhood's radius is estimated."""

_NARROW = 1.5
"""Standard deviations beyond which a step counts as wide, unless the least step is nearly as wide itself."""

_WIDE = 2.5
"""Standard deviations beyond which a wider step is no better."""

_CLEAN, _FAIR = 2.0, 1.5
"""How many times as much as the mean of the others a dimension has to move."""


@dataclass(frozen=True, slots=True)
class Way:
    """What the rows of some surroundings are in one direction; all arrays have a value per row.

    Attributes:
        moved: standard deviations in the direction, negative the other way.
        others: mean of the other dimensions' changes, as sizes.
        cost: (distance without the direction's own part / what is moved, up to a wide step) squared; the best
            candidates have the least.
        meaningful: known, and moved by the least step at least.
        fair: also by half more than the mean of the others: this leads in the direction rather than anywhere.
        clean: also by twice as much as the mean of the others, and not by a wide step.
    """

    moved: Floats
    others: Floats
    cost: Floats
    meaningful: Mask
    fair: Mask
    clean: Mask


class Surroundings:
    """Rows around an origin.

    Attributes:
        rows: ascending.
        squares: squared distances from the origin in the whole space, float32.
    """

    def __init__(self, index: FeatureIndex, origin: int, rows: Rows, squares: Floats) -> None:
        self.rows = rows
        self.squares = squares
        self._index = index
        self._origin = origin
        whole = rows.size == len(index)
        near = index.space if whole else index.space[rows]
        self._deltas: Floats = np.empty((len(NAMES), rows.size), np.float32)
        np.subtract(near[:, : len(NAMES)].T, index.space[origin, : len(NAMES), None], out=self._deltas)
        self._sizes: Floats = np.abs(self._deltas)
        self._all: Floats = self._sizes.sum(axis=0)
        self._missing = index.missing[rows]
        self._least = LEAST / index.scales.spread
        self._measured: dict[str, _Along | None] = {}

    def deltas(self, place: int) -> dict[str, float]:
        """How all dimensions that are known of both tracks change, in standard deviations."""
        row = int(self.rows[place])
        both = [column for column in range(len(NAMES)) if self._known(column, row)]
        return {NAMES[column]: float(self._deltas[column, place]) for column in both}

    def _known(self, column: int, row: int) -> bool:
        return self._index.knows(row, column) and self._index.knows(self._origin, column)

    def way(self, direction: Direction) -> Way | None:
        """What the rows are in a direction; None: unknown of the origin, or the same in the whole library."""
        name = direction.dimension
        if name not in self._measured:
            self._measured[name] = (
                self._component(direction) if direction.is_component else self._dimension(name)
            )
        along = self._measured[name]
        return None if along is None else along.way(direction.sign)

    def _dimension(self, name: str) -> _Along | None:
        column = NAMES.index(name)
        if not self._index.knows(self._origin, column):
            return None
        own = self._deltas[column]
        others = (self._all - self._sizes[column]) / np.float32(len(NAMES) - 1)
        least = max(LEAST_STEP, float(self._least[column]))
        return _Along(own, others, self.squares - own * own, least, self._known_of_all(1 << column))

    def _component(self, direction: Direction) -> _Along | None:
        component = COMPONENTS.index(direction.dimension)
        spread = self._index.components.spread[component]
        columns = [i for i, one in enumerate(DIMENSIONS.values()) if one.domain == direction.domain]
        if spread <= 0 or not all(self._index.knows(self._origin, column) for column in columns):
            return None
        loadings = self._index.components.loadings[columns, component]
        own = loadings @ self._deltas[columns]
        others = (self._all - self._sizes[columns].sum(axis=0)) / np.float32(len(NAMES) - len(columns))
        known = self._known_of_all(sum(1 << column for column in columns))
        least = max(LEAST_STEP, float(np.linalg.norm(loadings * self._least[columns]) / spread))
        return _Along(own / spread, others, self.squares - own * own, least, known)

    def _known_of_all(self, bits: int) -> Mask:
        known: Mask = (self._missing & np.uint32(bits)) == 0
        return known


@dataclass(frozen=True, slots=True)
class _Along:
    """The rows along a dimension, upwards: what both of its directions share."""

    moved: Floats
    others: Floats
    rest: Floats
    least: float
    known: Mask

    def way(self, sign: int) -> Way:
        narrow = np.float32(max(_NARROW, 2 * self.least))
        moved = self.moved if sign > 0 else -self.moved
        meaningful = (moved >= np.float32(self.least)) & self.known
        fair = meaningful & (moved >= np.float32(_FAIR) * self.others)
        clean = fair & (moved >= np.float32(_CLEAN) * self.others) & (moved <= narrow)
        reach = np.clip(moved, np.float32(self.least), max(narrow, np.float32(_WIDE)))
        cost = np.maximum(self.rest, 0) / (reach * reach)
        return Way(moved, self.others, cost, meaningful, fair, clean)


def near(index: FeatureIndex, origin: int, *, times: float = 1) -> Surroundings:
    """The neighbourhood of a row, ``times`` as large as usual; the origin is in it."""
    squares = distances(index, origin)
    count = times * min(max(len(index) // _SHARE, _FEWEST), _MOST)
    if count >= len(index):
        return everything(index, origin, squares)
    sample = squares[:: max(1, len(index) // _SAMPLE)]
    place = min(int(count / len(index) * sample.size), sample.size - 1)
    rows = np.flatnonzero(squares <= np.partition(sample, place)[place])
    return Surroundings(index, origin, rows, squares[rows])


def everything(index: FeatureIndex, origin: int, squares: Floats | None = None) -> Surroundings:
    """The whole library as surroundings."""
    squares = distances(index, origin) if squares is None else squares
    return Surroundings(index, origin, np.arange(len(index)), squares)


def distances(index: FeatureIndex, origin: int) -> Floats:
    """Squared distances of all rows from one, float32."""
    return squared_distances(index.space, index.norms, index.space[origin])


def best(cost: Floats, mask: Mask, count: int) -> npt.NDArray[np.intp]:
    """The places of the ``count`` least costs where ``mask`` is set, cheapest first."""
    places = np.flatnonzero(mask)
    costs = cost[places]
    if places.size > count:
        first = np.argpartition(costs, count)[:count]
        places, costs = places[first], costs[first]
    return places[np.lexsort((places, costs))]
