from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.library.features.dimensions import DIMENSIONS, TEMPO
from drift.library.features.standard import Scales, bend, squashed, stretched

ONE = np.array([1e-6])


def test_standard_deviations_of_a_normal_distribution() -> None:
    values = np.random.default_rng(1).normal(50, 4, (20_000, 1))
    scales = Scales.fit(values, ONE)
    assert scales.centre == pytest.approx(50, abs=0.1)
    assert scales.spread == pytest.approx(4, rel=0.03)
    assert scales.standardise(values).std() == pytest.approx(1, rel=0.03)


def test_outliers_do_not_move_the_scale() -> None:
    values = np.random.default_rng(1).normal(0, 1, (1000, 1))
    values[:50] = 1e6
    scales = Scales.fit(values, ONE)
    assert scales.spread == pytest.approx(1, rel=0.15)
    assert scales.standardise(values).max() < 20


def test_a_column_of_one_value_is_zero() -> None:
    values = np.full((100, 1), 7.0)
    scales = Scales.fit(values, np.array([0.5]))
    assert scales.spread == [0.5]
    assert not scales.standardise(values).any()


def test_differences_that_nobody_hears_stay_small() -> None:
    values = np.random.default_rng(1).normal(7, 1e-4, (100, 1))
    assert np.abs(Scales.fit(values, np.array([0.04])).standardise(values)).max() < 0.02


def test_unknown_is_the_median() -> None:
    values = np.array([[1.0], [2.0], [np.nan], [3.0]])
    assert Scales.fit(values, ONE).standardise(values)[2] == 0


def test_nothing_known_at_all() -> None:
    scales = Scales.fit(np.full((3, 1), np.nan), np.array([0.5]))
    assert (scales.centre.tolist(), scales.spread.tolist()) == ([0], [0.5])


@given(st.floats(-1e4, 1e4))
def test_squashing_can_be_undone(z: float) -> None:
    assert stretched(squashed(np.array(z))) == pytest.approx(z, rel=1e-9, abs=1e-9)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_squashing_keeps_the_order(a: float, b: float) -> None:
    assert (squashed(np.array(a)) <= squashed(np.array(b))) == (a <= b) or squashed(np.array(a)) == squashed(
        np.array(b)
    )


@pytest.mark.parametrize(
    ("bpm", "confidence", "known"), [(120, 0.9, True), (120, 0.1, False), (0, 0.9, False)]
)
def test_only_a_sure_tempo_is_known(bpm: float, confidence: float, known: bool) -> None:
    values = np.ones((1, len(DIMENSIONS)), np.float32)
    values[0, TEMPO] = bpm
    bent = bend(values, np.array([confidence], np.float32))
    assert np.isfinite(bent[0, TEMPO]) == known
    assert np.isfinite(np.delete(bent[0], TEMPO)).all()
