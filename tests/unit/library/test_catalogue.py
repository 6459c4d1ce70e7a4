from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from drift.errors import NotFoundError
from drift.library import Catalogue
from drift.models import AudioFacts, Problem, Tags, Track, TrackId
from drift.store import ScannedFile, Store, open_store
from drift.store import tracks as rows

AUDIO = AudioFacts("mp3", 44_100, 2, 480_000, 0, 480_000, -14.0, -1.0)


def track(letter: str, path: str = "") -> Track:
    return Track(TrackId(letter * 32), Path(path or f"/music/{letter}.mp3"), Tags(letter), AUDIO)


async def save(store: Store, *tracks: Track) -> None:
    await rows.save_files(store, [ScannedFile(track.path, 1, 1, 1, track) for track in tracks])


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/drift.db") as opened:
        yield opened


@pytest.fixture
def catalogue(store: Store) -> Catalogue:
    return Catalogue(store)


async def test_reload_shows_what_the_store_has(store: Store, catalogue: Catalogue) -> None:
    assert (len(catalogue), catalogue.tracks) == (0, ())
    await save(store, track("a"), track("b"))
    await catalogue.reload()
    assert catalogue.tracks == (track("a"), track("b"))
    assert catalogue.get(TrackId("b" * 32)) == track("b")
    assert TrackId("a" * 32) in catalogue


async def test_unknown_track(catalogue: Catalogue) -> None:
    with pytest.raises(NotFoundError, match="no track x"):
        catalogue.get(TrackId("x"))


async def test_merge_adds_and_replaces(catalogue: Catalogue) -> None:
    changes: list[int] = []
    catalogue.on_change.append(lambda: changes.append(len(catalogue)))
    await catalogue.merge([track("a")])
    newer = replace(track("a"), tags=Tags("new"))
    await catalogue.merge([newer, track("b")])
    await catalogue.merge([])
    assert catalogue.tracks == (newer, track("b"))
    assert changes == [1, 2]


async def test_the_view_is_shared_until_something_changes(catalogue: Catalogue) -> None:
    await catalogue.merge([track("a")])
    assert catalogue.tracks is catalogue.tracks


async def test_forget_takes_out_and_writes_down_why(store: Store, catalogue: Catalogue) -> None:
    await save(store, track("a"), track("b"))
    await catalogue.reload()
    await catalogue.forget(TrackId("a" * 32), "broke at 0:31")
    await catalogue.forget(TrackId("a" * 32), "again")
    assert catalogue.tracks == (track("b"),)
    assert await rows.problems(store) == [Problem(Path("/music/a.mp3"), "broke at 0:31")]
    await catalogue.reload()
    assert catalogue.tracks == (track("b"),)
    assert (await rows.known_files(store))[Path("/music/a.mp3")].version == 0


async def test_forget_falls_back_to_another_file(store: Store, catalogue: Catalogue) -> None:
    await save(store, track("a", "/1/a.mp3"), track("a", "/2/a.mp3"))
    await catalogue.reload()
    await catalogue.forget(TrackId("a" * 32), "gone")
    assert catalogue.tracks == (track("a", "/2/a.mp3"),)
