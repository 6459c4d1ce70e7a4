"""How tracks begin and end."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from drift.library.analysis import edges
from tests.unit.library.analysis.signals import ODD, beats, chord, demo_track, hear, hear_odd, pink

Doubles = NDArray[np.float64]

RATE = 48_000
ENDINGS = {0.0: "cold", 1.0: "fade", 2.0: "ring"}


def ringing(length_s: float) -> Doubles:
    """A chord that loses 30 dB in so many seconds."""
    sound = chord((45, 57, 60, 64), length_s, level=0.07)
    return np.asarray(sound * 10 ** (-1.5 * np.arange(sound.size) / sound.size))


@cache
def _full() -> Doubles:
    return np.asarray(beats(40) + pink(40, 0.02))


def full(length_s: float) -> Doubles:
    """Music that is full from the start, 40 s at most."""
    return _full()[: round(length_s * RATE)].copy()


@pytest.mark.parametrize("ending", ["cold", "fade", "ring"])
def test_the_endings_of_demo_tracks(ending: str) -> None:
    said = edges.describe(hear(demo_track(ending)))
    assert ENDINGS[said["ending"]] == ending


def test_a_cut_is_cold() -> None:
    said = edges.describe(hear(full(30)))
    assert said["ending"] == edges.COLD
    assert said["ending_samples"] == 0
    assert said["intro_samples"] == said["outro_samples"] == 0


def test_a_stab_is_cold() -> None:
    stab = chord((45, 57, 60), 0.3, level=0.15)
    assert edges.describe(hear(np.concatenate((full(30), stab))))["ending"] == edges.COLD


@pytest.mark.parametrize("fade_s", [5.0, 9.0, 15.0])
@pytest.mark.parametrize("law", ["linear", "logarithmic"])
def test_a_fade(fade_s: float, law: str) -> None:
    music = full(40)
    down = np.linspace(1, 0, round(fade_s * RATE))
    music[-down.size :] *= down if law == "linear" else 10 ** (2 * (down - 1))
    said = edges.describe(hear(music))
    assert said["ending"] == edges.FADE
    assert 0.6 * fade_s < said["ending_samples"] / RATE <= fade_s + 0.5
    assert said["outro_samples"] >= said["ending_samples"]


@pytest.mark.parametrize("ring_s", [1.5, 3.0, 6.0])
def test_a_last_chord_rings(ring_s: float) -> None:
    said = edges.describe(hear(np.concatenate((full(30), ringing(ring_s)))))
    assert said["ending"] == edges.RING
    assert said["ending_samples"] / RATE == pytest.approx(ring_s, abs=0.2 * ring_s + 0.4)


def test_a_quiet_ending_is_not_a_fade() -> None:
    quiet = full(20) * 0.15
    said = edges.describe(hear(np.concatenate((full(40), quiet, ringing(3) * 0.15))))
    assert said["ending"] == edges.RING
    assert said["ending_samples"] / RATE == pytest.approx(3, abs=1)
    assert said["outro_samples"] / RATE == pytest.approx(23, abs=2)


def test_what_is_after_cue_out_does_not_count() -> None:
    music = np.concatenate((full(30), np.zeros(5 * RATE)))
    assert edges.describe(hear(music, cue_out_s=30))["ending"] == edges.COLD


def test_a_sparse_intro_lasts_until_the_music_is_full() -> None:
    intro, outro = chord((45, 57, 60, 64), 12, level=0.04), chord((45, 57, 60, 64), 8, level=0.04)
    music = np.concatenate((np.zeros(2 * RATE), intro, full(40), outro))
    said = edges.describe(hear(music, cue_in_s=2))
    assert said["intro_samples"] / RATE == pytest.approx(12, abs=1.5)
    assert said["outro_samples"] / RATE == pytest.approx(8, abs=1.5)


def test_a_quiet_passage_inside_is_no_edge() -> None:
    music = np.concatenate((full(30), full(10) * 0.05, full(30)))
    said = edges.describe(hear(music))
    assert said["intro_samples"] == said["outro_samples"] == 0


def test_level_plays_no_part() -> None:
    music = np.concatenate((chord((45, 57), 8, level=0.04), full(30), ringing(3)))
    assert edges.describe(hear(music * 0.1)) == edges.describe(hear(music))


@pytest.mark.parametrize("name", ODD)
def test_anything_is_described(name: str) -> None:
    sound = hear_odd(name)
    said = edges.describe(sound)
    assert set(said) == {"intro_samples", "outro_samples", "ending", "ending_samples"}
    assert said["ending"] in ENDINGS
    for part in ("intro_samples", "outro_samples", "ending_samples"):
        assert 0 <= said[part] <= sound.length_samples


def test_cues_may_be_anywhere() -> None:
    for cues in ((0.0, 0.0), (3.0, 3.0), (4.9, 5.0), (0.0, 0.01)):
        edges.describe(hear(full(5), *cues))
