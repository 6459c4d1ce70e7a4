"""Tempo of real music, against librosa's beat tracker: the truth is not known, differences are listed."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, Result, at_least
from benchmarks.harness.process import peers_python
from benchmarks.music.real import albums
from benchmarks.music.sounds import OCTAVES, relation, sound_of
from drift.errors import UnplayableError
from drift.library.analysis import tempo

TOLERANCE = 0.04
"""librosa's tempi are 3 % apart."""

SURE = 0.5
_SHORTEST_SAMPLES = 20 * 48_000
_TESTS = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "drift-tests"


@dataclass(frozen=True, slots=True)
class _Heard:
    name: str
    bpm: float
    confidence: float
    peer_bpm: float = 0.0

    @property
    def relation(self) -> str:
        return relation(self.bpm, self.peer_bpm, TOLERANCE)


def run(*, per_album: int = 1000) -> Result:
    """All the real music that there is, or so many of each soundtrack.

    The interpreter that ``DRIFT_BENCH_PEERS`` names may have librosa.
    """
    files = sorted(file for file in _TESTS.rglob("*") if file.suffix in {".ogg", ".mp3"})
    files += [file for found in albums().values() for file in found[:per_album]]
    ours = {file: heard for file in files if (heard := _hear(file))}
    peers = _peer(list(ours))
    both = [
        _Heard(one.name, one.bpm, one.confidence, peer)
        for one, peer in zip(ours.values(), peers or [0.0] * len(ours), strict=True)
    ]
    sure = [one for one in both if one.confidence >= SURE]
    figures = [
        Figure("tracks", len(both)),
        Figure(f"of confidence {SURE} or more", 100 * len(sure) / len(both), "%"),
    ]
    if peers:
        figures += [
            *_figures("sure ones: ", sure),
            *_figures("others: ", [one for one in both if one.confidence < SURE]),
            *_figures("all: ", both, 80),
        ]
    notes = [
        f"{one.name}: {one.bpm:.1f} (sure {one.confidence:.2f}), librosa {one.peer_bpm:.1f}, {one.relation}"
        for one in sorted(both, key=lambda one: -one.confidence)
        if peers and one.relation != "same"
    ]
    return Result(figures, "librosa", peers is not None, notes)


def _figures(which: str, tracks: list[_Heard], bound: float | None = None) -> list[Figure]:
    said = Counter(one.relation for one in tracks)
    count = max(len(tracks), 1)
    octaves = sum(said[name] for name in OCTAVES)
    same = 100 * said["same"] / count
    target = None if bound is None else at_least(bound)
    return [
        Figure(f"{which}same tempo as librosa", same, "%"),
        Figure(f"{which}same but for octaves", same + 100 * octaves / count, "%", target),
        *(
            Figure(f"{which}{name}", number, "tracks")
            for name, number in said.most_common()
            if name != "same"
        ),
    ]


def _hear(file: Path) -> _Heard | None:
    """What Drift says; None for what is too short or broken."""
    try:
        sound = sound_of(file)
    except UnplayableError:
        return None
    if sound.length_samples < _SHORTEST_SAMPLES:
        return None
    found = tempo.describe(sound)
    return _Heard(file.name, found["bpm"], found["tempo_confidence"])


def _peer(files: list[Path]) -> list[float] | None:
    """What librosa says, None: it is not installed."""
    done = subprocess.run(
        [peers_python(), Path(__file__).with_name("tempo_peer.py")],
        input="\n".join(map(str, files)),
        capture_output=True,
        text=True,
        check=False,
    )
    if "ModuleNotFoundError" in done.stderr:
        return None
    if done.returncode:
        raise SystemExit(f"tempo_peer.py failed: {done.stderr}")
    return [float(line) for line in done.stdout.split()]
