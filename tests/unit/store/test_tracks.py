from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

from drift.models import AudioFacts, Problem, Tags, Track, TrackId
from drift.store import KnownFile, ScannedFile, Store, open_store, schema
from drift.store import tracks as rows

TRACK = Track(
    TrackId("0" * 32),
    Path("/music/a.mp3"),
    Tags("title", "artist", "album", "album artist", "genre", "1999", 2003, 127.5, "8A"),
    AudioFacts("mp3", 44_100, 2, 2**33, 480, 2**33 - 480, -14.25, -0.5),
    "cover.jpg",
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/drift.db") as opened:
        yield opened


def scanned(track: Track, version: int = 1) -> ScannedFile:
    return ScannedFile(track.path, 1_700_000_000_123_456_789, 2**40, version, track)


def test_columns_follow_the_models() -> None:
    names = [field.name for field in fields(Tags) + fields(AudioFacts)]
    assert [column.name for column in schema.tracks.c][1:-2] == names


async def test_a_track_round_trips(store: Store) -> None:
    await rows.save_files(store, [scanned(TRACK)])
    assert await rows.playable_tracks(store) == [TRACK]


@pytest.mark.parametrize("name", [b"Ros\xe9 \xff.mp3", "日本語.mp3".encode(), b"n" * 255, b"a\nb'\".mp3"])
async def test_any_file_name_round_trips(name: bytes, store: Store) -> None:
    path = Path(os.fsdecode(b"/music/" + name))
    await rows.save_files(store, [scanned(replace(TRACK, path=path))])
    assert [track.path for track in await rows.playable_tracks(store)] == [path]
    assert list(await rows.known_files(store, [path])) == [path]
    await rows.forget_files(store, [path])
    assert await rows.known_files(store) == {}


async def test_known_files(store: Store) -> None:
    bad = ScannedFile(Path("/music/b.mp3"), 5, 6, 7, None, "silent")
    await rows.save_files(store, [scanned(TRACK), bad])
    good = KnownFile(1_700_000_000_123_456_789, 2**40, 1, "", TRACK.id)
    assert await rows.known_files(store) == {TRACK.path: good, bad.path: KnownFile(5, 6, 7, "silent")}
    assert await rows.known_files(store, [bad.path, Path("/x")]) == {bad.path: KnownFile(5, 6, 7, "silent")}
    assert await rows.known_files(store, []) == {}
    assert await rows.problems(store) == [Problem(bad.path, "silent")]


async def test_saving_again_replaces(store: Store, tmp_path: Path) -> None:
    await rows.save_files(store, [scanned(TRACK)])
    before = _added_at(tmp_path)
    retagged = replace(TRACK, tags=replace(TRACK.tags, title="new", bpm=None))
    await rows.save_files(store, [scanned(retagged)])
    assert await rows.playable_tracks(store) == [retagged]
    assert _added_at(tmp_path) == before
    await rows.save_files(store, [ScannedFile(TRACK.path, 1, 1, 1, None, "broken")])
    assert await rows.playable_tracks(store) == []


def _added_at(tmp_path: Path) -> str:
    connection = sqlite3.connect(tmp_path / "drift.db")
    try:
        return str(connection.execute("SELECT added_at FROM tracks").fetchone()[0])
    finally:
        connection.close()


async def test_a_track_in_two_files_is_one_track(store: Store) -> None:
    twin = replace(TRACK, path=Path("/a/first.mp3"))
    await rows.save_files(store, [scanned(TRACK), scanned(twin)])
    assert await rows.playable_tracks(store) == [twin]
    await rows.forget_files(store, [twin.path])
    assert await rows.playable_tracks(store) == [TRACK]


async def test_a_track_outlives_its_files(store: Store, tmp_path: Path) -> None:
    await rows.save_files(store, [scanned(TRACK)])
    await rows.forget_files(store, [TRACK.path])
    assert await rows.playable_tracks(store) == []
    assert _added_at(tmp_path)


async def test_mark_unplayable(store: Store) -> None:
    twin = replace(TRACK, path=Path("/z/second.mp3"))
    await rows.save_files(store, [scanned(TRACK), scanned(twin)])
    assert await rows.mark_unplayable(store, TRACK, "broke") == twin
    assert await rows.mark_unplayable(store, twin, "broke too") is None
    assert [problem.reason for problem in await rows.problems(store)] == ["broke", "broke too"]
    assert {known.version for known in (await rows.known_files(store)).values()} == {0}


async def test_many_rows(store: Store) -> None:
    many = [replace(TRACK, id=TrackId(f"{n:032}"), path=Path(f"/music/{n:05}.mp3")) for n in range(3_000)]
    await rows.save_files(store, [scanned(track) for track in many])
    assert await rows.playable_tracks(store) == many
    paths = [track.path for track in many]
    assert len(await rows.known_files(store, paths)) == 3_000
    await rows.forget_files(store, paths[:1_000])
    assert await rows.playable_tracks(store) == many[1_000:]
    await rows.save_files(store, [])
    await rows.forget_files(store, [])
