"""Analysis within scans: with the first look, later for known tracks, and when workers die of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

import drift
from drift.library import Catalogue, Scanner, ScanProgress, pool
from drift.library.analysis import FAMILIES
from drift.library.looks import KILLED_ONCE
from drift.models import Analysis, Descriptors, Track
from drift.store import Store, analyses, open_store
from drift.store import tracks as rows

Album = Callable[[int], Path]
Opened = Callable[..., AbstractAsyncContextManager[Scanner]]

WORKER = """
import json, os, signal, sys, time
from dataclasses import replace
from pathlib import Path
from drift.library import worker
from drift.models import Analysis, Descriptors

folder, versions = Path(sys.argv[1]), json.loads(sys.argv[2])
EDGES = {"intro_samples": 1, "outro_samples": 2, "ending": 1, "ending_samples": 3}

def look(errand):
    with (folder / "log").open("a") as log:
        log.write(json.dumps([errand.path.stem, list(errand.families), errand.cues]) + "\\n")
    if errand.families:
        if errand.path.stem == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if errand.path.stem == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if errand.path.stem == "hang":
            time.sleep(600)
        if errand.path.stem == "bug":
            raise KeyError("oops")
    time.sleep(float(os.environ.get("SLOW", 0)))
    found = worker.look(replace(errand, families=(), cues=None), folder / "art")
    values = {"edges": EDGES, "tempo": {"bpm": 99.0}}
    said = {name: Descriptors(versions[name], values.get(name, {"x": 1.5})) for name in errand.families}
    return replace(found, track=None if errand.cues else found.track, analysis=Analysis(said))

