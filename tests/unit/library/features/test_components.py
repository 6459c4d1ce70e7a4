from __future__ import annotations

import numpy as np
import pytest

from drift.library.features.components import Components, principal
from drift.library.features.dimensions import COMPONENTS, NAMES


def test_the_strongest_axis_and_its_variance() -> None:
    source = np.random.default_rng(1)
    axis = np.array([0.6, 0.8, 0])
    z = source.normal(0, 3, (5000, 1)) * axis + source.normal(0, 0.5, (5000, 3))
    variances, vectors = principal(z.astype(np.float32), 2)
    assert vectors[:, 0] == pytest.approx(axis, abs=0.02)
    assert variances[0] == pytest.approx(9.25, rel=0.05)
    assert vectors.T @ vectors == pytest.approx(np.eye(2), abs=1e-6)


def test_the_sign_does_not_depend_on_chance() -> None:
    z = np.random.default_rng(1).normal(size=(200, 4)).astype(np.float32)
    for flipped in (z, -z):
        _, vectors = principal(flipped, 3)
        assert (vectors[np.abs(vectors).argmax(axis=0), range(3)] > 0).all()


@pytest.mark.parametrize("size", [0, 1])
def test_too_few_tracks_have_no_components(size: int) -> None:
    found = Components.fit(np.ones((size, len(NAMES)), np.float32))
    assert not found.spread.any()


def test_components_stay_in_their_domain_and_say_what_they_mean() -> None:
    z = 0.1 * np.random.default_rng(1).normal(size=(500, len(NAMES))).astype(np.float32)
    both = np.random.default_rng(2).normal(size=500).astype(np.float32)
    z[:, NAMES.index("onsets")] += both
    z[:, NAMES.index("danceability")] -= both
    found = Components.fit(z)
    rhythmic = found.loadings[:, COMPONENTS.index("rhythmic-1")]
    assert set(np.flatnonzero(rhythmic)) <= {NAMES.index(one) for one in ("tempo", "onsets", "danceability")}
    words = {found.words("rhythmic-1", sign) for sign in (1, -1)}
    assert {frozenset(said.split(", ")) for said in words} == {
        frozenset({"busier", "less danceable"}),
        frozenset({"sparser", "more danceable"}),
    }
