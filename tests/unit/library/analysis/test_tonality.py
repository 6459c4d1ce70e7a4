"""Key, mode and clarity."""

from __future__ import annotations

import numpy as np
import pytest

from drift.library.analysis import tonality
from tests.unit.library.analysis.signals import ODD, Doubles, cadence, chord, hear, hear_odd, pink, white


@pytest.mark.parametrize("cents", [-40.0, 0.0, 40.0])
@pytest.mark.parametrize("minor", [False, True])
@pytest.mark.parametrize("tonic", range(12))
def test_the_key_of_a_cadence(tonic: int, minor: bool, cents: float) -> None:
    said = tonality.describe(hear(cadence(tonic, minor=minor, cents=cents)))
    assert (said["key"], said["mode"]) == (tonic, 0.0 if minor else 1.0)
    assert said["key_clarity"] > 0.6


def test_a_break_in_another_key_does_not_decide() -> None:
    home, away = np.tile(cadence(2, minor=False), 14), np.tile(cadence(8, minor=False), 8)
    said = tonality.describe(hear(np.concatenate((home, away * 4, home))))
    assert (said["key"], said["mode"]) == (2, 1)


def test_drums_do_not_hide_the_key() -> None:
    music = np.tile(cadence(9, minor=True), 4)
    time = np.arange(music.size) / 48_000
    said = tonality.describe(hear(music + white(music.size / 48_000, 0.5) * np.exp(-(time % 0.5) * 20)))
    assert (said["key"], said["mode"]) == (9, 0)


def test_clarity_is_of_tonal_music() -> None:
    clear = tonality.describe(hear(np.tile(cadence(0, minor=False), 4)))["key_clarity"]
    every = tonality.describe(hear(chord(range(60, 72), 8)))["key_clarity"]
    assert clear > 0.7
    assert every < 0.4


@pytest.mark.parametrize("noise", [white(20), pink(20)], ids=["white", "pink"])
def test_noise_has_no_clear_key(noise: Doubles) -> None:
    assert tonality.describe(hear(noise))["key_clarity"] < 0.2


def test_level_plays_no_part() -> None:
    music = cadence(5, minor=True) + white(2.4, 0.01)
    loud, soft = tonality.describe(hear(music)), tonality.describe(hear(music * 0.03))
    assert soft == pytest.approx(loud, rel=1e-2)


@pytest.mark.parametrize("name", ODD)
def test_anything_is_described(name: str) -> None:
    said = tonality.describe(hear_odd(name))
    assert set(said) == {"key", "mode", "key_clarity"}
    assert said["key"] in range(12)
    assert said["mode"] in (0, 1)
    assert 0 <= said["key_clarity"] <= 1


def test_silence_has_no_clarity() -> None:
    assert tonality.describe(hear_odd("silence"))["key_clarity"] == 0
