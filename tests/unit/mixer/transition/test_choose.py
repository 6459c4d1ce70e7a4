from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixer.clock import QUANTUM as Q
from mixer.timeline import Beats, Source, Timeline
from mixer.transition import choose, crossfade, describe
from tests.unit.mixer.transition.pieces import SETTINGS, S, beating, playing, track


def test_tracks_of_which_nothing_is_known_are_crossfaded_as_ever() -> None:
    clip, source = playing(track()), track(key="b")
    before, after = choose(clip, source, SETTINGS)
    plain = crossfade(clip, source, SETTINGS)
    assert (before, replace(after, join=plain[1].join)) == plain
    assert describe(before, after).kind == "crossfade"
    assert describe(before, after).reason == "the tempo of one is not known"


def test_each_kind_is_chosen_where_it_fits() -> None:
    next_on_album = beating(120, key="b", ending="cold", continues="a")
    assert choose(playing(beating(120)), next_on_album, SETTINGS)[1].join.kind == "gapless"
    assert choose(playing(beating(120)), beating(121, key="b"), SETTINGS)[1].join.kind == "beatmatch"
    assert choose(playing(track(ending="cold")), track(key="b"), SETTINGS)[1].join.kind == "cut"
    off = replace(SETTINGS, gapless=False, beatmatch_s=0.0)
    before, after = choose(playing(beating(120)), beating(120, key="b", continues="a"), off)
    assert (after.join.kind, after.join.reason) == ("crossfade", "matching beats is off")
    assert before.fade_out == after.fade_in


@pytest.mark.parametrize("gone", [1, 2 * Q, 100 * Q])
def test_a_fade_that_has_begun_goes_on_whatever_comes(gone: int) -> None:
    clip = replace(playing(beating(120)), fade_out=200 * Q)
    free = (clip.end - 200 * Q + gone + Q) // Q * Q
    before, after = choose(clip, beating(120, key="b"), SETTINGS, free)
    assert before == clip
    assert after.start >= free
    assert after.join.reason == "the fade-out had begun"


grids = st.none() | st.builds(
    Beats,
    st.floats(-(10**7), 10**7) | st.just(float("nan")),
    st.floats(0, 10**5) | st.sampled_from([float("nan"), float("inf"), -1.0, 24_000.0, 23_500.0]),
)


@st.composite
def sources(draw: st.DrawFn, key: str) -> Source:
    """Anything an analysis may say of a track, and worse."""
    length = draw(st.integers(1, 40 * S) | st.sampled_from([2 * S, 30 * S, 40 * S]))
    cue_in = draw(st.integers(0, length - 1) | st.just(0))
    return replace(
        track(key=key),
        cue_in=cue_in,
        cue_out=draw(st.integers(cue_in + 1, length) | st.just(length)),
        length=draw(st.sampled_from([0, length, length + 3])),
        ending=draw(st.sampled_from(["cold", "fade", "ring"])),
        ending_samples=draw(st.integers(0, 20 * S)),
        intro=draw(st.integers(0, 20 * S)),
        outro=draw(st.integers(0, 20 * S)),
        first_beats=draw(grids),
        last_beats=draw(grids),
        tempo_confidence=draw(st.sampled_from([0.0, 0.9, float("nan")])),
        continues=draw(st.sampled_from(["", "a", "b"])),
    )


@settings(deadline=None, max_examples=300)
@given(sources("a"), sources("b"), st.sampled_from([0.0, 0.05, 3.0, 30.0]), st.integers(0, 40 * 9))
def test_whatever_is_known_the_timeline_is_sound(
    outgoing: Source, incoming: Source, fade_s: float, late: int
) -> None:
    clip = playing(outgoing)
    frontier = min(clip.end - 1, clip.start + late * Q)
    mix = replace(SETTINGS, fade_s=fade_s, beatmatch_s=2 * fade_s)
    before, after = choose(clip, incoming, mix, -(-frontier // Q) * Q)
    Timeline((before, after))
    assert after.start > frontier or after.start == -(-frontier // Q) * Q
    assert after.start - before.end < Q
    assert before.source == outgoing
    assert (before.start, before.source_start) == (clip.start, clip.source_start)
    assert before.end > frontier
    plan = describe(before, after)
    assert plan.reason
    assert 0.94 <= plan.stretch <= 1.06
    assert plan.bass_swap == (plan.kind == "beatmatch")
    assert after.end + after.offset == incoming.cue_out
