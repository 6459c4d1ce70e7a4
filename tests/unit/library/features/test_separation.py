from __future__ import annotations

import numpy as np
import pytest

from drift.library.features import FeatureIndex, Recent
from drift.library.features.separation import RELAXED, Separation

from .conftest import entry, track

ALL = np.arange(8)


@pytest.fixture
def albums() -> FeatureIndex:
    """Tracks 1-8 are rows 0-7; two by two of an artist and an album, but for 2; 1 and 8 have one title."""
    artists = "AabbccDd"
    titles = ["same", "b", "c", "d", "e", "f", "g", " SAME"]
    return FeatureIndex.build(
        entry(
            n + 1,
            {"bpm": 100.0 + n},
            artist=artists[n],
            album="other" if n == 1 else artists[n],
            title=titles[n],
        )
        for n in range(8)
    )


def free(index: FeatureIndex, recent: Recent, origin: int = 0) -> list[list[int]]:
    return [np.flatnonzero(mask).tolist() for mask in Separation(index, origin, recent).free(ALL)]


def test_each_level_gives_up_one_more_separation(albums: FeatureIndex) -> None:
    strict, titles, both, all_three = free(albums, Recent((track(1),), 1, 1, 1))
    assert strict == [2, 3, 4, 5, 6]
    assert titles == [2, 3, 4, 5, 6, 7]
    assert both == titles
    assert all_three == [1, 2, 3, 4, 5, 6, 7]
    assert len(RELAXED) == 4


def test_albums_are_given_up_before_artists() -> None:
    index = FeatureIndex.build(
        entry(n, {"bpm": 100.0}, artist=artist, album=album)
        for n, artist, album in [(1, "a", "x"), (2, "a", "x"), (3, "a", "y"), (4, "b", "x"), (5, "c", "z")]
    )
    masks = Separation(index, 0, Recent((), 1, 1, 1)).free(np.arange(5))
    assert [np.flatnonzero(mask).tolist() for mask in masks] == [[4], [4], [3, 4], [1, 2, 3, 4]]


def test_only_the_last_so_many_tracks_bar(albums: FeatureIndex) -> None:
    heard = tuple(track(n) for n in (3, 5, 1))
    assert free(albums, Recent(heard, artist_separation=2))[0] == [3, 6, 7]
    assert free(albums, Recent(heard, artist_separation=3))[0] == [6, 7]
    assert free(albums, Recent(heard))[0] == [1, 3, 5, 6, 7]


def test_the_current_track_counts_though_it_is_not_in_the_list(albums: FeatureIndex) -> None:
    assert free(albums, Recent((), artist_separation=1))[0] == [2, 3, 4, 5, 6, 7]


def test_at_most_half_of_the_library_is_held_back(albums: FeatureIndex) -> None:
    heard = tuple(track(n) for n in (8, 7, 6, 5, 4, 3, 2, 1))
    assert free(albums, Recent(heard))[0] == [4, 5, 6, 7]


def test_unknown_tags_are_not_alike() -> None:
    index = FeatureIndex.build(entry(n, {"bpm": 100.0}, artist="", album=" ", title="") for n in (1, 2, 3))
    masks = Separation(index, 0, Recent((), 9, 9, 9)).free(np.arange(3))
    assert all(np.flatnonzero(mask).tolist() == [1, 2] for mask in masks)


def test_tracks_that_are_gone_are_passed_over(albums: FeatureIndex) -> None:
    assert free(albums, Recent((track(99), "not an id")))[0] == [1, 2, 3, 4, 5, 6, 7]  # type: ignore[arg-type]
