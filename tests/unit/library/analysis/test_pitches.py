"""Spectral peaks by pitch, and chroma."""

from __future__ import annotations

import numpy as np
import pytest

from drift.library.analysis.pitches import LOWEST_HZ, OCTAVES, STEPS, chroma
from tests.unit.library.analysis.signals import chord, hear, sine, white


@pytest.mark.parametrize("hz", [65.4, 110.0, 440.0, 987.8, 3300.0])
def test_a_tone_is_in_the_column_of_its_pitch(hz: float) -> None:
    salience = hear(sine(hz, 2)).pitches.salience[2:-2]
    assert salience.shape[1] == OCTAVES * STEPS
    assert set(salience.argmax(axis=1)) == {round(STEPS * np.log2(hz / LOWEST_HZ))}


def test_amplitudes_are_of_the_tones() -> None:
    salience = hear(sine(440, 2, 0.4) + sine(1100, 2, 0.1)).pitches.salience[2:-2]
    strongest = np.sort(salience, axis=1)[:, -2:]
    # in between two bins, a Hann window shows 1.4 dB less
    assert strongest[:, 1] == pytest.approx(np.full(len(strongest), 0.4 / np.sqrt(2)), rel=0.17)
    assert strongest[:, 0] == pytest.approx(np.full(len(strongest), 0.1 / np.sqrt(2)), rel=0.17)


@pytest.mark.parametrize("hz", [20.0, 30.0, 4500.0, 9000.0])
def test_pitches_out_of_range_are_left_out(hz: float) -> None:
    assert hear(sine(hz, 2)).pitches.salience[2:-2].max() < 0.005


def test_detuning_is_that_of_the_peaks() -> None:
    pitches = hear(chord((57, 61, 64), 2, cents=23)).pitches
    mean = pitches.detuning[2:-2] / pitches.amplitude[2:-2]
    assert np.abs(mean) == pytest.approx(np.ones(len(mean)), abs=0.03)
    assert np.angle(mean) / np.pi * 50 == pytest.approx(np.full(len(mean), 23), abs=2)


def test_chroma_is_of_the_notes() -> None:
    classes = chroma(hear(chord((60, 64, 67), 3)).pitches, 0.0)[3:-3].mean(axis=0)
    assert set(np.argsort(classes)[-3:]) == {0, 4, 7}
    assert classes[[0, 4, 7]].min() > 2 * np.delete(classes, [0, 4, 7]).max()


def test_chroma_follows_the_tuning() -> None:
    pitches = hear(chord((60, 64, 67), 3, cents=45)).pitches
    right, wrong = (chroma(pitches, cents)[3:-3].mean(axis=0)[[0, 4, 7]].sum() for cents in (45.0, 0.0))
    assert right > 1.5 * wrong


def test_noise_has_no_tuning() -> None:
    pitches = hear(white(10)).pitches
    assert abs(pitches.detuning.sum()) < 0.05 * pitches.amplitude.sum()


def test_silence_has_no_pitches() -> None:
    pitches = hear(np.zeros(96_000)).pitches
    assert not pitches.salience.any()
    assert not pitches.amplitude.any()
