from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pytest

from drift.library import analysis
from drift.library.analysis import FAMILIES, Family, Listener, Sound, analyse, sound
from drift.models import Descriptors

RATE = 48_000
PIECE = 16 * 8_192

Floats = npt.NDArray[np.float32]


def listen(signal: Floats, block: int = 24_000) -> Sound:
    listener = Listener()
    for begin in range(0, signal.shape[1], block):
        listener.push(signal[:, begin : begin + block])
    return listener.finish(0, signal.shape[1])


def noise(samples: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(0, 0.1, (2, samples)).astype(np.float32)


def tone(samples: int, hz: float = 440.0) -> Floats:
    wave = 0.5 * np.sin(2 * np.pi * hz / RATE * np.arange(samples))
    return np.tile(wave, (2, 1)).astype(np.float32)


@pytest.mark.parametrize("samples", [1, 511, 513, 8_193, PIECE, PIECE + 1, 3 * PIECE + 77])
def test_a_frame_for_every_hop(samples: int) -> None:
    heard = listen(noise(samples))
    assert heard.length_samples == samples
    assert heard.bands.power.shape == (-(-samples // 512), 40)
    assert heard.spectra.power.shape == (-(-samples // 8_192), 513)
    assert heard.spectra.level.size == -(-samples // 8_192)
    assert heard.pitches.salience.shape[0] == -(-samples // 8_192)


def test_the_size_of_blocks_does_not_matter() -> None:
    signal = noise(2 * PIECE + 1_000)
    one, other = listen(signal), listen(signal, block=977)
    np.testing.assert_allclose(one.bands.power, other.bands.power, rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(one.spectra.level, other.spectra.level, rtol=1e-4)
    np.testing.assert_allclose(one.pitches.salience, other.pitches.salience, rtol=1e-3, atol=1e-4)


def test_levels_are_right() -> None:
    heard = listen(tone(PIECE))
    np.testing.assert_allclose(heard.spectra.level[1:-1], 0.125, rtol=2e-3)
    np.testing.assert_allclose(heard.spectra.peak, 0.5, rtol=1e-3)
    np.testing.assert_allclose(heard.spectra.side, 0, atol=1e-7)
    assert heard.spectra.power[5].argmax() == round(440 * 1_024 / RATE)


@pytest.fixture
def short_chapters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "CHAPTER_SAMPLES", 2 * PIECE)


@pytest.mark.usefixtures("short_chapters")
@pytest.mark.parametrize("pieces", [2, 2.5, 4, 6])
def test_chapters_are_joined_without_a_seam(pieces: float, monkeypatch: pytest.MonkeyPatch) -> None:
    signal = tone(int(pieces * PIECE))
    heard = listen(signal)
    monkeypatch.undo()
    whole = listen(signal)
    assert (heard.length_samples, heard.cut_samples) == (signal.shape[1], 0)
    assert heard.bands.power.shape == whole.bands.power.shape
    assert heard.pitches.salience.shape == whole.pitches.salience.shape
    seams = np.arange(2 * PIECE // 512, heard.bands.power.shape[0], 2 * PIECE // 512)[:, None] + [-1, 0]
    steady = np.setdiff1d(np.arange(heard.bands.power.shape[0]), seams)
    np.testing.assert_allclose(heard.bands.power[steady], whole.bands.power[steady], rtol=1e-3, atol=1e-8)


@pytest.mark.usefixtures("short_chapters")
def test_of_a_long_track_the_beginning_and_the_end_are_kept() -> None:
    signal = np.concatenate([tone(PIECE, 100.0 * (1 + number)) for number in range(11)], axis=1)
    listener = Listener()
    for begin in range(0, signal.shape[1], 24_000):
        listener.push(signal[:, begin : begin + 24_000])
    heard = listener.finish(1_000, signal.shape[1] - 2_000)
    assert heard.length_samples == 5 * PIECE  # chapters 0, 4 and half of 5
    assert heard.cut_samples == 6 * PIECE
    assert heard.cue_in_samples == 1_000
    assert heard.cue_out_samples == 5 * PIECE - 2_000
    loudest = heard.spectra.power[8::16].argmax(axis=1) * RATE / 1_024
    np.testing.assert_allclose(loudest, [100, 200, 900, 1_000, 1_100], atol=25)
    assert heard.place(1_000) == 1_000
    assert heard.place(5 * PIECE - 1) == 11 * PIECE - 1


@pytest.mark.usefixtures("short_chapters")
def test_cues_in_what_was_left_out() -> None:
    signal = noise(12 * PIECE)
    listener = Listener()
    listener.push(signal)
    heard = listener.finish(3 * PIECE, 4 * PIECE)
    assert 0 <= heard.cue_in_samples <= heard.cue_out_samples <= heard.length_samples
    assert analyse(heard, FAMILIES).families.keys() == FAMILIES.keys()


def test_nothing_at_all() -> None:
    heard = Listener().finish(0, 0)
    assert heard.length_samples == 0
    assert heard.bands.power.shape == (0, 40)


def with_nan(signal: Floats) -> Floats:
    signal[:, 5_000:5_010] = np.nan
    return signal


BAD: Mapping[str, Callable[[], Floats]] = {
    "zeros": lambda: np.zeros((2, 10 * RATE), np.float32),
    "constant": lambda: np.full((2, 10 * RATE), 0.5, np.float32),
    "noise": lambda: noise(10 * RATE),
    "full-scale noise": lambda: np.sign(noise(10 * RATE)),
    "nearly nothing": lambda: noise(10 * RATE) * np.float32(1e-20),
    "one click": lambda: np.eye(2, 10 * RATE, 1_000, dtype=np.float32),
    "a jingle of 3 s": lambda: tone(3 * RATE),
    "2 s": lambda: noise(2 * RATE),
    "one sample": lambda: noise(1),
    "opposite channels": lambda: noise(5 * RATE)[:1] * np.array([[1], [-1]], np.float32),
    "not numbers": lambda: with_nan(noise(5 * RATE)),
}


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("signal", BAD.values(), ids=BAD.keys())
def test_bad_sounds_give_finite_values_or_none(signal: Callable[[], Floats]) -> None:
    heard = listen(signal())
    said = analyse(heard, FAMILIES)
    assert said.families.keys() == FAMILIES.keys()
    assert all(np.isfinite(value) for family in said.families.values() for value in family.values.values())
    assert said.beats_samples is not None
    assert list(said.beats_samples) == sorted(set(said.beats_samples))


@pytest.mark.parametrize("signal", [name for name in BAD if name != "not numbers"])
def test_no_family_fails_on_bad_sounds(signal: str) -> None:
    heard = listen(BAD[signal]())
    names = {name: set(family.describe(listen(tone(RATE)))) for name, family in FAMILIES.items()}
    said = analyse(heard, FAMILIES)
    assert {name: set(family.values) for name, family in said.families.items()} == names


def test_a_family_that_fails_has_no_values_and_the_others_count(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_sound: Sound) -> dict[str, float]:
        raise ZeroDivisionError

    families = {
        "good": Family("good", 1, lambda _sound: {"a": 1.5}),
        "broken": Family("broken", 2, broken),
        "infinite": Family("infinite", 3, lambda _sound: {"b": np.inf}),
    }
    monkeypatch.setattr(analysis, "FAMILIES", families)
    said = analyse(listen(tone(1_000)), families)
    assert said.families == {
        "good": Descriptors(1, {"a": 1.5}),
        "broken": Descriptors(2, {}),
        "infinite": Descriptors(3, {}),
    }
    assert said.beats_samples is None
    assert "the family broken failed" in caplog.text
    assert "not finite: b" in caplog.text
