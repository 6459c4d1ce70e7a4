import numpy as np
import pytest

from drift.library.analysis.onset_envelope import envelope
from drift.library.analysis.onsets import describe, picked
from tests.unit.library.analysis.clicks import ClickTrack, Kind, heard

RATE = 48_000


@pytest.mark.parametrize(
    ("kind", "per_beat"), [("quarters", 1), ("eighths", 2), ("sixteenths", 4), ("kit", 2)]
)
def test_clicks_are_counted(kind: Kind, per_beat: int) -> None:
    clicks = ClickTrack(120, 20, kind, start_s=0.25)
    assert describe(heard(clicks.render()))["onset_rate_hz"] == pytest.approx(2 * per_beat, rel=0.04)


def test_onsets_are_where_clicks_are() -> None:
    clicks = ClickTrack(90, 10)
    onsets = envelope(heard(clicks.render()))
    found = onsets.samples(picked(onsets).astype(np.float64))
    assert found.size == clicks.beat_samples.size
    assert np.abs(found - clicks.beat_samples).max() < 0.012 * RATE


def test_frames_and_samples_are_inverse() -> None:
    onsets = envelope(heard(ClickTrack(90, 5).render(), (48_000, 200_000)))
    places = np.array([0.0, 50_000.0, 123_456.7])
    np.testing.assert_allclose(onsets.samples(onsets.frames(places)), places)


@pytest.mark.parametrize("level", [0.01, 1.0, 20.0])
def test_gain_does_not_matter(level: float) -> None:
    signal = ClickTrack(110, 10, "kit", noise_db=-40).render()
    assert describe(heard(signal * np.float32(level))) == pytest.approx(describe(heard(signal)), rel=0.05)


def test_noise_has_hardly_any() -> None:
    noise = np.random.default_rng(1).standard_normal((1, 20 * RATE)) * 0.1
    assert describe(heard(np.tile(noise.astype(np.float32), (2, 1))))["onset_rate_hz"] < 0.5


@pytest.mark.parametrize("level", [0.0, 0.5])
@pytest.mark.parametrize("samples", [0, 1, 600, 96_000, 960_000])
def test_silence_and_dc_have_none(level: float, samples: int) -> None:
    rate = describe(heard(np.full((2, samples), level, np.float32)))["onset_rate_hz"]
    assert 0 <= rate <= 2
    if level == 0:
        assert rate == 0