worker.serve(look)
"""
VERSIONS = {"edges": 1, "tempo": 1, "colour": 1}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/drift.db") as opened:
        yield opened


@pytest.fixture
def catalogue(store: Store) -> Catalogue:
    return Catalogue(store)


def command(tmp_path: Path, versions: Mapping[str, int]) -> list[str]:
    (tmp_path / "worker.py").write_text(WORKER)
    return [sys.executable, str(tmp_path / "worker.py"), str(tmp_path), json.dumps(versions)]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "time_limit_s", lambda _size: 2.5)


@pytest.fixture
def scanner(store: Store, catalogue: Catalogue, tmp_path: Path) -> Opened:
    """A scanner of these versions of the families."""

    @asynccontextmanager
    async def make(workers: int = 2, **versions: int) -> AsyncIterator[Scanner]:
        wanted = VERSIONS | versions
        async with Scanner(
            store,
            tmp_path / "art",
            workers,
            catalogue=catalogue,
            command=command(tmp_path, wanted),
            versions=wanted,
        ) as opened:
            yield opened

    return make


def asked(tmp_path: Path) -> dict[str, list[list[str]]]:
    """The families that were asked for, errand by errand, of each file since the last time."""
    found: dict[str, list[list[str]]] = {}
    log = tmp_path / "log"
    for line in log.read_text().splitlines() if log.exists() else []:
        name, families, _cues = json.loads(line)
        found.setdefault(name, []).append(families)
    log.unlink(missing_ok=True)
    return found


def named(catalogue: Catalogue) -> dict[str, Track]:
    return {track.path.stem: track for track in catalogue.tracks}


async def test_the_first_look_analyses(
    scanner: Opened, catalogue: Catalogue, store: Store, album: Album, tmp_path: Path
) -> None:
    folder = album(2)
    async with scanner() as opened:
        summary = await opened.scan([folder])
        assert asked(tmp_path) == {"000": [list(VERSIONS)], "001": [list(VERSIONS)]}
        assert (summary.added, summary.analysed) == (2, 0)
        again = await opened.scan([folder])
    assert (again.unchanged, again.analysed, asked(tmp_path)) == (2, 0, {})
    for track in catalogue.tracks:
        assert track.shape is not None
        assert (track.shape.ending, track.shape.bpm) == ("fade", 99.0)
        said = await analyses.analysis_of(store, track.id)
        assert said.families["colour"] == Descriptors(1, {"x": 1.5})


async def test_the_real_worker_asks_every_family(
    catalogue: Catalogue, store: Store, album: Album, tmp_path: Path
) -> None:
    versions = {name: family.version for name, family in FAMILIES.items()}
    async with Scanner(store, tmp_path / "art", 1, catalogue=catalogue) as opened:
        await opened.scan([album(1)])
        (track,) = catalogue.tracks
        assert track.shape is not None
        said = await analyses.analysis_of(store, track.id)
        assert {name: family.version for name, family in said.families.items()} == versions
        assert all(family.values for family in said.families.values())
        assert said.beats_samples is not None
        await analyses.save_analyses(store, {track.id: Analysis({"timbre": Descriptors(0, {})})})
        summary = await opened.scan([track.path.parent])
    assert (summary.unchanged, summary.analysed) == (1, 1)
    again = await analyses.analysis_of(store, track.id)
    assert again == said  # heard alone or with the others, a family says the same


async def test_only_what_is_outdated_is_analysed_again_and_after_what_is_new(
    scanner: Opened, catalogue: Catalogue, store: Store, album: Album, tmp_path: Path
) -> None:
    folder = album(6)
    later = [(folder / f"{number:03}.wav").rename(tmp_path / f"{number:03}.wav") for number in (3, 4, 5)]
    async with scanner() as opened:
        await opened.scan([folder])
    asked(tmp_path)
    for file in later:
        file.rename(folder / file.name)
    seen: list[ScanProgress] = []
    async with scanner(workers=1, colour=2) as opened:
        summary = await opened.scan([folder], seen.append)
    assert (summary.added, summary.unchanged, summary.analysed) == (3, 3, 3)
    assert [progress.done for progress in seen] == list(range(1, 7))
    assert {progress.path.stem for progress in seen[:3]} == {"003", "004", "005"}
    done = asked(tmp_path)
    assert [done[name] for name in ("000", "001", "002")] == [[["colour"]]] * 3
    said = await analyses.analysis_of(store, named(catalogue)["000"].id)
    assert {name: family.version for name, family in said.families.items()} == VERSIONS | {"colour": 2}
    assert len(catalogue) == 6


async def test_a_library_from_before_analysis_gets_its_shapes(
    scanner: Opened, catalogue: Catalogue, store: Store, album: Album, tmp_path: Path
) -> None:
    folder = album(2)
    async with Scanner(store, tmp_path / "art", 2, catalogue=catalogue, versions={}) as plain:
        await plain.scan([folder])
    assert [track.shape for track in catalogue.tracks] == [None, None]
    before = await rows.known_files(store)
    async with scanner() as opened:
        summary = await opened.scan([folder])
    assert (summary.unchanged, summary.analysed) == (2, 2)
    assert all(track.shape for track in catalogue.tracks)
    assert await rows.known_files(store) == before
    cues = [json.loads(line)[2] for line in (tmp_path / "log").read_text().splitlines()]
    assert cues == [[0, catalogue.tracks[0].audio.length_samples]] * 2


@pytest.mark.usefixtures("impatient")
async def test_workers_that_die_of_analysis_leave_music_playable(
    scanner: Opened,
    catalogue: Catalogue,
    store: Store,
    album: Album,
    tmp_path: Path,
) -> None:
    folder = album(4)
    names = ("crash", "killed", "hang")
    for number, name in enumerate(names):
        (folder / f"{number:03}.wav").rename(folder / f"{name}.wav")

    async def versions(name: str) -> set[int]:
        said = await analyses.analysis_of(store, named(catalogue)[name].id)
        assert not any(family.values for family in said.families.values())
        return {family.version for family in said.families.values()}

    async with scanner() as opened:
        summary = await opened.scan([folder])
        assert (summary.added, summary.problems) == (4, ())
        assert asked(tmp_path) == {name: [list(VERSIONS), []] for name in names} | {"003": [list(VERSIONS)]}
        assert {name: track.shape is None for name, track in named(catalogue).items()} == {
            "crash": True,
            "killed": True,
            "hang": True,
            "003": False,
        }
        assert await versions("crash") == await versions("hang") == {1}
        assert await versions("killed") == {KILLED_ONCE}

        again = await opened.scan([folder])  # being killed may be bad luck, once
        assert (again.unchanged, again.analysed, again.problems) == (4, 1, ())
        assert asked(tmp_path) == {"killed": [list(VERSIONS)]}
        assert await versions("killed") == {1}
        await opened.scan([folder])
        assert asked(tmp_path) == {}
    assert len(catalogue) == 4


@pytest.mark.usefixtures("impatient")
async def test_known_tracks_stay_playable_whatever_their_analysis_does(
    scanner: Opened,
    catalogue: Catalogue,
    store: Store,
    album: Album,
    tmp_path: Path,
) -> None:
    folder = album(5)
    for number, name in enumerate(("crash", "killed", "hang", "bug", "gone")):
        (folder / f"{number:03}.wav").rename(folder / f"{name}.wav")
    async with Scanner(store, tmp_path / "art", 2, catalogue=catalogue, versions={}) as plain:
        await plain.scan([folder])
    async with scanner() as opened:
        for _ in range(2):
            summary = await opened.scan([folder])
            assert (summary.unchanged, summary.problems) == (5, ())
        assert asked(tmp_path)["killed"] == [list(VERSIONS)] * 2
        await opened.scan([folder])
        assert asked(tmp_path) == {}
        assert len(catalogue) == len(await rows.playable_tracks(store)) == 5
        gone = named(catalogue)["gone"]
        assert gone.shape is not None
    async with scanner(colour=2) as opened:
        await opened.scan([folder])
        assert asked(tmp_path)["crash"] == [["colour"]]  # another version: another chance


async def test_a_file_that_changed_while_it_waited_says_nothing_of_the_old_track(
    scanner: Opened, catalogue: Catalogue, store: Store, album: Album
) -> None:
    folder = album(2)
    async with scanner() as opened:
        await opened.scan([folder])
    first, second = (folder / f"{number:03}.wav" for number in range(2))
    times = first.stat()
    first.write_bytes(second.read_bytes())
    os.utime(first, ns=(times.st_atime_ns, times.st_mtime_ns))
    old = named(catalogue)["000"].id
    async with scanner(colour=2) as opened:
        summary = await opened.scan([folder])
    assert summary.analysed == 1
    assert (await analyses.analysis_of(store, old)).families["colour"].version == 1


KILLED = """
import asyncio, json, sys
from pathlib import Path
from drift.library import Scanner
from drift.store import open_store

