"""Synthetic libraries."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from drift.library.features import DIMENSIONS, Entry, FeatureIndex
from drift.library.features.dimensions import TIMBRE
from drift.models import TrackId

Library = Callable[..., list[Entry]]

PLACES = {
    "tempo": (6.9, 0.3),
    "brightness": (11.0, 0.7),
    "spectrum's width": (12.5, 0.7),
    "noise": (-5.0, 2.0),
}


def track(number: int) -> TrackId:
    return TrackId(f"{number:032x}")


def entry(number: int, values: dict[str, float], **about: object) -> Entry:
    known = {"artist": f"artist {number}", "album": f"album {number}", "title": f"title {number}"}
    return Entry(track(number), values, **{"duration_s": 200.0, **known, **about})  # type: ignore[arg-type]


def plausible(z: np.ndarray) -> dict[str, float]:
    """Descriptors of a track that lies at ``z``, a value per dimension."""
    values = {}
    for (name, dimension), at in zip(DIMENSIONS.items(), z, strict=True):
        mean, spread = PLACES.get(name, (3.0, 1.0))
        values[dimension.descriptor] = dimension.unbent(mean + spread * float(at))
    return values | {"tempo_confidence": 1.0}


def at(number: int, **places: float) -> Entry:
    """A track at the centre but for the given dimensions."""
    names = list(DIMENSIONS)
    z = np.zeros(len(names))
    for name, place in places.items():
        z[names.index(name)] = place
    return entry(number, plausible(z))


@pytest.fixture(scope="session")
def library() -> Library:
    """Makes entries: normally distributed, correlated; ten tracks to an artist, five to an album."""

    def make(size: int, seed: int = 1) -> list[Entry]:
        source = np.random.default_rng(seed)
        mixing = np.eye(len(DIMENSIONS)) + 0.2 * source.normal(size=(len(DIMENSIONS), len(DIMENSIONS)))
        albums = source.normal(size=(size // 5 + 1, len(TIMBRE)))
        entries = []
        for number in range(size):
            values = plausible(source.normal(size=len(DIMENSIONS)) @ mixing)
            timbre = albums[number // 5] + 0.7 * source.normal(size=len(TIMBRE))
            values |= dict(zip(TIMBRE, timbre.tolist(), strict=True))
            values |= {"key": float(source.integers(12)), "mode": float(source.integers(2))}
            about = {"artist": f"artist {number // 10}", "album": f"album {number // 5}"}
            entries.append(entry(number + 1, values, duration_s=float(source.uniform(60, 400)), **about))
        return entries

    return make


@pytest.fixture(scope="session")
def index(library: Library) -> FeatureIndex:
    """300 tracks."""
    return FeatureIndex.build(library(300))
