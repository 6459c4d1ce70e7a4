"""The track that comes closest to given descriptors: how a journey finds its way in another library."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import numpy as np

from drift.errors import NotFoundError
from drift.library.features.dimensions import DIMENSIONS
from drift.library.features.index import FIFTHS, FeatureIndex, fifths
from drift.library.features.standard import squashed
from drift.models import TrackId

_BLOCK = 65_536


def nearest(index: FeatureIndex, targets: Mapping[str, float], *, avoid: Collection[TrackId] = ()) -> TrackId:
    """The track that is nearest to ``targets``.

    Args:
        index: the library.
        targets: as ``FeatureIndex.raw`` gives them, perhaps in another library: descriptor -> value. Names
            that are no dimension's, and values that are not finite, are passed over.
        avoid: tracks that it must not be.

    Raises:
        NotFoundError: there is no (other) track, or none of the targets says anything.
    """
    columns, wanted = [], []
    for column, dimension in enumerate(DIMENSIONS.values()):
        bent = float(dimension.bent(np.array(targets.get(dimension.descriptor, math.nan), np.float64)))
        if math.isfinite(bent):
            z = (bent - index.scales.centre[column]) / index.scales.spread[column]
            columns.append(column)
            wanted.append(float(squashed(np.array(z))))
    key, mode = targets.get("key", math.nan), targets.get("mode", math.nan)
    if math.isfinite(key) and math.isfinite(mode):
        code = np.array([2 * (round(key) % 12) + (mode > 0.5)], np.int8)
        columns += [FIFTHS, FIFTHS + 1]
        wanted += fifths(code)[0].tolist()
    if not len(index) or not columns:
        raise NotFoundError("No track can be found for these features.")
    place = np.array(wanted, np.float32)
    squares = np.concatenate(
        [
            ((index.space[first : first + _BLOCK, columns] - place) ** 2).sum(axis=1)
            for first in range(0, len(index), _BLOCK)
        ]
    )
    squares[[row for one in avoid if (row := index.find(one)) is not None]] = math.inf
    best = int(squares.argmin())
    if math.isinf(squares[best]):
        raise NotFoundError("No other track can be found for these features.")
    return index.id_at(best)
