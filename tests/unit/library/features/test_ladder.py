from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from drift.errors import NotFoundError
from drift.library.features import (
    DIMENSIONS,
    DIRECTIONS,
    FeatureIndex,
    Recent,
    explore,
    step,
)
from drift.library.features.dimensions import LEAST_STEP

from .conftest import Library, at, entry, plausible, track

NOTHING_HEARD = Recent()


def dice() -> random.Random:
    return random.Random(7)


@pytest.mark.parametrize("name", [name for name, one in DIRECTIONS.items() if not one.is_component])
def test_each_direction_goes_its_way_and_keeps_the_rest(index: FeatureIndex, name: str) -> None:
    descriptor = DIMENSIONS[DIRECTIONS[name].dimension].descriptor
    moved, others = [], []
    for number in range(1, 60):
        found = step(index, track(number), name, NOTHING_HEARD, dice())
        assert found is not None
        if found.why.relaxed.startswith("nothing"):
            continue
        before, after = index.raw(track(number))[descriptor], index.raw(found.id)[descriptor]
        assert (after - before) * DIRECTIONS[name].sign > 0
        own = found.why.deltas[DIRECTIONS[name].dimension]
        assert found.why.moved == pytest.approx(abs(own))
        assert found.why.moved >= LEAST_STEP
        moved.append(found.why.moved)
        rest = [abs(change) for one, change in found.why.deltas.items() if one != DIRECTIONS[name].dimension]
        others.append(np.mean(rest))
    assert len(moved) > 30
    assert np.mean(moved) > 1.5 * np.mean(others)


@pytest.mark.parametrize("name", [name for name, one in DIRECTIONS.items() if one.is_component])
def test_each_component_can_be_followed(index: FeatureIndex, name: str) -> None:
    steps = [step(index, track(number), name, NOTHING_HEARD, dice()) for number in range(1, 30)]
    ways = [found.why.moved for found in steps if found and not found.why.relaxed.startswith("nothing")]
    assert len(ways) > 15
    assert min(ways) >= LEAST_STEP


def test_a_step_is_one_that_can_be_heard() -> None:
    index = FeatureIndex.build(
        entry(n, plausible(np.zeros(len(DIMENSIONS))) | {"bpm": bpm})
        for n, bpm in enumerate([120, 121, 122, 122.5])
    )
    assert explore(index, track(0), NOTHING_HEARD) == []
    found = step(index, track(0), "faster", NOTHING_HEARD, dice())
    assert found is not None
    assert found.why.relaxed == "nothing lies that way from here, so the nearest track"


def test_a_tempo_that_is_not_known_is_not_faster() -> None:
    flat = plausible(np.zeros(len(DIMENSIONS)))
    values = [flat | {"bpm": 100.0 + n} for n in range(40)]
    values += [flat | {"bpm": 180.0, "tempo_confidence": 0.05}, flat | {"bpm": 0.0}]
    index = FeatureIndex.build(entry(n, one) for n, one in enumerate(values))
    for origin in range(40):
        found = step(index, track(origin), "faster", NOTHING_HEARD, dice())
        assert found is not None
        if not found.why.relaxed:
            assert found.id not in (track(40), track(41))
    for origin in (40, 41):
        found = step(index, track(origin), "slower", NOTHING_HEARD, dice())
        assert found is not None
        assert found.why.relaxed.startswith("nothing lies that way")
        assert not {"faster", "slower"} & {
            one.direction.name for one in explore(index, track(origin), NOTHING_HEARD)
        }


def test_separation_is_given_up_title_first_then_album_then_artist() -> None:
    flat = plausible(np.zeros(len(DIMENSIONS)))
    origin = entry(1, flat | {"bpm": 100.0}, artist="a", album="x", title="t")
    faster = {
        2: {"artist": "b", "album": "y", "title": "u"},
        3: {"artist": "b", "album": "y", "title": "t"},
        4: {"artist": "b", "album": "x", "title": "u"},
        5: {"artist": "a", "album": "y", "title": "u"},
    }
    slower = [entry(n, flat | {"bpm": 60.0 + n}) for n in range(10, 40)]
    recent = Recent((), 1, 1, 1)
    reasons = {}
    for gone in range(5):
        left = [entry(n, flat | {"bpm": 112.0}, **tags) for n, tags in list(faster.items())[gone:]]
        found = step(FeatureIndex.build([origin, *slower, *left]), track(1), "faster", recent, dice())
        assert found is not None
        reasons[found.id] = found.why.relaxed
    assert list(reasons)[:4] == [track(n) for n in (2, 3, 4, 5)]
    assert next(iter(reasons.values())) == ""
    assert [reason.split("; ")[-1] for reason in [*reasons.values()][1:4]] == [
        "titles may repeat",
        "titles and albums may repeat",
        "titles, albums and artists may repeat",
    ]
    assert [*reasons.values()][4] == "nothing lies that way from here, so the nearest track"


