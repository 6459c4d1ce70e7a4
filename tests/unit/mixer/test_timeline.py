from dataclasses import replace
from pathlib import Path

import pytest

from mixer.clock import QUANTUM as Q
from mixer.errors import TimelineError
from mixer.timeline import Clip, Head, Join, Source, Timeline

TRACK = Source("a", Path("a"), 0, 100 * Q, -16, -3)


def clip(start: int, length: int) -> Clip:
    return Clip(TRACK, start * Q, length * Q, 0)


A, B, C = clip(0, 10), clip(8, 10), clip(18, 4)


@pytest.mark.parametrize(
    "change",
    [
        {"start": 1},
        {"length": 0},
        {"source_start": -1},
        {"fade_in": -1},
        {"fade_in": 6 * Q, "fade_out": 5 * Q},
    ],
)
def test_impossible_clips_are_refused(change: dict[str, int]) -> None:
    with pytest.raises(TimelineError):
        replace(A, **change)  # type: ignore[arg-type]


def test_only_what_is_joined_or_stretched_may_begin_off_the_grid_or_before_its_file() -> None:
    assert replace(A, start=1, join=Join("gapless")).end == 10 * Q + 1
    head = Head(Q, Q + 10, 2 * Q, 2 * Q + 20)
    stretched = replace(A, source_start=-5, head=head)
    assert (stretched.offset, stretched.even_from, head.speed) == (15, 2 * Q, 1 + 10 / Q)
    assert stretched.playing_to(8 * Q).end == 8 * Q - 15


@pytest.mark.parametrize("lengths", [(0, 1, 2, 2), (5, 5, 5, 8), (5, 6, 8, 6), (5, 0, 9, 9)])
def test_impossible_heads_are_refused(lengths: tuple[int, int, int, int]) -> None:
    with pytest.raises(TimelineError):
        Head(*lengths)


def test_impossible_cue_points_are_refused() -> None:
    with pytest.raises(TimelineError):
        replace(TRACK, cue_in=5, cue_out=5)


@pytest.mark.parametrize(
    "clips", [(B, A), (A, A), (clip(0, 10), clip(1, 2)), (clip(0, 10), clip(5, 10), clip(9, 9))]
)
def test_impossible_timelines_are_refused(clips: tuple[Clip, ...]) -> None:
    with pytest.raises(TimelineError):
        Timeline(clips)


def test_what_plays_and_what_comes() -> None:
    line = Timeline((A, B, C))
    at = [line.at(sample) for sample in (-1, 0, 8 * Q - 1, 8 * Q, 18 * Q - 1, 18 * Q, 22 * Q)]
    assert at == [None, A, A, B, B, C, None]
    assert [line.after(sample) for sample in (-1, 0, 18 * Q)] == [A, B, None]
    assert list(line.sounding(10 * Q - 1, 10 * Q)) == [A, B]
    assert list(line.sounding(10 * Q, 10 * Q + 1)) == [B]
    assert (line.end, Timeline().end) == (22 * Q, 0)


def test_overlaps_are_given_whole_wherever_they_are_touched() -> None:
    line, whole = Timeline((A, B, C)), [(8 * Q, 10 * Q)]
    assert list(line.overlaps(0, 8 * Q)) == list(line.overlaps(10 * Q, 99 * Q)) == []
    assert list(line.overlaps(0, 8 * Q + 1)) == list(line.overlaps(10 * Q - 1, 10 * Q)) == whole


def test_replacing_and_forgetting() -> None:
    line = Timeline((A, B, C))
    assert line.ending_with(clip(8, 3)).clips == (A, clip(8, 3))
    assert line.without_before(10 * Q).clips == (B, C)
    assert line.without_before(10 * Q - 1).clips == (A, B, C)
