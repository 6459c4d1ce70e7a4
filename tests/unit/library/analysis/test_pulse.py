import numpy as np
import numpy.typing as npt
import pytest

from drift.library.analysis.pulse import describe
from tests.unit.library.analysis.clicks import ClickTrack, Floats, heard

RATE = 48_000


def danceability(signal: Floats) -> float:
    return describe(heard(signal))["danceability"]


def stereo(wave: npt.ArrayLike) -> Floats:
    return np.tile(np.asarray(wave, np.float32), (2, 1))


@pytest.mark.parametrize("bpm", [75, 100, 128, 174])
def test_a_drum_kit_is_danceable(bpm: float) -> None:
    assert 0.6 < danceability(ClickTrack(bpm, 30, "kit").render()) <= 1


def test_noise_chords_and_chance_are_not() -> None:
    dice = np.random.default_rng(1)
    time = np.arange(20 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * hz * time) for hz in (220, 277, 330)) * (1 + np.sin(0.7 * time)) * 0.1
    chance = np.zeros(20 * RATE)
    chance[dice.integers(0, chance.size, 40)] = 0.5
    assert danceability(stereo(dice.standard_normal(20 * RATE) * 0.1)) < 0.1
    assert danceability(stereo(chord)) < 0.1
    assert danceability(stereo(chance)) < 0.35


def test_unevenly_played_drums_are_less_so() -> None:
    even = ClickTrack(110, 30)
    dice = np.random.default_rng(2)
    wave = np.zeros(30 * RATE)
    for beat in even.beat_samples + dice.normal(0, 0.06 * RATE, even.beat_samples.size):
        wave[int(beat) : int(beat) + 400] = 0.5
    assert danceability(stereo(wave)) < danceability(even.render()) - 0.3


@pytest.mark.parametrize("level", [0.01, 20.0])
def test_gain_does_not_matter(level: float) -> None:
    signal = ClickTrack(110, 15, "kit").render()
    assert danceability(signal * np.float32(level)) == pytest.approx(danceability(signal), abs=0.02)


@pytest.mark.parametrize("level", [0.0, 0.5])
@pytest.mark.parametrize("samples", [0, 1, 600, 96_000, 960_000])
def test_silence_and_dc_are_not(level: float, samples: int) -> None:
    assert 0 <= danceability(np.full((2, samples), level, np.float32)) < 0.1
