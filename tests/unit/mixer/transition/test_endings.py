import pytest

from mixer.clock import QUANTUM as Q
from mixer.transition import choose
from tests.unit.mixer.transition.pieces import SETTINGS, S, playing, track


@pytest.mark.parametrize("length", [60 * S, 60 * S + 1, 500 * Q])
def test_a_cold_ending_is_not_faded_and_the_next_begins_at_once(length: int) -> None:
    clip = playing(track(length, ending="cold"))
    before, after = choose(clip, track(key="b"), SETTINGS)
    assert before == clip
    assert 0 <= after.start - before.end < Q
    assert (after.start % Q, after.fade_in, after.join.kind) == (0, 0, "cut")
    assert after.join.reason == "it ends cold"


def test_what_begins_quietly_after_a_cold_ending_begins_softly() -> None:
    _, after = choose(playing(track(ending="cold")), track(key="b", intro=5 * S), SETTINGS)
    assert 0 < after.fade_in <= 960


@pytest.mark.parametrize(("own_s", "overlap_s"), [(1.0, 1.0), (3.0, 3.0), (5.0, 5.0), (12.0, 5.0)])
def test_a_recorded_fade_is_overlapped_and_not_faded_twice(own_s: float, overlap_s: float) -> None:
    clip = playing(track(ending="fade", ending_samples=round(own_s * S)))
    before, after = choose(clip, track(key="b"), SETTINGS)
    assert before == clip
    assert (before.end - after.start) / S == pytest.approx(overlap_s, abs=0.07)
    assert after.fade_in <= before.end - after.start
    assert after.join.reason == f"it has a fade-out of its own, {own_s:.1f} s"


def test_under_a_fade_the_next_one_is_there_before_it_is_over() -> None:
    before, after = choose(playing(track(ending="fade", ending_samples=4 * S)), track(key="b"), SETTINGS)
    assert after.fade_in == pytest.approx(0.6 * (before.end - after.start), abs=1)


def test_what_rings_on_rings_under_the_next_track() -> None:
    clip = playing(track(ending="ring", ending_samples=4 * S))
    before, after = choose(clip, track(key="b"), SETTINGS)
    assert before == clip
    assert (before.end - after.start) / S == pytest.approx(4.0, abs=0.07)
    assert after.fade_in < before.end - after.start
    assert after.join.reason == "it rings on for 4.0 s"


@pytest.mark.parametrize(
    ("outro_s", "intro_s", "fade_s"), [(0, 0, 5), (0, 3, 3), (4, 0, 4), (1, 0.5, 2), (20, 1, 5)]
)
def test_a_crossfade_is_as_long_as_there_is_room(outro_s: float, intro_s: float, fade_s: float) -> None:
    clip = playing(track(outro=round(outro_s * S)))
    before, after = choose(clip, track(key="b", intro=round(intro_s * S)), SETTINGS)
    assert before.fade_out == after.fade_in
    assert after.fade_in / S == pytest.approx(fade_s, abs=0.07)


@pytest.mark.parametrize("ending", ["cold", "fade", "ring"])
def test_short_tracks_end_somehow(ending: str) -> None:
    for length in (1, 100, 3_000, Q, 2 * S):
        clip = playing(track(length, ending=ending, ending_samples=S))
        before, after = choose(clip, track(length, "b"), SETTINGS)
        assert after.start - before.end < Q
        assert after.start > before.start
