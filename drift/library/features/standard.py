"""Descriptors in robust standard deviations, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drift.library.features.dimensions import DIMENSIONS, SURE_TEMPO, TEMPO, Floats

_KNEE = 3.0
"""Standard deviations from which on distance grows with the logarithm only: one odd descriptor is not all."""


@dataclass(frozen=True, slots=True)
class Scales:
    """How a library's values become standard deviations, one number per column.

    Attributes:
        centre: the median on the dimension's curve, shape ``(columns,)``, float64.
        spread: the interquartile range over 1.349, which is the standard deviation of a normal distribution;
            never less than the column's least step.
    """

    centre: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64]

    @classmethod
    def fit(cls, bent: npt.NDArray[np.floating], least: npt.NDArray[np.float64]) -> Scales:
        """The scales of ``bent``, shape ``(n, columns)``, NaN where unknown; all unknown: 0 and ``least``."""
        centre = np.zeros(bent.shape[1])
        spread = least.astype(np.float64)
        for column, values in enumerate(bent.T):
            known = values[~np.isnan(values)].astype(np.float64)
            if known.size:
                low, centre[column], high = np.percentile(known, (25, 50, 75))
                spread[column] = max((high - low) / 1.349, least[column])
        return cls(centre, spread)

    def standardise(self, bent: npt.NDArray[np.floating]) -> Floats:
        """Standard deviations from the median, float32, 0 where unknown; squashed beyond ``_KNEE``."""
        found = np.empty(bent.shape, np.float32)
        for column, values in enumerate(bent.T):
            z = (values.astype(np.float64) - self.centre[column]) / self.spread[column]
            found[:, column] = squashed(np.nan_to_num(z, nan=0.0))
        return found

    def restore(self, column: int, z: float) -> float:
        """The value on the curve of a standardised one."""
        return float(stretched(np.float64(z)) * self.spread[column] + self.centre[column])


def squashed(z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """``z`` up to the knee, from there on its logarithm; one-to-one, smooth."""
    size = np.abs(z)
    return np.where(size <= _KNEE, z, np.sign(z) * (_KNEE + np.log1p(np.maximum(size - _KNEE, 0))))


def stretched(z: npt.NDArray[np.float64] | np.float64) -> npt.NDArray[np.float64]:
    """The inverse of :func:`squashed`."""
    size = np.abs(z)
    return np.where(size <= _KNEE, z, np.sign(z) * (_KNEE + np.expm1(np.maximum(size - _KNEE, 0))))


def bend(values: Floats, tempo_confidence: Floats) -> npt.NDArray[np.float64]:
    """All dimensions on their curves.

    Args:
        values: descriptors in the order of ``DIMENSIONS``, shape ``(n, len(DIMENSIONS))``, float32.
        tempo_confidence: 0..1, shape ``(n,)``; NaN: not told, and taken for sure.

    Returns:
        Of the same shape, float64; NaN where unknown, also for a tempo that is not sure enough.
    """
    bent = np.empty(values.shape)
    for column, dimension in enumerate(DIMENSIONS.values()):
        bent[:, column] = dimension.bent(values[:, column].astype(np.float64))
    bent[tempo_confidence < SURE_TEMPO, TEMPO] = np.nan
    return bent


LEAST = np.array([dimension.least for dimension in DIMENSIONS.values()])
