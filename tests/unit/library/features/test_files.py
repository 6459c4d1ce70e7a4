from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from drift.errors import LibraryError
from drift.library.features import FeatureIndex, Recent, explore, step
from drift.library.features import files as module

from .conftest import Library, track


@pytest.fixture
def file(tmp_path: Path, index: FeatureIndex) -> Path:
    path = tmp_path / "features"
    index.save(path)
    return path


@pytest.mark.parametrize("size", [0, 1, 2, 300])
def test_what_is_saved_is_loaded(tmp_path: Path, library: Library, size: int) -> None:
    index = FeatureIndex.build(library(size))
    index.save(tmp_path / "features")
    loaded = FeatureIndex.load(tmp_path / "features")
    for one, other in zip(index.arrays(), loaded.arrays(), strict=True):
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)
    assert loaded.ids == index.ids
    if size > 2:
        assert loaded.raw(track(1)) == index.raw(track(1))
        assert explore(loaded, track(1), Recent()) == explore(index, track(1), Recent())
        assert step(loaded, track(1), "faster", Recent(), random.Random(1)) == step(
            index, track(1), "faster", Recent(), random.Random(1)
        )


def test_the_file_is_replaced_as_a_whole(file: Path, library: Library) -> None:
    old = FeatureIndex.load(file)
    FeatureIndex.build(library(20)).save(file)
    assert len(old) == len(old.ids) == 300
    assert len(FeatureIndex.load(file)) == 20
    assert [one.name for one in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("kept", [0, 1, 15, 24, 25, 100, 2_000, 0.5, 0.999, -1])
def test_a_torn_file_is_refused(file: Path, kept: float) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: kept if isinstance(kept, int) else int(len(data) * kept)])
    with pytest.raises(LibraryError):
        FeatureIndex.load(file)


@pytest.mark.parametrize("at", [0, 14, 16, 23, 30, 200, 5_000, -40, -1])
def test_a_changed_byte_is_noticed(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 0x10
    file.write_bytes(data)
    with pytest.raises(LibraryError):
        FeatureIndex.load(file)


def test_other_dimensions_are_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NAMES", ("tempo", "taste"))
    with pytest.raises(LibraryError, match="other dimensions"):
        FeatureIndex.load(file)


def test_no_file_and_no_folder(tmp_path: Path, index: FeatureIndex) -> None:
    with pytest.raises(LibraryError, match="cannot be read"):
        FeatureIndex.load(tmp_path / "nothing")
    with pytest.raises(LibraryError, match="cannot be written"):
        index.save(tmp_path / "nowhere" / "features")
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_stays_when_writing_fails(
    file: Path, index: FeatureIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(LibraryError, match="No space left"):
        index.save(file)
    assert len(FeatureIndex.load(file)) == 300
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_a_loaded_index_cannot_be_changed(file: Path) -> None:
    loaded = FeatureIndex.load(file)
    with pytest.raises(ValueError, match="read-only"):
        loaded.space[0, 0] = 1