def test_a_clean_step_comes_first_then_a_wide_one_then_any() -> None:
    crowd = [at(n, tempo=-n / 20, energy=n % 7 - 3.0, bass=n % 5 - 2.0) for n in range(10, 60)]
    clean, wide = at(2, tempo=1.0), at(3, tempo=2.5)
    anything = at(4, tempo=1.0, energy=3.0, bass=2.0, danceability=3.0, air=4.0)
    for tracks, found_id, relaxed in (
        ([clean, wide, anything], track(2), ""),
        ([wide, anything], track(3), "a wider step, or more change besides, than usual"),
        ([anything], track(4), "much else changes with it"),
    ):
        index = FeatureIndex.build([at(1), *crowd, *tracks])
        found = step(index, track(1), "faster", NOTHING_HEARD, dice())
        assert found is not None
        assert (found.id, found.why.relaxed) == (found_id, relaxed)


def test_the_whole_library_is_searched_when_the_neighbourhood_has_nothing() -> None:
    crowd = [at(n, energy=(n % 50) / 50) for n in range(10, 2500)]
    far = at(2, tempo=2.9, energy=3.0, bass=3.0)
    index = FeatureIndex.build([at(1), *crowd, far])
    found = step(index, track(1), "faster", NOTHING_HEARD, dice())
    assert found is not None
    assert (found.id, found.why.relaxed) == (track(2), "further away than usual")


def test_what_cannot_be_faster_is_at_least_not_slower() -> None:
    index = FeatureIndex.build([*(at(n, tempo=-n / 10) for n in range(1, 30)), at(50, energy=3.0)])
    found = step(index, track(50), "faster", NOTHING_HEARD, dice())
    assert found is not None
    assert found.why.moved < 0
    index = FeatureIndex.build([*(at(n, tempo=-n / 10) for n in range(1, 30)), at(50), at(51, energy=3.0)])
    found = step(index, track(50), "faster", NOTHING_HEARD, dice())
    assert found is not None
    assert found.id == track(51)
    assert found.why.relaxed == "nothing lies that way from here, so the nearest track"


def test_two_tracks_take_turns_and_one_is_alone(library: Library) -> None:
    index = FeatureIndex.build(library(2))
    for direction in (None, "faster", "tonal-1-down"):
        found = step(index, track(1), direction, Recent((track(2), track(1)), 5, 5, 5), dice())
        assert found is not None
        assert found.id == track(2)
        assert found.why.relaxed
    alone = FeatureIndex.build(library(1))
    assert step(alone, track(1), "faster", NOTHING_HEARD, dice()) is None
    assert explore(alone, track(1), NOTHING_HEARD) == []


def test_without_a_direction_it_stays_near(index: FeatureIndex) -> None:
    kept = [
        found.why.kept for n in range(1, 50) if (found := step(index, track(n), None, NOTHING_HEARD, dice()))
    ]
    source = np.random.default_rng(1)
    rows = source.integers(0, 300, (200, 2))
    usual = np.sqrt(np.square(np.diff(index.space[rows][:, :, : len(DIMENSIONS)], axis=1)).mean())
    assert np.mean(kept) < 0.75 * usual


def test_a_long_walk_never_repeats_within_its_window(index: FeatureIndex) -> None:
    chance, heard = random.Random(3), [track(1)]
    for _ in range(100):
        direction = chance.choice([None, *DIRECTIONS])
        found = step(index, heard[-1], direction, Recent(heard, 3, 3, 3), chance)
        assert found is not None
        assert found.id not in heard
        heard.append(found.id)
    artists = [int(one, 16) // 11 for one in heard]
    assert np.mean([a == b for a, b in pairwise(artists)]) < 0.1


@pytest.mark.parametrize("name", [None, "faster", "calmer", "tonal-1-up"])
def test_equal_dice_equal_choice(index: FeatureIndex, name: str | None) -> None:
    recent = Recent((track(5), track(6)), 2, 2, 2)
    for number in range(1, 20):
        one, other = (step(index, track(number), name, recent, random.Random(number)) for _ in range(2))
        assert one == other


def test_dice_choose_among_good_ones(index: FeatureIndex) -> None:
    for direction in (None, "rhythmic-1-up"):
        steps = [step(index, track(9), direction, NOTHING_HEARD, random.Random(n)) for n in range(40)]
        assert 2 <= len({found.id for found in steps if found}) <= 6


def test_unknown_tracks_and_directions(index: FeatureIndex) -> None:
    with pytest.raises(NotFoundError):
        step(index, track(9999), "faster", NOTHING_HEARD, dice())
    with pytest.raises(NotFoundError):
        explore(index, track(9999), NOTHING_HEARD)
    with pytest.raises(KeyError):
        step(index, track(1), "sideways", NOTHING_HEARD, dice())
