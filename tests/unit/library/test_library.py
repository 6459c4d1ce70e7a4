from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drift.library import Catalogue, Library, LibraryStatus, Scanner
from drift.store import Store, open_store
from drift.store import tracks as rows
from drift.supervisor import Supervisor

Album = Callable[[int], Path]

WORKER = """
import sys, time
from dataclasses import replace
from pathlib import Path
from drift.library import worker
from drift.models import Analysis, Descriptors

def look(errand):
    time.sleep(0.2)
    found = worker.look(replace(errand, families=()), Path(sys.argv[1]))
    return replace(found, analysis=Analysis({"tempo": Descriptors(1, {"bpm": 100.0})}))

worker.serve(look)
"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/drift.db") as opened:
        yield opened


@pytest.fixture
async def library(store: Store, album: Album, tmp_path: Path) -> AsyncIterator[Library]:
    (tmp_path / "worker.py").write_text(WORKER)
    command = [sys.executable, str(tmp_path / "worker.py"), str(tmp_path / "art")]
    catalogue = Catalogue(store)
    async with (
        Scanner(
            store, tmp_path / "art", 1, catalogue=catalogue, command=command, versions={"tempo": 1}
        ) as scanner,
        Supervisor() as supervisor,
    ):
        yield Library(
            store,
            catalogue,
            scanner,
            supervisor,
            roots=[album(6)],
            demo_directory=None,
            art_directory=tmp_path / "art",
            workers=1,
        )


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 (what is waited for happens in a thread)
            await asyncio.sleep(0.01)


async def test_a_scan_tells_how_long_it_will_take_and_ends_with_an_index(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[LibraryStatus] = []
    monkeypatch.setattr("drift.library.library._TELL_EVERY_S", 0.0)
    library.on_status = lambda: seen.append(library.status)
    await library.load()
    assert len(library.index) == 0
    await library.prepare()
    running = [status for status in seen if status.done is not None]
    assert running[0].remaining_s is None
    estimates = [status.remaining_s for status in running if status.remaining_s is not None]
    assert estimates
    assert estimates[-1] == 0
    assert replace(library.status, analysed=0) == LibraryStatus(tracks=6)
    await until(lambda: len(library.index) == 6)
    assert sorted(library.index.ids) == sorted(track.id for track in library.tracks)
    await until((tmp_path / "features").exists)


def test_the_view_for_clients() -> None:
    view: Any = LibraryStatus(tracks=1, problems=2, done=3, total=4, remaining_s=5.6).view()
    assert view == {
        "tracks": 1,
        "analysed": 0,
        "problems": 2,
        "scanning": {"done": 3, "total": 4, "etaS": 6},
        "demo": False,
    }
    view = LibraryStatus(done=3).view()
    assert view["scanning"] == {"done": 3, "total": None, "etaS": None}
    assert LibraryStatus().view()["scanning"] is None


async def test_a_scan_by_another_program_is_taken_up(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drift.library.library.LOOK_EVERY_S", 0.01)
    await library.load()
    await library.prepare()
    seen = len(library.tracks)
    (first,) = library.tracks[:1]
    async with open_store(f"sqlite:///{tmp_path}/drift.db") as other:
        await rows.forget_files(other, [first.path])
    await until(lambda: len(library.tracks) == seen - 1)
    assert library.find(first.id) is None
