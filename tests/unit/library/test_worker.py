"""Whole errands: a file in, a track and its analysis out."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from drift.errors import UnplayableError
from drift.library.analysis import FAMILIES
from drift.library.decode import RATE_HZ
from drift.library.worker import Errand, look

if TYPE_CHECKING:
    from tests.unit.library.conftest import Samples, Studio

ALL = tuple(FAMILIES)


def sounds(studio: Studio) -> dict[str, Samples]:
    return {
        "noise": studio.noise(6),
        "jingle": studio.sine(3.0, -6) * np.linspace(1, 0, 3 * 44_100),
        "offset": studio.noise(4) + 0.3,
        "loud": np.sign(studio.noise(4)),
        "faint": studio.sine(4.0, -50),
        "half silent": np.concatenate([studio.noise(3), studio.silence(20)], axis=1),
        "one channel": studio.noise(4) * np.array([[1.0], [0.0]]),
    }


@pytest.mark.parametrize("name", ["noise", "jingle", "offset", "loud", "faint", "half silent", "one channel"])
def test_odd_music_is_analysed_whole(name: str, studio: Studio, tmp_path: Path) -> None:
    path = studio.wav(tmp_path / "a.wav", sounds(studio)[name])
    found = look(Errand(path, ALL), tmp_path)
    assert found.track is not None
    assert found.id == found.track.id
    assert found.analysis.families.keys() == FAMILIES.keys()
    for family in found.analysis.families.values():
        assert family.values
        assert all(map(math.isfinite, family.values.values()))
    shape = found.analysis.shape
    assert shape is not None
    heard = found.track.audio.cue_out_samples - found.track.audio.cue_in_samples
    assert 0 <= shape.intro_samples <= heard
    assert 0 <= shape.outro_samples <= heard
    assert 0 <= shape.ending_samples <= heard


@pytest.mark.parametrize("value", [0.0, 0.5])
def test_silence_and_direct_current_are_no_tracks(value: float, studio: Studio, tmp_path: Path) -> None:
    path = studio.wav(tmp_path / "a.wav", studio.silence(5) + value)
    with pytest.raises(UnplayableError, match="silent"):
        look(Errand(path, ALL), tmp_path)


def test_a_second_look_says_the_same(studio: Studio, tmp_path: Path) -> None:
    music = np.concatenate(
        [studio.silence(1.3), studio.sine(5) + studio.noise(5), studio.silence(0.7)], axis=1
    )
    path = studio.encode(tmp_path / "a.mp3", music, "libmp3lame")
    first = look(Errand(path, ALL), tmp_path)
    assert first.track is not None
    audio = first.track.audio
    assert audio.cue_in_samples > RATE_HZ
    again = look(Errand(path, ("edges", "timbre"), (audio.cue_in_samples, audio.cue_out_samples)), tmp_path)
    assert (again.id, again.track) == (first.id, None)
    assert again.analysis.families == {name: first.analysis.families[name] for name in ("edges", "timbre")}
    assert again.analysis.beats_samples is None


def test_without_families_nothing_is_heard(studio: Studio, tmp_path: Path) -> None:
    path = studio.wav(tmp_path / "a.wav", studio.noise(3))
    plain, analysed = look(Errand(path), tmp_path), look(Errand(path, ALL), tmp_path)
    assert plain.analysis.families == {}
    assert plain.track == analysed.track
