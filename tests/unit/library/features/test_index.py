from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drift.errors import NotFoundError
from drift.library.features import DIMENSIONS, DIRECTIONS, FeatureIndex, Recent, explore, project, step
from drift.library.features.dimensions import DESCRIPTORS, TIMBRE
from drift.library.features.index import fifths, nearest_rows
from drift.models import TrackId

from .conftest import Library, entry, track

ANY_NUMBER = st.floats(allow_nan=True, allow_infinity=True, width=64)
DESCRIPTOR = st.sampled_from([*DESCRIPTORS, *TIMBRE, "tempo_confidence", "key", "mode", "unheard-of"])


def test_ids_are_found_again(library: Library) -> None:
    entries = library(50)
    index = FeatureIndex.build(entries)
    assert len(index) == 50
    assert index.ids == sorted(one.id for one in entries)
    assert all(one.id in index for one in entries)
    assert [index.id_at(index.row(one.id)) for one in entries] == [one.id for one in entries]


@pytest.mark.parametrize("unknown", [track(999), "", "x", "ab", "g" * 32, None, 3])
def test_what_is_not_in_it(index: FeatureIndex, unknown: object) -> None:
    assert unknown not in index
    if isinstance(unknown, str):
        with pytest.raises(NotFoundError, match="not in the library"):
            index.row(TrackId(unknown))


def test_ids_with_zeros_at_their_end() -> None:
    ids = ["00" * 16, "ab" + "00" * 15, "ab" * 15 + "00", "00" * 15 + "01"]
    index = FeatureIndex.build(entry(0, {}).__class__(TrackId(one), {}) for one in ids)
    assert index.ids == sorted(ids)
    assert all(index.id_at(index.row(TrackId(one))) == one for one in ids)


def test_an_id_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="32 hex"):
        FeatureIndex.build([entry(1, {}).__class__(TrackId("abcd"), {})])


def test_the_order_of_entries_does_not_matter(library: Library) -> None:
    entries = library(60)
    one, other = FeatureIndex.build(entries), FeatureIndex.build(reversed(entries))
    assert np.array_equal(one.space, other.space)
    assert np.array_equal(one.alike, other.alike)


def test_the_last_of_two_entries_counts() -> None:
    index = FeatureIndex.build([entry(1, {"bpm": 100.0}), entry(1, {"bpm": 90.0})])
    assert len(index) == 1
    assert index.raw(track(1))["bpm"] == pytest.approx(90)


def test_raw_values_come_back(library: Library) -> None:
    entries = [
        entry(n + 1, dict(one.values) | {"key_clarity": (n + 1) / 100}) for n, one in enumerate(library(100))
    ]
    entries[3] = entry(4, dict(entries[3].values) | {"bpm": 3000.0, "energy": -500.0})
    index = FeatureIndex.build(entries)
    for one in entries:
        raw = index.raw(one.id)
        assert raw.keys() == {*DESCRIPTORS, "key", "mode"}
        assert raw == pytest.approx({name: one.values[name] for name in raw}, rel=1e-4, abs=1e-4)


def test_unknown_values_are_left_out() -> None:
    index = FeatureIndex.build(
        [entry(1, {"bpm": 120.0, "tempo_confidence": 0.1, "energy": math.nan, "bass": -3.0}), entry(2, {})]
    )
    assert index.raw(track(1)) == {"bass": pytest.approx(-3)}
    assert index.standardised(track(1)).keys() == {"bass"}
    assert index.raw(track(2)) == {}


def test_nearest_in_likeness_comes_first(library: Library) -> None:
    entries = library(100)
    twin = entry(500, dict(entries[7].values))
    index = FeatureIndex.build([*entries, twin])
    found = index.similar(entries[7].id, 10)
    assert found[0].id == twin.id
    assert found[0].distance == pytest.approx(0, abs=0.01)
    distances = [one.distance for one in found]
    assert distances == sorted(distances)
    assert entries[7].id not in {one.id for one in found}
    assert len(index.similar(twin.id, 1000)) == 100


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_small_libraries(library: Library, size: int) -> None:
    entries = library(size)
    index = FeatureIndex.build(entries)
    assert len(index) == size
    assert np.isfinite(index.space).all()
    assert project(index).shape == (size, 2)
    before = index.space.copy()
    for one in entries:
        assert len(index.similar(one.id, 5)) == size - 1
        explore(index, one.id, Recent())
        step(index, one.id, "faster", Recent(), random.Random(1))
    assert np.array_equal(index.space, before)


def test_ten_thousand_copies_of_one_track(library: Library) -> None:
    values = dict(library(1)[0].values)
    index = FeatureIndex.build(entry(n, values, artist="a", album="a", title="a") for n in range(10_000))
    origin, recent = track(77), Recent((track(5), track(77)), 10, 10, 10)
    assert not index.space[:, : len(DIMENSIONS)].any()
    assert explore(index, origin, recent) == []
    found = step(index, origin, "faster", recent, random.Random(1))
    assert found is not None
    assert found.id not in (track(5), origin)
    assert found.why.moved == 0
    assert found.why.relaxed.startswith("nothing lies that way")
    assert len(index.similar(origin, 5)) == 5


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.dictionaries(DESCRIPTOR, ANY_NUMBER), min_size=2, max_size=8), st.sampled_from([*DIRECTIONS])
)
def test_any_values_make_a_space_in_which_one_can_move(
    values: list[dict[str, float]], direction: str
) -> None:
    index = FeatureIndex.build(entry(n, one, artist="a") for n, one in enumerate(values))
    for array in (index.space, index.alike, index.norms, index.correlations, project(index)):
        assert np.isfinite(array).all()
    recent = Recent((track(1), track(0)), 3, 3, 3)
    for wanted in (direction, None):
        found = step(index, track(0), wanted, recent, random.Random(1))
        assert found is not None
        assert found.id in index
        assert found.id != track(0)
        assert all(
            math.isfinite(one) for one in (found.why.moved, found.why.kept, *found.why.deltas.values())
        )
    explore(index, track(0), recent)


def test_keys_on_the_circle_of_fifths() -> None:
    c_major, a_minor, g_major, f_sharp_major, none = fifths(np.array([1, 18, 15, 13, -1], np.int8))
    assert c_major == pytest.approx(a_minor)
    assert np.linalg.norm(c_major - g_major) == pytest.approx(0.36, abs=0.01)
    assert np.linalg.norm(c_major - f_sharp_major) == pytest.approx(1.4)
    assert not none.any()


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(0, 50))
def test_nearest_rows_are_a_stable_sort(values: list[int], count: int) -> None:
    squares = np.array(values, np.float32)
    assert nearest_rows(squares, count).tolist() == np.argsort(squares, kind="stable")[:count].tolist()
