"""How fast music is analysed, and how much memory a worker takes for that."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, Result, at_least, at_most
from benchmarks.harness import music
from benchmarks.harness.process import peers_python
from drift.library.analysis import FAMILIES, Listener, Sound
from drift.library.analysis.stft import Floats
from drift.library.decode import RATE_HZ
from drift.library.probe import listen, probe

_REPOSITORY = Path(__file__).parents[2]
_LONG_S = 20 * 60
_HOURS = 3
_TIMES = 3


def run(tracks: int = 12) -> Result:
    """CPU time over whole tracks, MP3 at 44.1 kHz, each program in turn; one thread each.

    The peers are bliss-audio, and librosa's MFCC alone, if the interpreter that ``DRIFT_BENCH_PEERS`` names
    (else this one) has them. All of them decode.
    """
    files = sorted(music.tracks().glob("*.mp3"))[:tracks]
    with tempfile.TemporaryDirectory() as folder:
        music_s = sum(probe(file, Path(folder)).audio.length_samples for file in files) / RATE_HZ
        speeds = {which: _speed(which, files, music_s) for which in ("drift", "bliss", "librosa")}
        long = _long(files[0], Path(folder))
        long_mb = _hear("drift", str(long))["peak_mb"]
    drift, bliss, librosa = speeds["drift"] or 0.0, speeds["bliss"], speeds["librosa"]
    figures = [
        Figure("whole analysis on one core", drift, "x real time", at_least(150)),
        Figure("... against bliss-audio", drift, "x real time", at_least(0.5, of_peer=True), bliss),
        *([Figure("librosa's MFCC alone", librosa, "x real time")] if librosa else []),
        Figure("memory of a worker, track of 20 minutes", long_mb, "MB", at_most(300)),
        Figure(
            "memory to hear a mix of 3 hours",
            _hear("hours", str(files[0]), str(_HOURS))["peak_mb"],
            "MB",
            at_most(600),
        ),
        *_parts(files[0]),
    ]
    missing = [name for name, speed in (("bliss-audio", bliss), ("librosa", librosa)) if speed is None]
    notes = [
        f"{len(files)} tracks, {music_s / 60:.0f} minutes",
        *(f"not installed: {name}" for name in missing),
    ]
    return Result(figures, "bliss-audio", bliss is not None, notes)


def _speed(which: str, files: list[Path], music_s: float) -> float | None:
    """Seconds of music per second of CPU, None: it is not installed."""
    try:
        return music_s / _hear(which, *map(str, files))["cpu_s"]
    except ModuleNotFoundError:
        return None


def _hear(which: str, *arguments: str) -> dict[str, float]:
    python = peers_python() if which in {"bliss", "librosa"} else sys.executable
    threads = dict.fromkeys(
        ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS"), "1"
    )
    done = subprocess.run(
        [python, Path(__file__).with_name("hearing.py"), which, *arguments],
        env=os.environ | threads | {"PYTHONPATH": str(_REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    if "ModuleNotFoundError" in done.stderr:
        raise ModuleNotFoundError(which)
    if done.returncode:
        raise SystemExit(f"hearing.py {which} failed: {done.stderr}")
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def _long(source: Path, folder: Path) -> Path:
    """The same music for twenty minutes, without encoding it again."""
    path = folder / "long.mp3"
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-stream_loop",
        "-1",
        "-i",
        str(source),
        "-t",
        str(_LONG_S),
        "-c",
        "copy",
    ]
    subprocess.run([*command, str(path)], check=True)
    return path


def _parts(file: Path) -> list[Figure]:
    """What each part takes of it: milliseconds of CPU per second of music."""
    blocks: list[Floats] = []
    listen(file, blocks.append)
    length = sum(block.shape[1] for block in blocks)
    sound = _heard(blocks, length)
    decoding_s = _timed(lambda: listen(file, lambda _block: None))
    with tempfile.TemporaryDirectory() as folder:
        measuring_s = _timed(lambda: probe(file, Path(folder))) - decoding_s
    spent = {
        "decoding": decoding_s,
        "measuring": measuring_s,
        "hearing": _timed(lambda: _heard(blocks, length)),
    }
    for name, family in FAMILIES.items():
        spent[name] = _timed(partial(family.describe, sound))
    return [Figure(f"... {name}", part / length * RATE_HZ * 1e3, "ms / s") for name, part in spent.items()]


def _heard(blocks: list[Floats], length: int) -> Sound:
    listener = Listener()
    for block in blocks:
        listener.push(block)
    return listener.finish(0, length)


def _timed(work: Callable[[], object]) -> float:
    """The least CPU time of a few runs, in seconds."""
    spent = []
    for _ in range(_TIMES):
        begin = time.process_time()
        work()
        spent.append(time.process_time() - begin)
    return min(spent)
