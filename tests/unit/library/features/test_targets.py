from __future__ import annotations

import math

import pytest

from drift.errors import NotFoundError
from drift.library.features import FeatureIndex, nearest

from .conftest import Library, entry, track


def test_a_track_is_found_by_its_own_features(index: FeatureIndex) -> None:
    assert all(nearest(index, index.raw(one)) == one for one in index.ids)


def test_another_library_has_the_nearest(library: Library) -> None:
    index = FeatureIndex.build(library(300))
    other = FeatureIndex.build(library(500, seed=2))
    target = index.raw(track(9))
    found = other.raw(nearest(other, target))
    assert abs(math.log2(found["bpm"] / target["bpm"])) < 0.6


def test_some_features_are_enough_and_unknown_ones_are_passed_over() -> None:
    index = FeatureIndex.build(entry(n, {"bpm": 60.0 + n, "energy": n / 100}) for n in range(100))
    assert nearest(index, {"bpm": 93.0}) == track(33)
    assert nearest(index, {"bpm": math.nan, "energy": 0.5, "charm": 1.0}) == track(50)
    assert nearest(index, {"bpm": 1e9}) == track(99)


def test_the_key_counts() -> None:
    index = FeatureIndex.build(
        entry(key, {"bpm": 100.0, "key": float(key), "mode": 1.0}) for key in range(12)
    )
    assert nearest(index, {"bpm": 100.0, "key": 6, "mode": 1}) == track(6)
    assert nearest(index, {"key": 9, "mode": 0}) == track(0)


@pytest.mark.parametrize("targets", [{}, {"charm": 1.0}, {"bpm": math.inf}, {"bpm": -1.0}, {"key": 3.0}])
def test_nothing_to_go_by(index: FeatureIndex, targets: dict[str, float]) -> None:
    with pytest.raises(NotFoundError):
        nearest(index, targets)


def test_an_empty_library() -> None:
    with pytest.raises(NotFoundError):
        nearest(FeatureIndex.build([]), {"bpm": 100.0})
