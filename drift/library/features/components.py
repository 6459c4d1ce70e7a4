"""Principal components of the domains: the directions that a library itself suggests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drift.library.features.dimensions import (
    COMPONENT_DOMAINS,
    COMPONENTS,
    COMPONENTS_EACH,
    DIMENSIONS,
    Floats,
)


@dataclass(frozen=True, slots=True)
class Components:
    """All domains' components.

    Attributes:
        loadings: unit vectors over the dimensions, shape ``(len(DIMENSIONS), len(COMPONENTS))``, float32;
            zero outside of the domain.
        spread: standard deviation of the tracks along each, shape ``(len(COMPONENTS),)``, float32; 0: the
            library does not vary that way.
    """

    loadings: Floats
    spread: Floats

    @classmethod
    def fit(cls, z: Floats) -> Components:
        """The components of standardised dimensions, shape ``(n, len(DIMENSIONS))``.

        Each is signed so that its strongest loading is positive.
        """
        loadings = np.zeros((len(DIMENSIONS), len(COMPONENTS)), np.float32)
        spread = np.zeros(len(COMPONENTS), np.float32)
        for place, domain in enumerate(COMPONENT_DOMAINS):
            columns = [i for i, one in enumerate(DIMENSIONS.values()) if one.domain == domain]
            variances, vectors = principal(z[:, columns], COMPONENTS_EACH)
            first = place * COMPONENTS_EACH
            loadings[columns, first : first + COMPONENTS_EACH] = vectors
            spread[first : first + COMPONENTS_EACH] = np.sqrt(variances)
        return cls(loadings, spread)

    def words(self, component: str, sign: int) -> str:
        """What moves along it, strongest first: "busier, more danceable"."""
        loadings = self.loadings[:, COMPONENTS.index(component)]
        order = [int(i) for i in np.argsort(-np.abs(loadings), kind="stable")[:2] if abs(loadings[i]) > 0.3]
        names = list(DIMENSIONS.values())
        said = [names[i].up if loadings[i] * sign > 0 else names[i].down for i in order]
        return ", ".join(label.lower() for _, label in said)


def principal(z: Floats, count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Variances ``(count,)`` and unit vectors ``(columns, count)`` of the strongest components of ``z``.

    Signed so that each vector's largest entry is positive; where there are fewer columns, zeros.
    """
    columns = z.shape[1]
    count_here = min(count, columns)
    variances, vectors = np.zeros(count), np.zeros((columns, count))
    if z.shape[0] > 1:
        mean = z.mean(axis=0, dtype=np.float64)
        covariance = (z.T @ z).astype(np.float64) / z.shape[0] - np.outer(mean, mean)
        values, found = np.linalg.eigh(covariance)
        values, found = values[::-1][:count_here], found[:, ::-1][:, :count_here]
        strongest = found[np.abs(found).argmax(axis=0), np.arange(count_here)]
        variances[:count_here] = np.where(values > 1e-6, values, 0)
        vectors[:, :count_here] = found * np.where(strongest < 0, -1, 1)
    return variances, vectors
