import numpy as np
import pytest

from drift.library.analysis.bands import BANDS, BandsListener, mel_weights
from drift.library.analysis.sound import HOP, Listener
from tests.unit.library.analysis.clicks import Floats, heard

RATE = 48_000


def tone(hz: float, length_s: float = 1.0) -> Floats:
    time = np.arange(int(length_s * RATE)) / RATE
    return np.tile(np.sin(2 * np.pi * hz * time).astype(np.float32), (2, 1))


def test_every_band_hears_something() -> None:
    weights = mel_weights()
    assert weights.shape == (513, BANDS)
    assert weights.dtype == np.float32
    assert (weights.max(axis=0) > 0).all()
    assert weights.min() == 0
    assert weights.max() <= 1


def test_higher_tones_are_in_higher_bands() -> None:
    loudest = [int(heard(tone(hz)).bands.power[40].argmax()) for hz in (60, 200, 800, 3_000, 12_000)]
    assert loudest == sorted(set(loudest))


def test_a_full_scale_tone_has_half_its_square() -> None:
    power = heard(tone(1_500)).bands.power[40]
    assert power.max() == pytest.approx(0.5, rel=0.4)


def test_a_frame_is_centred_at_its_hop() -> None:
    signal = np.zeros((2, RATE), np.float32)
    signal[:, 40 * HOP] = 1
    total = heard(signal).bands.power.sum(axis=1)
    assert total.argmax() == 40
    assert np.flatnonzero(total).tolist() == [40]


def test_pieces_sound_like_the_whole() -> None:
    signal = np.random.default_rng(1).standard_normal((2, 3 * RATE)).astype(np.float32)
    listener = Listener()
    for piece in np.split(signal, [1, 700, 50_000, 50_001], axis=1):
        listener.push(piece)
    one, other = listener.finish(0, signal.shape[1]).bands.power, heard(signal).bands.power
    np.testing.assert_allclose(one, other, rtol=1e-5)


def test_nothing_has_no_frames() -> None:
    assert BandsListener().finish().power.shape == (0, BANDS)
