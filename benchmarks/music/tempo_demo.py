"""Tempo and beats of the demo library, whose truth is known to the sample."""

from __future__ import annotations

import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.figures import Figure, Result, at_least, at_most
from benchmarks.harness.music import cache
from benchmarks.music.sounds import OCTAVES, relation, sound_of
from drift.library import demo
from drift.library.analysis import onsets, pulse, tempo

TOLERANCE = 0.02
Doubles = npt.NDArray[np.floating]
_RATE = 48_000
_GRID_S = 30


@dataclass(frozen=True, slots=True)
class _Found:
    track: demo.DemoTrack
    values: dict[str, float]
    beats_ms: list[float]
    first_ms: float
    last_ms: float
    cpu_s: dict[str, float]


def run(*, tracks: int = len(demo.TRACKS)) -> Result:
    """All of it, or the first tracks; files are made once and kept in the cache."""
    folder = cache() / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    demo.adopt(folder)
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        list(workers.map(demo.write, demo.TRACKS[:tracks], [folder] * tracks))
    found = [_hear(track) for track in demo.TRACKS[:tracks]]
    off = [abs(one.values["bpm"] / one.track.bpm - 1) for one in found]
    said = Counter(relation(one.values["bpm"], one.track.bpm, TOLERANCE) for one in found)
    near = np.abs(np.concatenate([one.beats_ms for one in found]))
    grids = np.abs([[one.first_ms, one.last_ms] for one in found])
    length_s = sum(one.track.duration_s for one in found)
    cpu = {
        name: sum(one.cpu_s[name] for one in found) * 1e3 / length_s for name in ("tempo", "onsets", "pulse")
    }
    figures = [
        Figure("tempo within 2 %", 100 * said["same"] / len(found), "%", at_least(95)),
        Figure("octave errors", sum(said[name] for name in OCTAVES), "tracks"),
        Figure("other errors", len(found) - sum(said[name] for name in {"same", *OCTAVES}), "tracks"),
        Figure("tempo is off by, median", 100 * float(np.median(off)), "%"),
        Figure("tempo is off by, worst", 100 * max(off), "%", at_most(0.1)),
        Figure("beats are off by, median", float(np.median(near)), "ms"),
        Figure("beats within 5 ms", 100 * float(np.mean(near < 5)), "%", at_least(90)),
        Figure("beats within 10 ms", 100 * float(np.mean(near < 10)), "%"),
        Figure("grids of first and last 30 s are off by, median", float(np.median(grids)), "ms"),
        Figure("grids of first and last 30 s are off by, worst", float(grids.max()), "ms", at_most(5)),
        Figure("lowest confidence", min(one.values["tempo_confidence"] for one in found), "", at_least(0.5)),
        *(Figure(f"{name}.describe", ms, "ms/s") for name, ms in cpu.items()),
        Figure("all of rhythm, of one core", sum(cpu.values()), "ms/s", at_most(1)),
    ]
    notes = [
        f"{one.track.style} {one.track.bpm:g} BPM: heard {one.values['bpm']:.2f}"
        for one, wrong in zip(found, off, strict=True)
        if wrong > TOLERANCE
    ]
    return Result(figures, notes=notes)


def _hear(track: demo.DemoTrack) -> _Found:
    sound = sound_of(cache() / "demo" / track.file_name)
    values: dict[str, float] = {}
    cpu_s = {}
    for family in (tempo, onsets, pulse):
        begin = time.process_time()
        values |= family.describe(sound)
        cpu_s[family.__name__.rpartition(".")[2]] = time.process_time() - begin
    period = 60 / track.bpm * _RATE
    count = np.arange(int(_GRID_S * track.bpm / 60))
    first = values["first_beat_samples"] + count * values["first_period_samples"]
    last = values["last_beat_samples"] - count * values["last_period_samples"]
    return _Found(
        track,
        values,
        _off_ms(tempo.beats(sound), period).tolist(),
        float(np.abs(_off_ms(first, period)).max()),
        float(np.abs(_off_ms(last, period)).max()),
        cpu_s,
    )


def _off_ms(places: Doubles, period: float) -> Doubles:
    """How far places are from the true beats; beat ``k`` is at ``k * period``."""
    return ((places + period / 2) % period - period / 2) / _RATE * 1e3
