from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import drift
from drift.errors import LibraryError
from drift.library import Catalogue, Scanner, ScanProgress, pool
from drift.models import Problem
from drift.store import Store, open_store
from drift.store import tracks as rows

if TYPE_CHECKING:
    from tests.unit.library.conftest import Studio

Album = Callable[[int], Path]

WORKER = """
import os, signal, sys, time
from pathlib import Path
from drift.library import worker

def look(errand):
    path = errand.path
    Path(sys.argv[1], f"{os.getpid()}.pid").touch()
    if path.name == "crash.wav":
        os.kill(os.getpid(), signal.SIGSEGV)
    if path.name == "killed.wav":
        os.kill(os.getpid(), signal.SIGKILL)
    if path.name == "hang.wav":
        time.sleep(600)
    if path.name == "bug.wav":
        raise KeyError("oops \\udcff")
    if path.name == "chatty.wav":
        print("{}", flush=True)
        os.write(1, b"hello\\n")
    time.sleep(float(os.environ.get("SLOW", 0)))
    return worker.look(errand, Path(sys.argv[1], "art"))

worker.serve(look)
"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/drift.db") as opened:
        yield opened


@pytest.fixture
async def catalogue(store: Store) -> Catalogue:
    return Catalogue(store)


@pytest.fixture
async def scanner(store: Store, catalogue: Catalogue, tmp_path: Path) -> AsyncIterator[Scanner]:
    async with Scanner(store, tmp_path / "art", 2, catalogue=catalogue, versions={}) as opened:
        yield opened


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """A worker that misbehaves on certain names, and leaves its process id in ``pids``."""
    (tmp_path / "pids").mkdir()
    (tmp_path / "worker.py").write_text(textwrap.dedent(WORKER))
    return [sys.executable, str(tmp_path / "worker.py"), str(tmp_path / "pids")]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets how many seconds a misbehaving worker sleeps over each file."""
    return lambda seconds: monkeypatch.setenv("SLOW", seconds)


def running(tmp_path: Path) -> list[int]:
    """Workers that are still there."""
    pids = [int(path.stem) for path in (tmp_path / "pids").glob("*.pid")]
    assert pids
    return [pid for pid in pids if Path(f"/proc/{pid}/stat").exists() and not _zombie(pid)]


async def until_none_runs(tmp_path: Path) -> None:
    async with asyncio.timeout(10):
        while running(tmp_path):  # noqa: ASYNC110 (other processes set no event)
            await asyncio.sleep(0.02)


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


async def test_first_scan_then_nothing_to_do(
    scanner: Scanner, store: Store, catalogue: Catalogue, album: Album
) -> None:
    folder = album(5)
    (folder / "text.mp3").write_text("no music\n" * 100)
    seen: list[ScanProgress] = []
    summary = await scanner.scan([folder], seen.append)
    assert (summary.found, summary.added, summary.updated, summary.unchanged) == (6, 5, 0, 0)
    assert [problem.path.name for problem in summary.problems] == ["text.mp3"]
    assert [(progress.done, progress.total) for progress in seen] == [(n, 6) for n in range(1, 7)]
    assert seen[-1].problems == 1
    assert len(catalogue) == 5
    assert {track.path.name for track in catalogue.tracks} == {f"{n:03}.wav" for n in range(5)}

    again = await scanner.scan([folder])
    assert (again.found, again.added, again.unchanged, again.removed) == (6, 0, 6, 0)
    assert again.problems == summary.problems == tuple(await rows.problems(store))


async def test_changes_are_noticed(
    scanner: Scanner, catalogue: Catalogue, album: Album, studio: Studio
) -> None:
    folder = album(4)
    await scanner.scan([folder])
    studio.wav(folder / "000.wav", studio.noise(3, 8_000, seed=99), 8_000)
    (folder / "001.wav").unlink()
    (folder / "002.wav").write_bytes(b"")
    studio.wav(folder / "new.wav", studio.noise(3, 8_000, seed=98), 8_000)
    summary = await scanner.scan([folder])
    assert (summary.added, summary.updated, summary.unchanged, summary.removed) == (1, 1, 1, 1)
    assert [problem.path.name for problem in summary.problems] == ["002.wav"]
    assert sorted(track.path.name for track in catalogue.tracks) == ["000.wav", "003.wav", "new.wav"]


