from __future__ import annotations

import pytest

from drift.errors import NotFoundError
from drift.library.features import (
    DIRECTIONS,
    FeatureIndex,
    Recent,
    explore,
    richness,
)
from drift.library.features.dimensions import LEAST_STEP

from .conftest import Library, at, entry, track

NOTHING_HEARD = Recent()


def test_openings_are_pairs_the_most_useful_first(index: FeatureIndex) -> None:
    openings = explore(index, track(9), NOTHING_HEARD, limit=4, most=12)
    names = [one.direction.name for one in openings]
    assert len(names) == len(set(names)) == 12
    for name in names:
        opposite = DIRECTIONS[name].opposite
        if opposite in names:
            assert abs(names.index(name) - names.index(opposite)) == 1
    assert len({one.direction.domain for one in openings}) >= 3
    for one in openings:
        assert 1 <= len(one.candidates) <= 4
        assert all(candidate.direction == one.direction.name for candidate in one.candidates)
        assert all(candidate.why.moved >= LEAST_STEP for candidate in one.candidates)


def test_directions_that_lead_nowhere_are_left_out() -> None:
    index = FeatureIndex.build([at(n, tempo=n / 10) for n in range(30)])
    middle, last, first = (
        {one.direction.name for one in explore(index, track(n), NOTHING_HEARD)} for n in (15, 29, 0)
    )
    assert middle == {"faster", "slower", "rhythmic-1-up", "rhythmic-1-down"}
    assert "faster" not in last
    assert "slower" not in first


def test_components_say_what_they_mean(index: FeatureIndex) -> None:
    labels = {
        one.direction.name: one.label
        for number in range(1, 20)
        for one in explore(index, track(number), NOTHING_HEARD, most=100)
    }
    assert labels["brighter"] == "Brighter"
    assert "rhythmic" not in labels["rhythmic-1-up"].lower()


def test_rich_directions_are_open_and_shares(index: FeatureIndex) -> None:
    found = richness(index, track(9), NOTHING_HEARD)
    assert set(found) <= {one.direction.name for one in explore(index, track(9), NOTHING_HEARD, most=100)}
    assert all(0 < share < 1 for share in found.values())


def test_a_library_of_one_artist_still_opens(library: Library) -> None:
    entries = [entry(n + 1, dict(one.values), artist="a", album="b") for n, one in enumerate(library(100))]
    index = FeatureIndex.build(entries)
    openings = explore(index, track(3), Recent((), 5, 5, 5))
    assert len(openings) == 12
    assert all("may repeat" in one.why.relaxed for opening in openings for one in opening.candidates)


def test_unknown_tracks(index: FeatureIndex) -> None:
    for ask in (explore, richness):
        with pytest.raises(NotFoundError):
            ask(index, track(9999), NOTHING_HEARD)
