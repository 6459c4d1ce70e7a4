from __future__ import annotations

import numpy as np
import pytest

from drift.library.features import DIMENSIONS, DIRECTIONS, Dimension

PROMISED = """
faster slower brighter darker more-energetic calmer more-danceable less-danceable more-tonal atonal
more-complex simpler punchier smoother busier sparser more-bass less-bass more-air less-air noisier purer
stronger-chords weaker-chords
rhythmic-1-up rhythmic-1-down tonal-1-up tonal-1-down spectral-1-up spectral-1-down
"""


def test_all_promised_directions_are_there() -> None:
    assert set(PROMISED.split()) <= set(DIRECTIONS)


@pytest.mark.parametrize("name", DIRECTIONS)
def test_the_opposite_is_the_same_dimension_the_other_way(name: str) -> None:
    one = DIRECTIONS[name]
    other = DIRECTIONS[one.opposite]
    assert one.name == name
    assert DIRECTIONS[other.opposite] == one
    assert (other.dimension, other.sign, other.domain) == (one.dimension, -one.sign, one.domain)


@pytest.mark.parametrize("dimension", DIMENSIONS.values(), ids=lambda one: one.name)
def test_a_value_comes_back_from_its_curve(dimension: Dimension) -> None:
    bent = dimension.bent(np.array([0.7, 3.0]))
    assert [dimension.unbent(float(one)) for one in bent] == pytest.approx([0.7, 3.0])
    assert bent[0] < bent[1]
    assert dimension.least > 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_unknown(value: float) -> None:
    assert all(np.isnan(one.bent(np.array([value]))).all() for one in DIMENSIONS.values())


def test_no_tempo_is_unknown() -> None:
    assert np.isnan(DIMENSIONS["tempo"].bent(np.array([0.0, -1.0]))).all()
