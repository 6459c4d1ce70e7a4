import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drift.library.analysis.tempo import beats, describe
from tests.unit.library.analysis.clicks import ClickTrack, Floats, Kind, click, heard

RATE = 48_000
NAMES = {
    "bpm",
    "tempo_confidence",
    "first_beat_samples",
    "first_period_samples",
    "last_beat_samples",
    "last_period_samples",
}


def stereo(wave: npt.ArrayLike) -> Floats:
    return np.tile(np.asarray(wave, np.float32), (2, 1))


def off_grid_s(place: float, first: float, period: float) -> float:
    """How far a place is from the nearest beat of a grid, signed."""
    return ((place - first + period / 2) % period - period / 2) / RATE


@pytest.mark.parametrize("bpm", [63.0, 84.3, 100.0, 121.7, 140.0, 174.0])
@pytest.mark.parametrize(("kind", "swing"), [("quarters", 0), ("eighths", 0.33), ("kit", 0), ("kit", 0.3)])
@pytest.mark.parametrize("noise_db", [None, -35.0])
def test_clicks(bpm: float, kind: Kind, swing: float, noise_db: float | None) -> None:
    clicks = ClickTrack(bpm, 24, kind, swing, 0.61, noise_db)
    found = describe(heard(clicks.render()))
    assert found["bpm"] == pytest.approx(bpm, rel=0.001)
    assert found["tempo_confidence"] > 0.9


@pytest.mark.parametrize("start_s", [0.0, 0.2, 0.437, 3.21])
@pytest.mark.parametrize("kind", ["quarters", "kit"])
def test_beats_are_true_to_5_ms(start_s: float, kind: Kind) -> None:
    clicks = ClickTrack(107.3, 25, kind, start_s=start_s, noise_db=-45)
    found = beats(heard(clicks.render()))
    near = np.abs(found[:, None] - clicks.beat_samples).min(axis=0)
    assert np.median(near) < 0.003 * RATE
    assert np.quantile(near[1:-1], 0.95) < 0.005 * RATE
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("start_s", [0.0, 0.31, 2.5])
def test_grids_lie_on_the_beats(start_s: float) -> None:
    clicks = ClickTrack(96.4, 70, "kit", 0.2, start_s, -40)
    period = 60 / 96.4 * RATE
    begin = round(start_s * RATE)
    found = describe(heard(clicks.render(), (begin, 70 * RATE)))
    for end in ("first", "last"):
        assert found[f"{end}_period_samples"] == pytest.approx(period, rel=1e-4)
        assert abs(off_grid_s(found[f"{end}_beat_samples"], begin, period)) < 0.005
    assert -0.016 * RATE < found["first_beat_samples"] - begin < period
    assert 0 < 70 * RATE - found["last_beat_samples"] <= period


def test_tempo_change_in_the_middle() -> None:
    one, other = ClickTrack(100, 60, "kit"), ClickTrack(128, 60, "kit", start_s=0)
    found = describe(heard(np.concatenate((one.render(), other.render()), axis=1)))
    assert found["first_period_samples"] == pytest.approx(0.6 * RATE, rel=0.002)
    assert found["last_period_samples"] == pytest.approx(60 / 128 * RATE, rel=0.002)
    assert abs(off_grid_s(found["first_beat_samples"], 0.5 * RATE, 0.6 * RATE)) < 0.005
    assert abs(off_grid_s(found["last_beat_samples"], 60 * RATE, 60 / 128 * RATE)) < 0.005
    assert min(abs(found["bpm"] / bpm - 1) for bpm in (100, 128)) < 0.02


def test_music_that_slows_down() -> None:
    """From 120 to 116 BPM in a minute: beats follow, and each end has its own grid."""
    places = np.cumsum(60 / np.linspace(120, 116, 118)) * RATE
    wave = np.zeros(61 * RATE)
    for place in places:
        wave[int(place) : int(place) + click(1_000).size] += click(1_000) * 0.5
    sound = heard(stereo(wave))
    found = describe(sound)
    near = np.abs(beats(sound)[:, None] - places).min(axis=0)
    assert np.quantile(near[4:-4], 0.9) < 0.008 * RATE
    assert 60 * RATE / found["first_period_samples"] == pytest.approx(119.5, abs=0.8)
    assert 60 * RATE / found["last_period_samples"] == pytest.approx(116.5, abs=0.8)


def test_drums_at_twice_the_tempo_of_their_bar_are_not_slowed_down() -> None:
    """Kick and snare take turns by the beat: 172 BPM, not 86."""
    assert describe(heard(ClickTrack(172, 20, "kit").render()))["bpm"] == pytest.approx(172, rel=0.001)


def test_confidence_falls_with_evenness() -> None:
    confidence = []
    for jitter_s in (0, 0.02, 0.08):
        dice = np.random.default_rng(3)
        wave = dice.standard_normal(30 * RATE) * 0.003
        for beat in ClickTrack(100, 29).beat_samples:
            place = int(beat + dice.normal(0, jitter_s * RATE))
            wave[place : place + click(1_000).size] += click(1_000) * 0.5
        confidence.append(describe(heard(stereo(wave)))["tempo_confidence"])
    assert confidence[0] > 0.95
    assert confidence[0] > confidence[1] > confidence[2]
    assert confidence[2] < 0.3


def test_what_has_no_beat_has_no_confidence() -> None:
    dice = np.random.default_rng(1)
    time = np.arange(40 * RATE) / RATE
    chance = np.zeros(time.size)
    chance[dice.integers(0, time.size, 90)] = 0.5
    noise = dice.standard_normal(time.size) * 0.1
    chord = sum(np.sin(2 * np.pi * hz * time) for hz in (220, 277, 330)) * 0.1
    swells = chord * (1 + np.sin(np.interp(time, np.arange(41), np.cumsum(dice.uniform(0.3, 2.5, 41)))))
    for wave in (noise, np.cumsum(noise) * 0.003, chord, swells, chance):
        found = describe(heard(stereo(wave)))
        assert found["tempo_confidence"] < 0.2
        assert np.isfinite(list(found.values())).all()


@pytest.mark.parametrize("level", [0.0, 0.5])
@pytest.mark.parametrize("samples", [0, 1, 600, 96_000, 960_000])
def test_silence_and_dc(level: float, samples: int) -> None:
    sound = heard(np.full((2, samples), level, np.float32))
    found = describe(sound)
    assert set(found) == NAMES
    assert found["tempo_confidence"] < 0.05
    assert np.isfinite(list(found.values())).all()
    assert beats(sound).dtype == np.float64


@pytest.mark.parametrize("length_s", [2.0, 4.0, 9.0])
def test_short_tracks(length_s: float) -> None:
    found = describe(heard(ClickTrack(120, length_s, start_s=0.1).render()))
    assert set(found) == NAMES
    assert np.isfinite(list(found.values())).all()
    if length_s > 8:
        assert found["bpm"] == pytest.approx(120, rel=0.005)


@settings(max_examples=12, deadline=None)
@given(level=st.floats(0.003, 30.0), bpm=st.sampled_from([71.0, 118.4, 166.0]))
def test_gain_does_not_matter(level: float, bpm: float) -> None:
    signal = ClickTrack(bpm, 12, "kit", noise_db=-40).render()
    one, other = describe(heard(signal)), describe(heard(signal * np.float32(level)))
    assert other["bpm"] == pytest.approx(one["bpm"], rel=1e-4)
    assert other["tempo_confidence"] == pytest.approx(one["tempo_confidence"], abs=0.01)
    assert other["first_beat_samples"] == pytest.approx(one["first_beat_samples"], abs=24)
