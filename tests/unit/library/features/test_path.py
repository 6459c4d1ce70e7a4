from __future__ import annotations

import random

import numpy as np
import pytest

from drift.errors import NotFoundError
from drift.library.features import DIMENSIONS, FeatureIndex, arc, path
from drift.library.features.path import intensity
from drift.models import TrackId

from .conftest import Library, entry, plausible, track

FAR = (track(7), track(140))


def rows(index: FeatureIndex, tracks: list[TrackId]) -> list[int]:
    return [index.row(one) for one in tracks]


def widths(index: FeatureIndex, tracks: list[TrackId]) -> np.ndarray:
    """How wide each step is in the whole space."""
    steps: np.ndarray = np.sqrt((np.diff(index.space[rows(index, tracks)], axis=0) ** 2).sum(axis=1))
    return steps


def minutes(index: FeatureIndex, tracks: list[TrackId]) -> float:
    return float(index.durations_s[rows(index, tracks)].sum()) / 60


@pytest.mark.parametrize("steps", [1, 2, 5, 20, 100])
def test_a_path_has_its_ends_its_length_and_no_repeats(index: FeatureIndex, steps: int) -> None:
    found = path(index, *FAR, steps=steps)
    assert (found[0], found[-1]) == FAR
    assert len(found) == len(set(found)) == steps + 1


def test_steps_are_narrower_than_by_chance_and_even(index: FeatureIndex) -> None:
    chance = random.Random(1)
    for _ in range(10):
        start, goal = chance.sample(index.ids, 2)
        found = path(index, start, goal, steps=6)
        usual = widths(index, [start, *chance.sample(index.ids, 5), goal])
        assert widths(index, found).mean() < 0.75 * usual.mean()
        assert widths(index, found).max() < 2.2 * widths(index, found).mean()


def test_a_single_dimension_moves_evenly() -> None:
    places = np.zeros((300, len(DIMENSIONS)))
    places[:, 0] = np.linspace(-2, 2, 300)
    index = FeatureIndex.build(entry(n + 1, plausible(one)) for n, one in enumerate(places))
    tempi = [index.raw(one)["bpm"] for one in path(index, track(1), track(300), steps=10)]
    steps = np.diff(np.log2(tempi))
    assert steps.min() > 0
    assert steps.max() < 1.7 * steps.min()


def test_every_dimension_that_has_to_move_does_so_on_the_way(index: FeatureIndex) -> None:
    chance = random.Random(2)
    follows = []
    for _ in range(10):
        start, goal = chance.sample(index.ids, 2)
        course = index.space[rows(index, path(index, start, goal, steps=8)), : len(DIMENSIONS)]
        for column in np.flatnonzero(np.abs(course[-1] - course[0]) > 1.5):
            line = np.linspace(course[0, column], course[-1, column], len(course))
            follows.append(np.corrcoef(line, course[:, column])[0, 1])
    assert np.mean(follows) > 0.65


def test_without_a_length_it_takes_as_many_steps_as_neighbours_are_apart(index: FeatureIndex) -> None:
    near = index.ids[int(np.argsort(((index.space - index.space[6]) ** 2).sum(axis=1))[1])]
    assert len(path(index, track(7), near)) == 3
    assert 3 <= len(path(index, *FAR)) <= 13


@pytest.mark.parametrize("wanted", [15, 30, 60, 120])
def test_a_path_of_some_minutes(index: FeatureIndex, wanted: float) -> None:
    found = path(index, *FAR, minutes=wanted)
    assert (found[0], found[-1]) == FAR
    assert len(found) == len(set(found))
    assert minutes(index, found) == pytest.approx(wanted, abs=3.5)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_paths_through_small_libraries(library: Library, size: int) -> None:
    index = FeatureIndex.build(library(size))
    first, last = index.ids[0], index.ids[-1]
    for steps, length in ((9, None), (None, 300.0), (None, None)):
        found = path(index, first, last, steps=steps, minutes=length)
        assert (found[0], found[-1]) == (first, last)
        assert len(found) == len(set(found)) <= size
        assert steps is None or len(found) == size
    around = arc(index, first, minutes=30, dice=random.Random(1))
    assert around[0] == first
    assert len(around) == len(set(around)) <= size


def test_a_path_to_where_one_is(index: FeatureIndex) -> None:
    assert path(index, track(5), track(5), steps=4) == [track(5)]


def test_a_path_through_copies(library: Library) -> None:
    values = dict(library(1)[0].values)
    index = FeatureIndex.build(entry(n, values) for n in range(500))
    found = path(index, track(1), track(2), steps=30)
    assert len(found) == len(set(found)) == 31
    assert len(path(index, track(1), track(2))) == 3


@pytest.mark.parametrize(
    ("steps", "length"), [(0, None), (-1, None), (None, 0), (None, -5.0), (None, float("nan")), (2, 9)]
)
def test_lengths_that_make_no_sense(index: FeatureIndex, steps: int | None, length: float | None) -> None:
    with pytest.raises(ValueError, match="more than none"):
        path(index, *FAR, steps=steps, minutes=length)


def test_unknown_ends(index: FeatureIndex) -> None:
    with pytest.raises(NotFoundError):
        path(index, track(1), track(9999), steps=3)
    with pytest.raises(NotFoundError):
        arc(index, track(9999), minutes=20, dice=random.Random(1))
    with pytest.raises(ValueError, match="more than none"):
        arc(index, track(1), minutes=0, dice=random.Random(1))


@pytest.mark.parametrize("seed", range(5))
def test_an_arc_rises_to_a_peak_and_lands(index: FeatureIndex, seed: int) -> None:
    found = arc(index, track(20 + seed), minutes=60, dice=random.Random(seed))
    assert found[0] == track(20 + seed)
    assert len(found) == len(set(found))
    assert minutes(index, found) == pytest.approx(60, abs=6)
    course = intensity(index.space[rows(index, found)])
    peak = int(course.argmax())
    assert 0.35 <= peak / (len(found) - 1) <= 0.85
    assert course[peak] > course[0] + 0.3
    assert course[-1] < course[peak] - 0.8
    assert np.corrcoef(np.arange(peak + 1), course[: peak + 1])[0, 1] > 0.5


def test_equal_dice_equal_arc(index: FeatureIndex) -> None:
    arcs = [arc(index, track(3), minutes=45, dice=random.Random(seed)) for seed in (1, 1, 2, 3)]
    assert arcs[0] == arcs[1]
    assert len({tuple(one) for one in arcs}) > 1