async def test_a_moved_file_keeps_its_identity(scanner: Scanner, catalogue: Catalogue, album: Album) -> None:
    folder = album(2)
    await scanner.scan([folder])
    before = {track.id for track in catalogue.tracks}
    (folder / "sub").mkdir()
    (folder / "000.wav").rename(folder / "sub" / "moved.wav")
    summary = await scanner.scan([folder])
    assert (summary.added, summary.removed) == (1, 1)
    assert {track.id for track in catalogue.tracks} == before


async def test_tracks_arrive_while_the_scan_runs(
    store: Store, command: list[str], tmp_path: Path, album: Album, slow: Callable[[str], None]
) -> None:
    slow("0.2")
    catalogue = Catalogue(store)
    sizes: list[int] = []
    catalogue.on_change.append(lambda: sizes.append(len(catalogue)))
    async with Scanner(
        store, tmp_path / "art", 2, catalogue=catalogue, command=command, versions={}
    ) as scanner:
        await scanner.scan([album(16)])
    assert sizes[0] <= 2
    assert len(sizes) >= 2
    assert sizes[-1] == 16


async def test_single_files_are_added_beside_a_scan(
    store: Store, command: list[str], tmp_path: Path, album: Album, slow: Callable[[str], None]
) -> None:
    slow("0.1")
    folder = album(12)
    catalogue = Catalogue(store)
    extra = (folder / "011.wav").rename(tmp_path / "extra.wav")
    async with (
        Scanner(store, tmp_path / "art", 2, catalogue=catalogue, command=command, versions={}) as scanner,
        asyncio.TaskGroup() as group,
    ):
        scan = group.create_task(scanner.scan([folder]))
        summary = await scanner.add([extra, tmp_path / "missing.wav"])
        assert not scan.done()
        assert (summary.added, [problem.path.name for problem in summary.problems]) == (1, ["missing.wav"])
        assert extra in {track.path for track in catalogue.tracks}
    assert len(catalogue) == 12
    assert scan.result().removed == 0
    assert running(tmp_path) == []


async def test_vanished_root_keeps_the_library(
    scanner: Scanner, catalogue: Catalogue, album: Album, tmp_path: Path
) -> None:
    folder = album(3)
    other = tmp_path / "other"
    other.mkdir()
    await scanner.scan([folder, other])
    moved = folder.rename(tmp_path / "unmounted")
    with pytest.raises(LibraryError, match="does not exist"):
        await scanner.scan([folder])
    summary = await scanner.scan([folder, other])
    assert summary.problems == (Problem(folder, "the library folder does not exist or cannot be read"),)
    folder.mkdir()
    summary = await scanner.scan([folder])
    assert summary.problems == (
        Problem(folder, "holds no audio any more, but 3 files before: is its disk mounted?"),
    )
    assert summary.removed == 0
    assert len(catalogue) == 3
    folder.rmdir()
    moved.rename(folder)
    assert (await scanner.scan([folder])).unchanged == 3


async def test_other_roots_are_left_alone_until_asked(
    scanner: Scanner, catalogue: Catalogue, album: Album, tmp_path: Path
) -> None:
    folder = album(2)
    demo = tmp_path / "music-demo"  # a name that begins like the other's
    shutil.copytree(folder, demo)
    await scanner.scan([folder])
    assert (await scanner.scan([demo])).removed == 0
    assert len(catalogue) == 2  # the same audio twice
    shutil.rmtree(folder)
    assert await scanner.forget_outside([demo]) == 2
    assert {track.path.parent for track in catalogue.tracks} == {demo}


