"""Real music for benchmarks: free soundtracks from Debian's archive, and what Drift says of them."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import av

from benchmarks.harness.music import cache
from drift.errors import UnplayableError
from drift.library.analysis import FAMILIES, Listener, analyse
from drift.library.features import Entry
from drift.library.probe import probe
from drift.models import TrackId

PACKAGES = (
    "drascula-music",
    "extremetuxracer-data",
    "fillets-ng-data",
    "freedroidrpg-data",
    "hedgewars-data",
    "hyperrogue-music",
    "marsshooter-data",
    "nexuiz-music",
    "planetblupi-music-ogg",
    "pushover-data",
    "singularity-music",
    "supertux-data",
    "ufoai-music",
    "warzone2100-music",
    "wesnoth-1.16-music",
)
"""Those of Debian 12 with six tracks or more; 1.3 GB to download, once."""

SHORTEST_S = 30
FEWEST, MOST = 6, 16
"""Tracks of an album; of more, a choice that is the same each time."""

_SUFFIXES = {".ogg", ".oga", ".mp3", ".flac", ".opus"}


@dataclass(frozen=True, slots=True)
class Described:
    """A track's descriptors. ``album`` is the package that it comes from."""

    id: TrackId
    values: dict[str, float]
    album: str
    duration_s: float

    @property
    def entry(self) -> Entry:
        """As the index takes it. The artist is not known to the packages: each track has one of its own."""
        return Entry(self.id, self.values, self.id, self.album, self.id, self.duration_s)


def albums() -> dict[str, list[Path]]:
    """Package -> tracks. Downloads and unpacks what is missing; packages that cannot be had are left out."""
    folder = cache() / "real"
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for package in PACKAGES:
        if not (folder / f"{package}.ok").exists() and not _fetch(package, folder):
            continue
        files = sorted(_music(folder / package))
        random.Random(package).shuffle(files)
        if len(files) >= FEWEST:
            found[package] = files[:MOST]
    return found


def described(files: Iterable[tuple[str, Path]]) -> dict[Path, Described]:
    """What the analysis says of (album, file); kept in the cache while no family's version changes."""
    store = cache() / "described.json"
    versions = {name: family.version for name, family in FAMILIES.items()}
    kept = json.loads(store.read_text()) if store.exists() else {}
    if kept.get("versions") != versions:
        kept = {"versions": versions, "tracks": {}}
    found = {}
    for album, file in files:
        key = f"{file} {file.stat().st_size}"
        if key not in kept["tracks"]:
            kept["tracks"][key] = _describe(file, album)
            store.write_text(json.dumps(kept))
        if kept["tracks"][key]:
            found[file] = Described(**kept["tracks"][key])
    return found


def _describe(file: Path, album: str) -> dict[str, object] | None:
    listener = Listener()
    with tempfile.TemporaryDirectory() as folder:
        try:
            track = probe(file, Path(folder), listener.push)
        except UnplayableError:
            return None
    sound = listener.finish(track.audio.cue_in_samples, track.audio.cue_out_samples)
    values: dict[str, float] = {}
    for family in analyse(sound, FAMILIES).families.values():
        values |= family.values
    return asdict(Described(track.id, values, album, track.audio.duration_s))


def _music(folder: Path) -> Iterable[Path]:
    for file in folder.rglob("*"):
        if file.suffix.lower() in _SUFFIXES and not file.is_symlink() and _length_s(file) >= SHORTEST_S:
            yield file


def _length_s(file: Path) -> float:
    try:
        with av.open(str(file)) as container:
            return (container.duration or 0) / 1e6
    except av.FFmpegError:
        return 0.0


def _fetch(package: str, folder: Path) -> bool:
    """Unpack a package, and the archives in it, and keep what is music."""
    print(f"Fetching the music of {package} ...", flush=True)
    part = folder / f"{package}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    done = subprocess.run(["apt-get", "download", "-qq", package], cwd=part, check=False)
    packed = next(part.glob("*.deb"), None)
    if done.returncode or packed is None:
        print(f"{package} cannot be had: sudo apt-get update")
        return False
    subprocess.run(["dpkg", "-x", packed, part], check=True)
    for archive in part.rglob("*.pk3"):
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(archive.parent)
    for file in part.rglob("*"):
        if file.is_file() and file.suffix.lower() not in _SUFFIXES:
            file.unlink()
    part.replace(folder / package)
    (folder / f"{package}.ok").touch()
    return True
