from __future__ import annotations

import numpy as np
import pytest

from drift.library.features import FeatureIndex, project

from .conftest import Library, entry, track


def test_the_map_fills_its_square(library: Library) -> None:
    index = FeatureIndex.build(library(1000))
    places = project(index)
    assert places.shape == (1000, 2)
    assert places.dtype == np.float32
    for axis in places.T:
        assert np.histogram(axis, 10, (-1, 1))[0] == pytest.approx([100] * 10, abs=1)
    x, y = places.T
    fields = np.histogram2d(x, y, bins=4, range=[[-1, 1], [-1, 1]])[0]
    assert (fields > 10).all()


def test_neighbours_are_near_on_the_map(library: Library) -> None:
    index = FeatureIndex.build(library(1000))
    places = project(index)
    near = []
    for row in range(0, 1000, 20):
        squares = ((index.space - index.space[row]) ** 2).sum(axis=1)
        near.append(np.linalg.norm(places[np.argsort(squares)[1:6]] - places[row], axis=1).mean())
    usual = np.linalg.norm(places[:500] - places[500:], axis=1).mean()
    assert np.mean(near) < 0.6 * usual


def test_the_same_library_gives_the_same_map(library: Library) -> None:
    entries = library(200)
    one, other = (project(FeatureIndex.build(found)) for found in (entries, entries[::-1]))
    assert np.array_equal(one, other)


def test_a_few_more_tracks_change_little(library: Library) -> None:
    entries = library(1000)
    before, after = project(FeatureIndex.build(entries[:980])), project(FeatureIndex.build(entries))
    ways = [np.corrcoef(before[:, axis], after[:980, axis])[0, 1] for axis in range(2)]
    assert min(map(abs, ways)) > 0.95


def test_copies_share_a_place_and_one_track_is_in_the_middle() -> None:
    copies = FeatureIndex.build(entry(n, {"bpm": 100.0}) for n in range(100))
    assert not project(copies).any()
    assert project(FeatureIndex.build([entry(1, {"bpm": 100.0})])).tolist() == [[0, 0]]
    assert track(1) in copies
