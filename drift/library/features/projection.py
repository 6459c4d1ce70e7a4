"""The space on a sheet of paper."""

from __future__ import annotations

import numpy as np

from drift.library.features.components import principal
from drift.library.features.dimensions import Floats
from drift.library.features.index import FeatureIndex


def project(index: FeatureIndex) -> Floats:
    """A map: the two strongest principal components of everything, each spread evenly by rank.

    The same library gives the same map; one that has grown a little gives nearly the same, perhaps mirrored.

    Returns:
        Shape ``(n, 2)``, float32, -1..1, in the order of ``index.ids``; a track alone is in the middle.
    """
    _, axes = principal(index.space, 2)
    places = index.space @ axes.astype(np.float32)
    if len(index) < 2:
        return np.zeros_like(places)
    from scipy.stats import rankdata  # noqa: PLC0415 - it takes 0.4 s, which every start would wait for

    ranks = rankdata(places, axis=0)
    return ((2 * ranks - 1) / len(index) - 1).astype(np.float32)
