"""Energy, loudness range, punch and width."""

from __future__ import annotations

from collections.abc import Iterator

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from drift.library.analysis import dynamics
from drift.library.analysis.sound import RATE_HZ
from tests.unit.library.analysis.signals import (
    ODD,
    beats,
    chord,
    demo_track,
    ffmpeg_loudness_range,
    hear,
    hear_odd,
    pink,
    sine,
    white,
)


def blocks(signal: NDArray[np.float32]) -> Iterator[av.AudioFrame]:
    for start in range(0, signal.shape[1] // 4_800 * 4_800, 4_800):
        piece = np.ascontiguousarray(signal[:, start : start + 4_800])
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
        frame.sample_rate = RATE_HZ
        yield frame


@pytest.mark.parametrize(
    ("levels_dbfs", "range_lu"),
    [((-20, -30), 10), ((-20, -15), 5), ((-40, -20), 20), ((-50, -35, -20, -35, -50), 15)],
)
def test_the_signals_of_ebu_tech_3342(levels_dbfs: tuple[int, ...], range_lu: float) -> None:
    signal = np.concatenate([sine(1_000, 20, 10 ** (level / 20)) for level in levels_dbfs])
    assert dynamics.loudness_range_lu(hear(signal).spectra) == pytest.approx(range_lu, abs=1)


@pytest.mark.parametrize("ending", ["cold", "ring"])
def test_the_loudness_range_is_that_of_ffmpeg(ending: str) -> None:
    block = demo_track(ending)
    range_lu = dynamics.loudness_range_lu(hear(block).spectra)
    assert range_lu == pytest.approx(ffmpeg_loudness_range(blocks(block)), abs=0.7)


def test_silence_is_not_in_the_loudness_range() -> None:
    music = beats(20)
    apart = np.concatenate((music, np.zeros(20 * 48_000)))
    whole, music_alone = (dynamics.describe(hear(signal))["loudness_range_lu"] for signal in (apart, music))
    assert whole == pytest.approx(music_alone, abs=2)


def test_less_than_three_seconds_have_no_range() -> None:
    assert dynamics.describe(hear_odd("two seconds"))["loudness_range_lu"] == 0


@pytest.mark.parametrize(
    ("signal", "crest_db"),
    [(sine(440, 4), 3.01), (np.sign(sine(437, 4)) * 0.3, 0.0)],
    ids=["sine", "square"],
)
def test_crest_of_known_waves(signal: NDArray[np.float64], crest_db: float) -> None:
    assert dynamics.describe(hear(signal))["crest_db"] == pytest.approx(crest_db, abs=0.05)


def test_drums_are_punchier_than_a_pad() -> None:
    pad, drums = (dynamics.describe(hear(signal)) for signal in (chord((45, 57, 60), 8), beats(8)))
    assert drums["crest_db"] > pad["crest_db"] + 3


def test_width_of_known_channels() -> None:
    left, right = white(4), white(4, seed=2)
    pairs = {0.0: (left, left), 0.5: (left, right), 1.0: (left, -left)}
    for width, pair in pairs.items():
        assert dynamics.describe(hear(np.stack(pair)))["width"] == pytest.approx(width, abs=0.01)


def test_energy_rises_with_what_happens() -> None:
    pad = chord((45, 57, 60, 64), 12)
    slow, fast = beats(12, every_s=1.0), beats(12, every_s=0.25)
    energies = [dynamics.describe(hear(signal))["energy"] for signal in (pad, slow, fast)]
    assert energies == sorted(energies)
    assert energies[0] < 0.1
    assert energies[-1] > energies[0] + 0.4


def test_muffled_is_less_energetic() -> None:
    music = beats(12) + pink(12, 0.03)
    spectrum = np.fft.rfft(music)
    spectrum[1_500 * 12 :] *= 0.03
    bright, muffled = (dynamics.describe(hear(one))["energy"] for one in (music, np.fft.irfft(spectrum)))
    assert bright > muffled + 0.1


def test_level_plays_no_part() -> None:
    music = beats(12) + pink(12, 0.01)
    loud, soft = dynamics.describe(hear(music)), dynamics.describe(hear(music * 0.05))
    assert soft == pytest.approx(loud, rel=1e-2, abs=1e-6)


@pytest.mark.parametrize("name", ODD)
def test_anything_is_described(name: str) -> None:
    said = dynamics.describe(hear_odd(name))
    assert set(said) == {"energy", "loudness_range_lu", "crest_db", "width"}
    assert np.isfinite(list(said.values())).all()
    assert 0 <= said["energy"] <= 1
    assert 0 <= said["width"] <= 1
    assert said["loudness_range_lu"] >= 0
    assert said["crest_db"] >= -0.01


def test_silence_has_no_dynamics() -> None:
    assert set(dynamics.describe(hear_odd("silence")).values()) == {0}