async def main(url, folder, versions, *command):
    versions = json.loads(versions)
    async with (
        open_store(url) as store,
        Scanner(store, Path(folder), 2, command=command, versions=versions) as scanner,
    ):
        await scanner.scan([Path(folder)], lambda progress: print(progress.done, flush=True))

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_killed_analysis_is_resumed(
    scanner: Opened, catalogue: Catalogue, store: Store, album: Album, tmp_path: Path
) -> None:
    folder = album(16)
    async with Scanner(store, tmp_path / "art", 2, catalogue=catalogue, versions={}) as plain:
        await plain.scan([folder])
    environment = os.environ | {"SLOW": "0.15", "PYTHONPATH": str(Path(drift.__file__).parents[1])}
    arguments = [
        f"sqlite:///{tmp_path}/drift.db",
        str(folder),
        json.dumps(VERSIONS),
        *command(tmp_path, VERSIONS),
    ]
    with subprocess.Popen(  # noqa: ASYNC220 (the loop has nothing else to do)
        [sys.executable, "-c", KILLED, *arguments], stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 10:
                process.send_signal(signal.SIGKILL)
                break
    left = await analyses.outdated(store, VERSIONS)
    assert 0 < len(left) < 16
    for track in catalogue.tracks:  # of each track all families are there or none
        assert len((await analyses.analysis_of(store, track.id)).families) == (0 if track.id in left else 3)
    async with scanner() as opened:
        summary = await opened.scan([folder])
    assert (summary.unchanged, summary.analysed) == (16, len(left))
    assert await analyses.outdated(store, VERSIONS) == {}
