"""The sound in segments."""

from __future__ import annotations

import numpy as np
import pytest

from drift.library.analysis.spectra import BIN_HZ, BINS, SEGMENT, loud
from tests.unit.library.analysis.signals import hear, hear_odd, sine, white


def test_level_and_peak_are_those_of_the_samples() -> None:
    signal = np.stack((white(3, 0.2), white(3, 0.05, seed=2))).astype(np.float32)
    spectra = hear(signal).spectra
    whole = signal[:, : signal.shape[1] // SEGMENT * SEGMENT].reshape(2, -1, SEGMENT)
    count = whole.shape[1]
    assert spectra.level[:count] == pytest.approx((whole**2).mean(axis=(0, 2)), rel=1e-4)
    assert spectra.peak[:count] == pytest.approx(np.abs(whole).max(axis=(0, 2)), rel=1e-6)
    assert spectra.side[:count] == pytest.approx(((whole[0] - whole[1]) ** 2).mean(axis=1) / 4, rel=1e-3)


def test_mono_has_no_side() -> None:
    assert hear(white(3)).spectra.side.max() < 1e-8  # rounding


def test_blocks_of_any_size_are_heard_alike() -> None:
    signal = white(2)
    spectra = hear(signal).spectra
    rest = signal[: signal.size // SEGMENT * SEGMENT].reshape(-1, SEGMENT)
    assert spectra.level[: len(rest)] == pytest.approx((rest**2).mean(axis=1), rel=1e-4)
    assert spectra.level.shape == spectra.peak.shape == spectra.side.shape == spectra.power.shape[:1]


def test_a_tone_is_in_its_bin_with_its_power() -> None:
    power = hear(sine(64 * BIN_HZ, 2, 0.5)).spectra.power[2:-2]
    assert power.shape[1] == BINS
    assert set(power.argmax(axis=1)) == {64}
    assert power[:, 64] == pytest.approx(np.full(len(power), 0.125), rel=1e-3)


def test_loud_is_what_is_near_the_mean() -> None:
    signal = np.concatenate((sine(440, 4, 0.5), sine(440, 4, 0.2), sine(440, 4, 0.02), np.zeros(192_000)))
    heard = loud(hear(signal).spectra)
    assert heard.mean() == pytest.approx(0.5, abs=0.03)
    assert heard[:40].all()
    assert not heard[60:].any()


def test_nothing_is_loud_in_silence() -> None:
    assert not loud(hear_odd("silence").spectra).any()
    assert not loud(hear_odd("nothing").spectra).any()