async def test_crash_hang_and_bug_cost_one_file_each(
    store: Store, command: list[str], tmp_path: Path, album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalogue(store)
    monkeypatch.setattr(pool, "time_limit_s", lambda _size: 3.0)
    folder = album(6)
    for name, number in (("crash", 0), ("killed", 1), ("hang", 2), ("bug", 3), ("chatty", 4)):
        (folder / f"{number:03}.wav").rename(folder / f"{name}.wav")
    async with Scanner(
        store, tmp_path / "art", 2, catalogue=catalogue, command=command, versions={}
    ) as scanner:
        summary = await scanner.scan([folder])
        reasons = {problem.path.stem: problem.reason for problem in summary.problems}
        assert reasons == {
            "crash": "damaged: the decoder crashed on it (SIGSEGV)",
            "killed": "its analysis was killed, perhaps for lack of memory",
            "hang": "damaged: decoding it did not end within 3 s",
            "bug": "cannot be analysed: KeyError: 'oops \\udcff'",
        }
        assert {track.path.name for track in catalogue.tracks} == {"005.wav", "chatty.wav"}
        (folder / "killed.wav").touch()
        again = await scanner.scan([folder])
    assert again.unchanged == 5  # "killed" may not be the file's fault: it is looked at again
    assert running(tmp_path) == []


async def test_workers_that_do_not_start_blame_no_file(store: Store, album: Album, tmp_path: Path) -> None:
    folder = album(3)
    for command in ([sys.executable, "-c", "raise SystemExit(3)"], [str(tmp_path / "missing")]):
        async with Scanner(store, tmp_path / "art", 2, command=command, versions={}) as scanner:
            with pytest.raises(LibraryError):
                await scanner.scan([folder])
    assert await rows.known_files(store) == {}


async def test_cancelling_leaves_nothing_behind(
    store: Store, command: list[str], tmp_path: Path, album: Album, slow: Callable[[str], None]
) -> None:
    slow("0.2")
    folder = album(20)
    some = asyncio.Event()
    async with (
        Scanner(store, tmp_path / "art", 2, command=command, versions={}) as scanner,
        asyncio.TaskGroup() as group,
    ):
        scan = group.create_task(scanner.scan([folder], lambda _progress: some.set()))
        await some.wait()
        await asyncio.sleep(0.3)
        scan.cancel()
    assert scan.cancelled()
    assert running(tmp_path) == []
    async with Scanner(store, tmp_path / "art", 2, versions={}) as scanner:
        summary = await scanner.scan([folder])
    assert summary.added > 0
    assert summary.added + summary.unchanged == 20


async def test_idle_workers_end_and_come_back(
    store: Store, command: list[str], tmp_path: Path, album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "IDLE_S", 0.05)
    folder = album(2)
    async with Scanner(store, tmp_path / "art", 1, command=command, versions={}) as scanner:
        await scanner.add([folder / "000.wav"])
        assert len(running(tmp_path)) == 1
        await until_none_runs(tmp_path)
        assert (await scanner.add([folder / "001.wav"])).added == 1


KILLED = """
import asyncio, sys
from pathlib import Path
from drift.library import Scanner
from drift.store import open_store

async def main(url, folder, *command):
    async with (
        open_store(url) as store,
        Scanner(store, Path(folder), 2, command=command, versions={}) as scanner,
    ):
        await scanner.scan([Path(folder)], lambda progress: print(progress.done, flush=True))

asyncio.run(main(*sys.argv[1:]))
"""


async def test_killed_scan_is_resumed(command: list[str], tmp_path: Path, album: Album) -> None:
    folder = album(24)
    url = f"sqlite:///{tmp_path}/killed.db"
    environment = os.environ | {"SLOW": "0.1", "PYTHONPATH": str(Path(drift.__file__).parents[1])}
    with subprocess.Popen(  # noqa: ASYNC220 (the loop has nothing else to do)
        [sys.executable, "-c", KILLED, url, str(folder), *command], stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 16:
                process.send_signal(signal.SIGKILL)
                break
    await until_none_runs(tmp_path)  # workers notice that nobody listens
    async with open_store(url) as store:
        kept = len(await rows.known_files(store))
        assert 0 < kept <= 24
        async with Scanner(store, tmp_path / "art", 2, versions={}) as scanner:
            summary = await scanner.scan([folder])
        assert (summary.unchanged, summary.added) == (kept, 24 - kept)
        assert sorted(await rows.known_files(store)) == sorted(folder.iterdir())
        assert len(await rows.playable_tracks(store)) == 24
