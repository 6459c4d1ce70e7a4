from dataclasses import replace
from typing import Any

import pytest

from mixer.clock import QUANTUM as Q
from mixer.timeline import Beats, Clip
from mixer.transition import MixSettings, choose, describe
from tests.unit.mixer.transition.pieces import SETTINGS, S, beating, playing, track


def matched(outgoing: float, incoming: float, **shape: Any) -> tuple[Clip, Clip]:
    return choose(playing(beating(outgoing)), beating(incoming, key="b", first=7_123.4, **shape), SETTINGS)


@pytest.mark.parametrize("bpm", [113.5, 118.0, 120.0, 123.0, 127.0])
@pytest.mark.parametrize("cue_in", [0, 5_000, 100_000])
def test_beats_lie_on_beats_and_packets_on_the_grid(bpm: float, cue_in: int) -> None:
    before, after = matched(120.0, bpm, cue_in=cue_in)
    assert after.head is not None
    plan = describe(before, after)
    assert (plan.kind, plan.bass_swap) == ("beatmatch", True)
    assert plan.reason.startswith("120.0 and ")
    assert plan.stretch == pytest.approx(120.0 / bpm, rel=1e-5)
    period, at, theirs = 60 * S / bpm, float(after.start), before.source.last_beats
    assert theirs is not None
    ours = 7_123.4 + period * ((after.source_start - 7_123.4) // period + 1)
    count = 0
    while ours < after.source_start + after.head.matched_source:
        at = after.start + (ours - after.source_start) / plan.stretch
        away = (at + before.offset - theirs.beat) / theirs.period
        assert abs(away - round(away)) * theirs.period < 3
        ours += period
        count += 1
    assert count in {16, 17}
    assert after.start % Q == 0
    assert (after.offset - after.source.cue_in) % Q == 0
    assert after.even_from == after.start + after.head.length
    assert 0 <= after.source.cue_in - after.source_start < Q * plan.stretch + period
    landing = (after.head.source - after.head.matched_source) / (after.head.length - after.head.matched)
    assert 0.95 < landing < 1.05
    assert before.end - before.bass_out == after.start + after.bass_in


@pytest.mark.parametrize(
    ("outgoing", "incoming", "why"),
    [
        (beating(120), beating(130), "7.7 % apart: too far to stretch"),
        (beating(120, tempo_confidence=0.31), beating(120), "the tempo of one is not sure (0.31)"),
        (beating(120), beating(120, tempo_confidence=float("nan")), "the tempo of one is not sure (nan)"),
        (beating(120), beating(120, first_beats=None), "the tempo of one is not known"),
        (beating(120), beating(120, first_beats=Beats(0.0, 0.0)), "the tempo of one is not known"),
        (beating(120), beating(120, first_beats=Beats(float("nan"), 24e3)), "the tempo of one is not known"),
        (beating(120), beating(120, first_beats=Beats(0.0, float("nan"))), "the tempo of one is not known"),
        (beating(60), beating(120), "50.0 % apart: too far to stretch"),
        (beating(120), beating(120, length=2 * S), "too short for matched beats"),
        (beating(120, length=2 * S), beating(120), "too short for matched beats"),
    ],
)
def test_it_says_why_not(outgoing: object, incoming: object, why: str) -> None:
    before, after = choose(playing(outgoing), incoming, SETTINGS)  # type: ignore[arg-type]
    assert (after.join.kind, after.join.reason) == ("crossfade", why)
    assert (before.fade_out, after.head, after.bass_in) == (after.fade_in, None, 0)


def test_a_track_follows_itself() -> None:
    source = beating(128)
    before, after = choose(playing(source), source, SETTINGS)
    assert after.join.kind == "beatmatch"
    assert describe(before, after).stretch == pytest.approx(1.0)


def test_the_overlap_is_as_many_bars_as_there_is_time_for() -> None:
    clip, source = playing(beating(120)), beating(120, key="b")
    spans = {}
    for most in (2.5, 4.5, 9.0, 17.0):
        before, after = choose(clip, source, MixSettings(beatmatch_s=most))
        spans[most] = (before.end - after.start) / S
    assert list(spans.values()) == pytest.approx([2.3, 4.3, 8.3, 16.3], abs=0.3)
    late = before.end // Q * Q - 30 * Q  # 3.6 s
    before, after = choose(clip, source, MixSettings(), late)
    assert after.start >= late
    assert after.join.reason.endswith("over 4 beats")


def test_the_next_match_waits_until_the_last_has_landed() -> None:
    _, clip = matched(120, 124, length=20 * S)
    assert clip.head is not None
    _, after = choose(clip, beating(126, key="c"), SETTINGS)
    assert after.start >= clip.start + clip.head.length
    again = replace(clip, length=clip.head.length + 3 * S)
    assert choose(again, beating(126, key="c"), SETTINGS)[1].start >= clip.start + clip.fade_in


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ({"ending": "cold"}, "cut"),
        ({"ending": "cold", "outro": 9 * S}, "beatmatch"),
        ({"ending": "ring", "ending_samples": 6 * S}, "crossfade"),
        ({"ending": "ring", "ending_samples": S}, "beatmatch"),
    ],
)
def test_an_ending_that_is_part_of_the_music_goes_first(shape: dict[str, Any], kind: str) -> None:
    _, after = choose(playing(beating(120, **shape)), beating(121, key="b"), SETTINGS)
    assert after.join.kind == kind


def test_a_track_is_left_before_its_recorded_fade_when_beats_are_matched() -> None:
    clip = playing(beating(120, ending="fade", ending_samples=9 * S))
    before, after = choose(clip, beating(121, key="b"), SETTINGS)
    assert after.join.kind == "beatmatch"
    assert clip.end - 9 * S - S // 2 < before.end <= clip.end - 9 * S
    assert before.fade_out == after.fade_in == before.end - after.start


def test_a_fade_that_has_begun_is_not_matched() -> None:
    clip = playing(beating(120, ending="fade", ending_samples=9 * S))
    _, after = choose(clip, beating(121, key="b"), SETTINGS, (clip.end - 9 * S) // Q * Q)
    assert after.join.kind == "crossfade"


def test_silence_before_the_file_may_lead_in() -> None:
    source = beating(120, key="b", first=0.0)
    for begins in range(0, 24_000, 1_000):
        clip = playing(beating(120, first=float(begins)))
        _, after = choose(clip, source, SETTINGS)
        assert -Q < after.source_start <= 0
    assert choose(playing(beating(120)), track(key="b"), SETTINGS)[1].source_start == 0
