from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixer.clock import QUANTUM as Q
from mixer.decks import Decks
from mixer.pcm import Block
from mixer.render import ClipFault, render
from mixer.timeline import Clip, Source, Timeline
from mixer.transition import MixSettings, crossfade, first_clip, track_gain
from tests.unit.mixer.signals import LSB, measured, noise, source, tone, true_peak_db, wav

LENGTH = 12 * 48_000
NAMES = ("cbr.mp3", "a.ogg", "vbr.mp3", "a.flac", "hz47999.wav")


def chain(sources: list[Source], mix: MixSettings) -> Timeline:
    line = Timeline((first_clip(sources[0], 0, mix),))
    for following in sources[1:]:
        line = line.ending_with(*crossfade(line.clips[-1], following, mix))
    return line


@pytest.fixture(scope="module")
def hot(music: Path) -> tuple[Timeline, Block]:
    """Five tracks too loud for their sum, and their mix in one piece."""
    claimed = [source(music / name, LENGTH, lufs=-32, peak_db=-40) for name in NAMES]
    line = chain(claimed, MixSettings(max_boost_db=12))
    decks = Decks()
    return line, render(line, 0, line.end + Q, decks)


def test_the_mix_is_hot_enough_to_be_limited(hot: tuple[Timeline, Block]) -> None:
    line, whole = hot
    for begin, end in line.overlaps(0, line.end):
        assert -1.6 < true_peak_db(whole[:, begin + 4_000 : end - 4_000]) <= -1.0


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-9_000, 50 * 48_000), min_size=1, max_size=5), st.integers(1, 100_000))
def test_any_piece_in_any_order_equals_the_whole(
    hot: tuple[Timeline, Block], decks: Decks, starts: list[int], n: int
) -> None:
    line, whole = hot
    padded = np.pad(whole, ((0, 0), (9_000, 500_000)))
    for start in starts:
        piece = render(line, start, n, decks)
        assert np.max(np.abs(piece - padded[:, start + 9_000 : start + 9_000 + n]), initial=0.0) < LSB


def test_nothing_is_rendered_as_nothing(decks: Decks) -> None:
    assert render(Timeline(), -5, 10, decks).tolist() == [[0.0] * 10] * 2
    assert render(Timeline(), 0, 0, decks).shape == (2, 0)


def test_quiet_and_loud_tones_come_out_alike(tmp_path: Path, decks: Decks) -> None:
    mix = MixSettings(max_boost_db=20)
    tones = [
        source(wav(tmp_path / f"{db}.wav", tone(12, dbfs=db)), LENGTH, lufs=db, peak_db=db)
        for db in (-30, -10)
    ]
    line = chain(tones, mix)
    first, _ = measured(render(line, 0, 5 * 48_000, decks))
    last, _ = measured(render(line, line.end - 5 * 48_000, 5 * 48_000, decks))
    assert [first, last] == pytest.approx([-16, -16], abs=0.5)


def test_no_bump_through_a_transition_of_noises(tmp_path: Path, decks: Decks) -> None:
    sources = [
        source(wav(tmp_path / f"{seed}.wav", noise(12, 0.1, seed)), LENGTH, lufs=-16.0, peak_db=-6.0)
        for seed in (1, 2)
    ]
    line = chain(sources, MixSettings())
    mix = render(line, 0, line.end, decks)
    power = np.mean(mix[:, : line.end // 19_200 * 19_200].reshape(2, -1, 19_200) ** 2, axis=(0, 2))
    assert np.ptp(10 * np.log10(power)) < 1.0


def test_a_truncated_file_is_a_fault_at_its_last_sample(tmp_path: Path, decks: Decks) -> None:
    path = wav(tmp_path / "a.wav", noise(3))
    line = Timeline((Clip(source(path, 10 * 48_000), 0, 10 * 48_000, 0),))
    with pytest.raises(ClipFault, match="ends before its time") as caught:
        render(line, 140_000, 10_000, decks)
    assert (caught.value.at, caught.value.clip) == (144_000, line.clips[0])
    with pytest.raises(ClipFault) as caught:
        render(line, 150_000, 10_000, decks)
    assert caught.value.at == 150_000


def test_a_missing_file_is_a_fault_where_it_begins(tmp_path: Path, decks: Decks) -> None:
    line = Timeline((Clip(source(tmp_path / "none.wav", 10 * Q), 2 * Q, 10 * Q, 0),))
    assert not render(line, 0, 2 * Q, decks).any()
    with pytest.raises(ClipFault) as caught:
        render(line, 0, 3 * Q, decks)
    assert caught.value.at == 2 * Q


def test_the_last_tenth_of_a_second_may_be_missing(tmp_path: Path, decks: Decks) -> None:
    path = wav(tmp_path / "a.wav", noise(3))
    line = Timeline((Clip(source(path, 144_000 + 4_000), 0, 144_000 + 4_000, 0),))
    assert not render(line, 144_000, 4_000, decks).any()


def test_the_gain_of_a_track_is_applied(music: Path, decks: Decks) -> None:
    track = source(music / "a.wav", LENGTH, lufs=-10.0)
    clip = first_clip(track, 0, MixSettings())
    plain = render(Timeline((Clip(track, 0, LENGTH, 0),)), 9_000, 1_000, decks)
    got = render(Timeline((clip,)), 9_000, 1_000, decks)
    assert np.allclose(got, plain * track_gain(track, MixSettings()), atol=1e-7)
