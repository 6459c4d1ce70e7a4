"""Tuning and its purity."""

from __future__ import annotations

import numpy as np
import pytest

from drift.library.analysis import tuning
from tests.unit.library.analysis.signals import ODD, chord, hear, hear_odd, white


@pytest.mark.parametrize("cents", [-49.0, -40.0, -17.0, 0.0, 5.0, 31.0, 40.0, 49.0])
def test_tuning_is_found(cents: float) -> None:
    said = tuning.describe(hear(chord((57, 60, 64, 69), 4, cents=cents)))
    assert said["tuning_cents"] == pytest.approx(cents, abs=2)
    assert said["tuning_purity"] > 0.95


def test_two_instruments_that_disagree_are_less_pure() -> None:
    together = chord((57, 64), 4) + chord((60, 67), 4)
    apart = chord((57, 64), 4, cents=-20) + chord((60, 67), 4, cents=20)
    pure, loose = (tuning.describe(hear(signal)) for signal in (together, apart))
    assert loose["tuning_purity"] < pure["tuning_purity"] - 0.2
    assert loose["tuning_cents"] == pytest.approx(0, abs=6)


def test_noise_is_not_pure() -> None:
    assert tuning.describe(hear(white(20)))["tuning_purity"] < 0.05


def test_level_plays_no_part() -> None:
    signal = chord((57, 61, 64), 3, cents=12) + white(3, 0.01)
    loud, soft = tuning.describe(hear(signal)), tuning.describe(hear(signal * 0.03))
    assert soft == pytest.approx(loud, rel=1e-3)


def test_silence_between_sounds_plays_no_part() -> None:
    signal = chord((57, 61, 64), 3, cents=12)
    apart = np.concatenate((signal, np.zeros(480_000), signal))
    assert tuning.describe(hear(apart))["tuning_cents"] == pytest.approx(12, abs=2)


@pytest.mark.parametrize("name", ODD)
def test_anything_is_described(name: str) -> None:
    said = tuning.describe(hear_odd(name))
    assert set(said) == {"tuning_cents", "tuning_purity"}
    assert -50 <= said["tuning_cents"] <= 50
    assert 0 <= said["tuning_purity"] <= 1


def test_silence_is_in_tune_and_has_no_purity() -> None:
    assert tuning.describe(hear_odd("silence")) == {"tuning_cents": 0, "tuning_purity": 0}
