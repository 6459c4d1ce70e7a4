"""What Drift and its peers play: tracks of 45 to 240 s that fade out; made once, not in the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from drift.library import demo

TRACKS = 60
SHORTEST_S = 45
LONGEST_S = 240
MEAN_S = (SHORTEST_S + LONGEST_S) / 2

_FADE_S = 6
_VERSION = 2
_SOURCES = 10
_REPOSITORY = Path(__file__).parents[2]


def cache() -> Path:
    """Where the benchmarks keep what they need again."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "drift-bench"


def tracks() -> Path:
    """The folder with the tracks: MP3 at 44.1 kHz and 256 kbit/s. Makes those that are missing."""
    folder = cache() / f"music-{_VERSION}"
    missing = [number for number in range(TRACKS) if not _file(folder, number).exists()]
    if missing:
        if shutil.which("ffmpeg") is None:
            raise SystemExit("The benchmarks make their music with ffmpeg: sudo apt-get install ffmpeg")
        print(f"Making {len(missing)} tracks in {folder}, once ...", flush=True)
        sources = folder / "sources"
        sources.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            files = list(threads.map(lambda track: demo.write(track, sources), demo.TRACKS[:_SOURCES]))
            list(threads.map(lambda number: _make(folder, number, files[number % _SOURCES]), missing))
        shutil.rmtree(sources)
    return folder


def scanned(folder: Path) -> Path:
    """A data directory in which ``folder`` has been scanned; what has not changed is not looked at again."""
    data = cache() / "scanned"
    environment = os.environ | {"PYTHONPATH": str(_REPOSITORY)}
    command = [sys.executable, "-m", "cli", "scan", "--library", str(folder), "--data-dir", str(data)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"scanning {folder} failed: {done.stderr}")
    return data


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:02d}.mp3"


def _length_s(number: int) -> float:
    """Evenly spread from the shortest to the longest, in a mixed order: 7 and 60 have no common factor."""
    return SHORTEST_S + (LONGEST_S - SHORTEST_S) * (number * 7 % TRACKS) / (TRACKS - 1)


def _make(folder: Path, number: int, source: Path) -> None:
    """A loop of a demo track, with an offset and a tone of its own: no two have equal audio. It fades out."""
    path = _file(folder, number)
    part = path.with_suffix(".part")
    length_s = _length_s(number)
    tone = f"bass=g={number % 7 - 3},treble=g={number % 5 - 2},volume=-4dB"
    fade = f"afade=t=out:st={length_s - _FADE_S:.3f}:d={_FADE_S}"
    what = ["-stream_loop", "-1", "-ss", f"{number * 0.7:.1f}", "-i", str(source), "-t", f"{length_s:.3f}"]
    how = ["-vn", "-af", f"{tone},{fade}", "-ar", "44100", "-ac", "2", "-c:a", "libmp3lame", "-b:a", "256k"]
    tags = ["-map_metadata", "-1", "-metadata", f"title=Bench {number}"]
    tags += ["-metadata", f"artist=Artist {number % 20}"]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *what, *how, *tags, "-f", "mp3", str(part)]
    subprocess.run(command, check=True)
    part.replace(path)
