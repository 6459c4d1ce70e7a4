"""Chord changes and strength."""

from __future__ import annotations

import numpy as np
import pytest

from drift.library.analysis import chords
from tests.unit.library.analysis.signals import ODD, cadence, chord, hear, hear_odd, sine, white

C, F, G, A_MINOR = (60, 64, 67), (60, 65, 69), (59, 62, 67), (57, 60, 64)


def progression(chord_s: float, count: int, noise: float = 0.0) -> np.ndarray:
    cycle = [chord((C, F, G, A_MINOR)[i % 4], chord_s) for i in range(count)]
    signal = np.concatenate(cycle)
    return np.asarray(signal + white(signal.size / 48_000, noise)) if noise else signal


@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("chord_s", [1.0, 2.0, 4.0])
def test_changes_are_counted(chord_s: float, noise: float) -> None:
    said = chords.describe(hear(progression(chord_s, 16, noise)))
    assert said["chord_change_rate_hz"] == pytest.approx(15 / (16 * chord_s), rel=0.1)


def test_one_chord_does_not_change() -> None:
    assert chords.describe(hear(chord(A_MINOR, 20) + white(20, 0.01)))["chord_change_rate_hz"] == 0


def test_silence_is_no_time_for_chords() -> None:
    music = progression(1.0, 16)
    apart = np.concatenate((music, np.zeros(30 * 48_000)))
    assert chords.describe(hear(apart)) == pytest.approx(chords.describe(hear(music)), rel=0.08)


def test_strength_is_of_triads() -> None:
    signals = chord(C, 8), chord((60, 62, 64, 67), 8), sine(440, 8), chord((60, 61, 66, 67), 8), white(8)
    strengths = [chords.describe(hear(signal))["chord_strength"] for signal in signals]
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[0] > 0.85
    assert strengths[-1] < 0.2
    assert chords.describe(hear(chord(range(60, 72), 8)))["chord_strength"] < 0.2


def test_out_of_tune_chords_are_as_strong() -> None:
    tuned, off = (chords.describe(hear(cadence(3, minor=False, cents=cents))) for cents in (0, 38))
    assert off == pytest.approx(tuned, rel=0.05)


def test_level_plays_no_part() -> None:
    music = progression(1.0, 8, 0.01)
    assert chords.describe(hear(music * 0.03)) == pytest.approx(chords.describe(hear(music)), rel=1e-2)


@pytest.mark.parametrize("name", ODD)
def test_anything_is_described(name: str) -> None:
    said = chords.describe(hear_odd(name))
    assert set(said) == {"chord_change_rate_hz", "chord_strength"}
    assert 0 <= said["chord_change_rate_hz"] <= 2
    assert 0 <= said["chord_strength"] <= 1


def test_silence_has_no_chords() -> None:
    assert chords.describe(hear_odd("silence")) == {"chord_change_rate_hz": 0, "chord_strength": 0}
