"""Key, chords' time, endings and loudness range of the demo library, against its truth and FFmpeg's meter."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler

from benchmarks.figures import Figure, Result, at_least, at_most
from benchmarks.harness.music import cache
from benchmarks.music.real import albums
from benchmarks.music.sounds import sound_of
from drift.library import demo
from drift.library.analysis import chords, dynamics, edges, spectrum, timbre, tonality, tuning
from drift.library.demo.theory import Key
from tests.unit.library.analysis.signals import ffmpeg_loudness_range

_FAMILIES = (tonality, tuning, chords, spectrum, dynamics, timbre, edges)
_ENDINGS = ("cold", "fade", "ring")
_FADE_OUT_S = 12.0
"""Of demo tracks that fade: so long, or 16 % of the track if that is less."""


@dataclass(frozen=True, slots=True)
class _Found:
    track: demo.DemoTrack
    values: dict[str, float]
    cpu_s: dict[str, float]

    @property
    def key(self) -> Key:
        return Key(int(self.values["key"]), minor=self.values["mode"] == 0)

    @property
    def exact(self) -> bool:
        return self.key == Key.parse(self.track.key)

    @property
    def relative(self) -> bool:
        true = Key.parse(self.track.key)
        other = Key((true.tonic + (3 if true.minor else 9)) % 12, minor=not true.minor)
        return self.key == other

    @property
    def ending(self) -> str:
        return _ENDINGS[int(self.values["ending"])]


def run(*, tracks: int = len(demo.TRACKS)) -> Result:
    """All of it, or the first tracks; files are made once and kept in the cache.

    Loudness ranges are also those of one real track per album, if Debian's archive can be reached.
    """
    folder = cache() / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    demo.adopt(folder)
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        files = list(workers.map(demo.write, demo.TRACKS[:tracks], [folder] * tracks))
    found = [_hear(track, file) for track, file in zip(demo.TRACKS, files, strict=False)]
    length_s = sum(one.track.duration_s for one in found)
    cpu = {name: sum(one.cpu_s[name] for one in found) * 1e3 / length_s for name in found[0].cpu_s}
    fades = [
        one.values["ending_samples"] / 48_000 / min(_FADE_OUT_S, 0.16 * one.track.duration_s)
        for one in found
        if one.track.ending == "fade"
    ]
    real = [file for files in albums().values() for file in files[:1]]
    off = {file.name: _range_off_lu(file) for file in [*files, *real]}
    worst = max(off, key=lambda name: abs(off[name]))
    figures = [
        Figure("key, exact", _percent([one.exact for one in found]), "%", at_least(90)),
        Figure(
            "key, exact or relative",
            _percent([one.exact or one.relative for one in found]),
            "%",
            at_least(97),
        ),
        Figure("lowest clarity", min(one.values["key_clarity"] for one in found)),
        Figure(
            "tuning is off by, worst",
            max(abs(one.values["tuning_cents"]) for one in found),
            "cents",
            at_most(5),
        ),
        Figure(
            "ending, right", _percent([one.ending == one.track.ending for one in found]), "%", at_least(95)
        ),
        *([Figure("fades found, of their length", 100 * float(np.mean(fades)), "%")] if fades else []),
        Figure("loudness range against FFmpeg, median", float(np.median(np.abs(list(off.values())))), "LU"),
        Figure("loudness range against FFmpeg, worst", abs(off[worst]), "LU", at_most(1)),
        *(Figure(f"{name}.describe", ms, "ms/s") for name, ms in cpu.items()),
        Figure("all of these families, of one core", sum(cpu.values()), "ms/s", at_most(0.3)),
    ]
    notes = [f"{one.track.title}: {one.track.key}, heard {one.key.name}" for one in found if not one.exact]
    notes += [
        f"{one.track.title}: {one.track.ending}, heard {one.ending}"
        for one in found
        if one.ending != one.track.ending
    ]
    notes.append(f"loudness range: {len(real)} of {len(off)} tracks are real music; worst: {worst}")
    return Result(figures, notes=notes)


def _percent(right: list[bool]) -> float:
    return 100 * sum(right) / len(right)


def _hear(track: demo.DemoTrack, file: Path) -> _Found:
    sound = sound_of(file)
    values: dict[str, float] = {}
    cpu_s = {}
    for family in _FAMILIES:
        begin = time.process_time()
        values |= family.describe(sound)
        cpu_s[family.__name__.rpartition(".")[2]] = time.process_time() - begin
    return _Found(track, values, cpu_s)


def _range_off_lu(file: Path) -> float:
    """Drift's loudness range less that of FFmpeg's ``ebur128``, to whose last report both listen."""
    return dynamics.loudness_range_lu(sound_of(file).spectra) - ffmpeg_loudness_range(_frames(file))


def _frames(file: Path) -> Iterator[av.AudioFrame]:
    resampler = AudioResampler("fltp", "stereo", 48_000, frame_size=4_800)
    with av.open(str(file)) as container:
        for decoded in container.decode(audio=0):
            yield from resampler.resample(decoded)
