from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixer.clock import QUANTUM as Q
from mixer.pcm import gain_to_db
from mixer.timeline import Clip, Source, Timeline
from mixer.transition import MixSettings, crossfade, envelope, first_clip, follow, skip, track_gain

SETTINGS = MixSettings(fade_s=5.0, skip_fade_s=1.5)


def track(length: int, lufs: float = -16.0, peak: float = -10.0) -> Source:
    return Source("a", Path("a"), 0, length, lufs, peak)


def playing(length: int, fade_in: int = 0) -> Clip:
    return replace(first_clip(track(length), 10 * Q, SETTINGS), fade_in=fade_in)


def test_a_fade_is_as_long_as_set_and_begins_on_the_grid() -> None:
    before, after = crossfade(playing(10_000_123), track(9_000_000), SETTINGS)
    assert after.start % Q == 0
    assert abs(before.end - after.start - 240_000) <= Q // 2
    assert before.end == 10 * Q + 10_000_123
    assert before.fade_out == after.fade_in == before.end - after.start


def test_short_tracks_get_shorter_fades() -> None:
    for outgoing, incoming in ((96_000, 9_000_000), (9_000_000, 96_000)):
        _, after = crossfade(playing(outgoing), track(incoming), SETTINGS)
        assert abs(after.fade_in - 32_000) <= Q // 2


@settings(deadline=None)
@given(st.integers(3 * Q, 10**6), st.integers(3 * Q, 10**6), st.floats(0, 10))
def test_a_fade_is_at_least_a_quantum(outgoing: int, incoming: int, fade_s: float) -> None:
    _, after = crossfade(playing(outgoing), track(incoming), MixSettings(fade_s=fade_s))
    assert after.fade_in >= Q


@settings(deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 200), st.floats(0, 1))
def test_whatever_the_lengths_the_timeline_is_sound(
    outgoing: int, incoming: int, at: int, part: float
) -> None:
    clip = playing(outgoing, fade_in=round(outgoing * part * 0.9))
    earliest = max(10 * Q + Q, -(-(clip.start + clip.fade_in) // Q) * Q, at * Q)
    for pair in (crossfade(clip, track(incoming), SETTINGS), skip(clip, track(incoming), earliest, SETTINGS)):
        Timeline(pair)
        assert pair[1].start - pair[0].end < Q or pair[1].start == earliest


@settings(deadline=None)
@given(st.integers(Q, 10**6), st.integers(0, 10**6))
def test_fades_have_equal_power(fade: int, at: int) -> None:
    before, after = crossfade(
        playing(3_000_000 + at % 977), track(3_000_000), MixSettings(fade_s=fade / 48_000)
    )
    falling = envelope(before, after.start, after.fade_in)
    rising = envelope(after, after.start, after.fade_in)
    assert falling is not None
    assert rising is not None
    assert np.max(np.abs(falling.astype(float) ** 2 + rising.astype(float) ** 2 - 1)) < 1e-6
    assert falling[0] > 0.999
    assert rising[0] < 0.1


def test_in_between_there_is_no_envelope() -> None:
    clip = replace(playing(100 * Q), fade_in=10 * Q, fade_out=10 * Q)
    assert envelope(clip, clip.start + 10 * Q, 80 * Q) is None
    assert envelope(clip, clip.start + 10 * Q - 1, 80 * Q) is not None


def test_a_skip_begins_where_told_and_is_short() -> None:
    before, after = skip(playing(10_000_000), track(9_000_000), 50 * Q, SETTINGS)
    assert after.start == 50 * Q
    assert abs(before.end - after.start - 72_000) <= Q // 2


def test_near_the_end_a_skip_lasts_as_long_as_the_track() -> None:
    clip = playing(100 * Q)
    before, after = skip(clip, track(9_000_000), 105 * Q, SETTINGS)
    assert (before.end, after.start, after.fade_in) == (clip.end, 105 * Q, 5 * Q)


def test_nothing_before_the_frontier_is_changed() -> None:
    before, after = crossfade(playing(10_000_000), track(9_000_000), SETTINGS, not_before=1_740 * Q)
    assert after.start == 1_740 * Q
    assert before.end == 10 * Q + 10_000_000


def test_a_fade_that_has_begun_keeps_its_curve() -> None:
    clip = replace(playing(100 * Q), fade_out=40 * Q)
    for pair in (crossfade(clip, track(10**6), SETTINGS, 80 * Q), skip(clip, track(10**6), 80 * Q, SETTINGS)):
        assert pair[0] == clip
        assert pair[1].start == 80 * Q


def test_a_short_follower_waits_rather_than_end_first() -> None:
    clip = replace(playing(100 * Q), fade_out=40 * Q)
    arriving = follow(clip, track(6 * Q), 80 * Q, SETTINGS)
    Timeline((clip, arriving))
    assert arriving.start == 108 * Q


def test_gains_bring_tracks_to_the_target() -> None:
    def gain(lufs: float, peak: float) -> float:
        return gain_to_db(track_gain(track(Q, lufs, peak), SETTINGS))

    assert gain(-10, -1) == pytest.approx(-6)
    assert gain(-20, -12) == pytest.approx(4)
    assert gain(-20, -3) == pytest.approx(1.8)  # the ceiling forbids more
    assert gain(-40, -40) == pytest.approx(12)
    assert gain(-70, -float("inf")) == pytest.approx(12)
