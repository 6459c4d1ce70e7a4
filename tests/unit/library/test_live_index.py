from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from drift.errors import LibraryError, StoreError
from drift.library import live_index
from drift.library.features import FeatureIndex
from drift.library.live_index import LiveIndex
from drift.models import Analysis, AudioFacts, Descriptors, Tags, Track, TrackId
from drift.store import ScannedFile, Store, analyses, open_store
from drift.store import tracks as rows

AUDIO = AudioFacts("mp3", 44_100, 2, 480_000, 0, 480_000, -14.0, -1.0)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/drift.db") as opened:
        yield opened


@pytest.fixture
def live(store: Store, tmp_path: Path) -> LiveIndex:
    return LiveIndex(store, tmp_path / "features")


@pytest.fixture
async def running(live: LiveIndex) -> AsyncIterator[LiveIndex]:
    task = asyncio.get_running_loop().create_task(live.run())
    yield live
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many tracks each index that was built has."""
    built: list[int] = []
    refresh = LiveIndex.refresh

    async def counted(self: LiveIndex) -> None:
        await refresh(self)
        built.append(len(self.index))

    monkeypatch.setattr(LiveIndex, "refresh", counted)
    return built


def track(number: int) -> Track:
    tags = Tags(f"title {number}", "artist", "album")
    return Track(TrackId(f"{number:032x}"), Path(f"/music/{number}.mp3"), tags, AUDIO)


async def save(store: Store, *numbers: int) -> None:
    said = [
        Analysis(
            {
                "tempo": Descriptors(1, {"bpm": 100.0 + number}),
                "onsets": Descriptors(1, {"onset_rate_hz": 2.0}),
            }
        )
        for number in numbers
    ]
    files = [
        ScannedFile(track(number).path, 1, 1, 1, track(number), analysis=each)
        for number, each in zip(numbers, said, strict=True)
    ]
    await rows.save_files(store, files)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 (what is waited for happens in a thread)
            await asyncio.sleep(0.01)


async def test_it_begins_with_nothing(live: LiveIndex) -> None:
    assert len(live.index) == 0
    await live.refresh()
    assert len(live.index) == 0


async def test_refresh_builds_what_the_store_has(store: Store, live: LiveIndex) -> None:
    await save(store, 1, 2, 3)
    await rows.forget_files(store, [track(2).path])
    await live.refresh()
    assert live.index.ids == [track(1).id, track(3).id]
    assert live.index.raw(track(3).id)["bpm"] == pytest.approx(103, rel=1e-3)
    assert live.index.durations_s.tolist() == [10.0, 10.0]


async def test_an_unchanged_library_is_not_indexed_again(store: Store, live: LiveIndex) -> None:
    await save(store, 1)
    await live.refresh()
    before = live.index
    await live.refresh()
    assert live.index is before
    await save(store, 1)
    await live.refresh()
    assert live.index is not before


async def test_many_tracks_take_several_pages(
    store: Store, live: LiveIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_index, "_PAGE", 3)
    await save(store, *range(10))
    await live.refresh()
    assert live.index.ids == [track(number).id for number in range(10)]


async def test_tracks_with_different_descriptors(store: Store, live: LiveIndex) -> None:
    await save(store, 1)
    more = Analysis({"spectrum": Descriptors(1, {"centroid_hz": 1_000.0}), "tempo": Descriptors(1, {})})
    await rows.save_files(store, [ScannedFile(track(2).path, 1, 1, 1, track(2), analysis=more)])
    await save(store, 3)
    await live.refresh()
    assert "centroid_hz" not in live.index.raw(track(1).id)
    assert live.index.raw(track(2).id).keys() == {"centroid_hz"}
    assert live.index.raw(track(3).id).keys() == live.index.raw(track(1).id).keys()


async def test_a_saved_index_of_the_same_library_is_loaded(
    store: Store, live: LiveIndex, tmp_path: Path, builds: list[int]
) -> None:
    await save(store, 1, 2)
    await live.refresh()
    again = LiveIndex(store, tmp_path / "features")
    await again.load()
    assert again.index.ids == live.index.ids
    await again.refresh()
    assert builds == [2, 2]
    assert again.index.ids == live.index.ids


async def test_a_saved_index_of_another_state_is_not(store: Store, live: LiveIndex, tmp_path: Path) -> None:
    await save(store, 1, 2)
    await live.refresh()
    await save(store, 3)
    again = LiveIndex(store, tmp_path / "features")
    await again.load()
    assert len(again.index) == 0
    await again.refresh()
    assert len(again.index) == 3
    assert len(list((tmp_path / "features").iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"nonsense", None])
async def test_a_torn_index_is_built_anew(
    content: bytes | None, store: Store, running: LiveIndex, tmp_path: Path
) -> None:
    await save(store, 1, 2)
    await running.refresh()
    (file,) = (tmp_path / "features").iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if content is None else content)
    again = LiveIndex(store, tmp_path / "features")
    await again.load()
    assert len(again.index) == 0
    task = asyncio.get_running_loop().create_task(again.run())
    again.settle()
    await until(lambda: len(again.index) == 2)
    await until(lambda: file.read_bytes() == whole)
    task.cancel()


async def test_changes_are_gathered_while_more_come(
    store: Store, running: LiveIndex, builds: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_index, "SETTLE_S", 0.3)
    for number in range(5):
        await save(store, number)
        running.touch()
        await asyncio.sleep(0.01)
    await until(lambda: builds == [5])
    await save(store, 5)
    running.touch()
    await asyncio.sleep(0.5)
    assert builds == [5]  # the next one is half a minute away,
    running.settle()
    await until(lambda: builds == [5, 6])  # unless the scan has ended


async def test_a_failure_keeps_the_old_index(
    store: Store, running: LiveIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await save(store, 1)
    await running.refresh()

    async def failing(_store: Store) -> str:
        raise StoreError("lost")

    with monkeypatch.context() as patch:
        patch.setattr(analyses, "token", failing)
        running.settle()
        await asyncio.sleep(0.1)
        assert len(running.index) == 1
    await save(store, 2)
    running.settle()
    await until(lambda: len(running.index) == 2)


async def test_a_folder_that_cannot_be_written(store: Store, tmp_path: Path) -> None:
    (tmp_path / "features").touch()
    live = LiveIndex(store, tmp_path / "features")
    await save(store, 1)
    with pytest.raises(LibraryError, match="features"):
        await live.refresh()
    assert len(live.index) == 1


async def test_building_does_not_hold_up_the_event_loop(
    store: Store, live: LiveIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    build = FeatureIndex.build

    def waiting(entries: object) -> FeatureIndex:
        asyncio.run_coroutine_threadsafe(done.wait(), loop).result(10)  # in vain on the loop's own thread
        return build(entries)  # type: ignore[arg-type]

    await save(store, 1)
    monkeypatch.setattr(FeatureIndex, "build", waiting)
    async with asyncio.TaskGroup() as group:
        group.create_task(live.refresh())
        await asyncio.sleep(0.05)
        assert len(live.index) == 0
        done.set()
    assert len(live.index) == 1
