"""The spectrum's shape."""

from __future__ import annotations

import numpy as np
import pytest

from drift.library.analysis import spectrum
from tests.unit.library.analysis.signals import ODD, chord, hear, hear_odd, pink, sine, white

NAMES = {"centroid_hz", "rolloff_hz", "kurtosis", "entropy", "flatness", "bass", "air"}


@pytest.mark.parametrize("hz", [200.0, 1_000.0, 5_000.0])
def test_a_tone_is_where_it_is(hz: float) -> None:
    said = spectrum.describe(hear(sine(hz, 4)))
    assert said["centroid_hz"] == pytest.approx(hz, abs=30)
    assert said["rolloff_hz"] == pytest.approx(hz, abs=50)
    assert said["entropy"] < 0.4
    assert said["flatness"] < 0.1


def test_white_noise_is_even() -> None:
    said = spectrum.describe(hear(white(8)))
    assert said["centroid_hz"] == pytest.approx(12_000, rel=0.02)
    assert said["rolloff_hz"] == pytest.approx(0.85 * 24_000, rel=0.02)
    assert said["flatness"] > 0.9
    assert said["bass"] == pytest.approx(10 * np.log10(120 / 24_000), abs=1.5)
    assert said["air"] == pytest.approx(10 * np.log10(16 / 24), abs=0.1)


def test_pink_noise_is_even_in_octaves() -> None:
    said = spectrum.describe(hear(pink(8)))
    assert said["entropy"] > 0.95
    assert said["kurtosis"] == pytest.approx(1.8, abs=0.15)  # that of an even distribution
    assert said["flatness"] > 0.9
    octaves = np.log2(24_000 / 20)
    assert said["air"] == pytest.approx(10 * np.log10(np.log2(3) / octaves), abs=0.5)


@pytest.mark.parametrize(("hz", "name"), [(60.0, "bass"), (11_000.0, "air")])
def test_bass_and_air_rise_with_their_part(hz: float, name: str) -> None:
    middle = sine(1_000, 4, 0.5)
    for level_db in (-30, -10, 0, 10):
        mixed = middle + sine(hz, 4, 0.5 * 10 ** (level_db / 20))
        share = 10 ** (level_db / 10) / (1 + 10 ** (level_db / 10))
        assert spectrum.describe(hear(mixed))[name] == pytest.approx(10 * np.log10(share), abs=0.4)


def test_brighter_is_higher() -> None:
    low, high = chord((48, 52, 55), 4), chord((72, 76, 79), 4)
    dark, bright = spectrum.describe(hear(low)), spectrum.describe(hear(high))
    assert bright["centroid_hz"] > 2 * dark["centroid_hz"]
    assert bright["rolloff_hz"] > 2 * dark["rolloff_hz"]


def test_noise_is_flatter_than_tones_whatever_its_colour() -> None:
    music = chord((48, 60, 64, 67, 72), 6)
    shares = [spectrum.describe(hear(music + pink(6, level)))["flatness"] for level in (0, 0.01, 0.05, 0.2)]
    assert shares == sorted(shares)
    assert shares[0] < 0.4
    assert shares[-1] > 0.8


def test_more_at_once_is_more_complex() -> None:
    one, three = chord((69,), 4), chord((45, 60, 76), 4)
    entropies = [spectrum.describe(hear(signal))["entropy"] for signal in (one, three, three + pink(4, 0.1))]
    assert entropies == sorted(entropies)


def test_quiet_passages_do_not_count() -> None:
    music = white(4)
    apart = np.concatenate((music, sine(200, 20, 0.001)))
    assert spectrum.describe(hear(apart)) == pytest.approx(spectrum.describe(hear(music)), rel=0.02)


def test_level_plays_no_part() -> None:
    music = chord((48, 60, 64, 67), 4) + pink(4, 0.02)
    assert spectrum.describe(hear(music * 0.01)) == pytest.approx(spectrum.describe(hear(music)), rel=1e-3)


@pytest.mark.parametrize("name", ODD)
def test_anything_is_described(name: str) -> None:
    said = spectrum.describe(hear_odd(name))
    assert set(said) == NAMES
    assert np.isfinite(list(said.values())).all()
    assert 0 <= said["entropy"] <= 1
    assert 0 <= said["flatness"] <= 1
    assert -80 <= said["bass"] <= 0
    assert -80 <= said["air"] <= 0


def test_silence_has_no_shape() -> None:
    assert spectrum.describe(hear_odd("silence")) == dict.fromkeys(NAMES, 0) | {"bass": -80, "air": -80}
