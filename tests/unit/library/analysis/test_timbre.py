"""Timbre."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft

from drift.library.analysis import timbre
from tests.unit.library.analysis.signals import ODD, beats, chord, hear, hear_odd, pink, white


def distance(one: dict[str, float], other: dict[str, float]) -> float:
    return float(np.linalg.norm([one[name] - other[name] for name in one]))


def test_names_and_number() -> None:
    said = timbre.describe(hear(beats(4)))
    assert len(said) == 47
    assert {f"mfcc_mean_{i}" for i in range(1, 13)} <= set(said)
    assert {f"mfcc_std_{i}" for i in range(13)} <= set(said)
    assert "mfcc_mean_0" not in said


def test_coefficients_are_the_cosine_transform_of_the_bands() -> None:
    sound = hear(beats(6))
    power = sound.bands.power.astype(float)
    power = power[power.sum(axis=1) > power.sum(axis=1).mean() / 1_000]
    cepstrum = scipy.fft.dct(10 * np.log10(power), axis=1, norm="ortho")
    said = timbre.describe(sound)
    assert [said[f"mfcc_mean_{i}"] for i in range(1, 13)] == pytest.approx(
        cepstrum.mean(axis=0)[1:13], rel=1e-2, abs=0.1
    )
    assert [said[f"mfcc_std_{i}"] for i in range(13)] == pytest.approx(
        cepstrum.std(axis=0)[:13], rel=1e-2, abs=0.1
    )
    assert said["mfcc_corr_1"] == pytest.approx(np.corrcoef(cepstrum[:, :2].T)[0, 1], abs=0.01)


def test_level_plays_no_part() -> None:
    music = beats(6) + pink(6, 0.01)
    loud, soft = timbre.describe(hear(music)), timbre.describe(hear(music * 0.02))
    assert soft == pytest.approx(loud, rel=1e-2, abs=0.02)


def test_silence_around_music_plays_no_part() -> None:
    music = beats(8)
    apart = np.concatenate((np.zeros(240_000), music, np.zeros(240_000)))
    assert distance(timbre.describe(hear(apart)), timbre.describe(hear(music))) < 8


def test_alike_is_near() -> None:
    one, same = beats(8), np.roll(beats(8), 30_000)
    other = chord((45, 57, 60), 8) + pink(8, 0.001)
    said = [timbre.describe(hear(signal)) for signal in (one, same, other)]
    assert distance(said[0], said[1]) * 10 < distance(said[0], said[2])


def test_contrast_is_of_tones() -> None:
    tones, noise = timbre.describe(hear(chord((57, 81), 6))), timbre.describe(hear(white(6)))
    assert all(noise[f"contrast_{i}"] < 6 for i in range(1, 8))
    assert all(tones[f"contrast_{i}"] > noise[f"contrast_{i}"] + 6 for i in (4, 5))


@pytest.mark.parametrize("name", ODD)
def test_anything_is_described(name: str) -> None:
    said = timbre.describe(hear_odd(name))
    assert len(said) == 47
    assert np.isfinite(list(said.values())).all()


def test_silence_has_no_timbre() -> None:
    assert set(timbre.describe(hear_odd("silence")).values()) == {0}
