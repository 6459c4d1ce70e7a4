from __future__ import annotations

import numpy as np
import pytest

from drift.library.features.columns import UNKNOWN
from drift.library.features.likeness import WIDTH, embed, within_albums


def records(albums: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Albums that differ in the first two columns; their tracks differ in the other eight, and by more."""
    source = np.random.default_rng(1)
    z = source.normal(size=(albums * each, 10))
    z[:, :2] = 0.4 * z[:, :2] + np.repeat(source.normal(size=(albums, 2)), each, axis=0)
    return z.astype(np.float32), np.repeat(np.arange(1, albums + 1), each).astype(np.int32)


def same_album(places: np.ndarray, albums: np.ndarray) -> float:
    squares = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    return float((albums[np.argsort(squares, axis=1)[:, :5]] == albums[:, None]).mean())


def test_albums_teach_what_matters() -> None:
    z, albums = records(400, 6)
    taught, untaught = embed(z, albums), embed(z, np.full_like(albums, UNKNOWN))
    asked = slice(0, 600)
    assert same_album(taught[asked], albums[asked]) > 1.3 * same_album(untaught[asked], albums[asked])


def test_what_is_learnt_holds_for_albums_that_were_not_known() -> None:
    z, albums = records(400, 6)
    half = np.where(albums <= 100, UNKNOWN, albums).astype(np.int32)
    asked = slice(0, 600)
    untaught = embed(z, np.full_like(albums, UNKNOWN))
    assert same_album(embed(z, half)[asked], albums[asked]) > 1.2 * same_album(untaught[asked], albums[asked])


def test_without_albums_distances_are_plain() -> None:
    z, albums = records(30, 4)
    places = embed(z, np.full_like(albums, UNKNOWN))
    assert places.shape == (120, WIDTH)
    plain = np.linalg.norm(z[0] - z[1:], axis=1)
    assert np.linalg.norm(places[0] - places[1:], axis=1) / plain == pytest.approx(np.sqrt(2), rel=1e-4)


def test_the_covariance_within_albums() -> None:
    z = np.array([[0, 0], [2, 0], [10, 1], [10, 3], [7, 7], [99, 99]], np.float32)
    albums = np.array([1, 1, 2, 2, 3, UNKNOWN], np.int32)
    within, evidence = within_albums(z, albums)
    assert evidence == 2
    assert within == pytest.approx(np.array([[1, 0], [0, 1]]))


def test_a_large_album_does_not_outweigh_the_others() -> None:
    source = np.random.default_rng(1)
    z = np.concatenate((source.normal(0, 1, (1000, 2)), source.normal(0, 1, (100, 2)))).astype(np.float32)
    albums = np.repeat([1, 2], [1000, 100]).astype(np.int32)
    assert within_albums(z, albums)[1] == 198


@pytest.mark.parametrize("size", [0, 1, 2])
def test_few_tracks(size: int) -> None:
    places = embed(np.ones((size, 5), np.float32), np.zeros(size, np.int32))
    assert places.shape == (size, WIDTH)
    assert not places.any()
