"""The engine on one thread, in multiples of real time: a mix with a crossfade every half minute."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.figures import Figure, Result
from drift.library import demo
from drift.library.probe import probe
from mixer import DriftAudioMixer, Source
from mixer.clock import QUANTUM, QUANTUM_S
from mixer.codecs import CODECS

QUANTA = 1000


def run() -> Result:
    """Real-time factors: rendering alone, and with each encoder."""
    with tempfile.TemporaryDirectory() as folder:
        sources = [_source(demo.write(track, Path(folder)), Path(folder)) for track in demo.TRACKS[:4]]
        factor = _factor(sources, lambda mixer, at: mixer.block(at * QUANTUM, 4 * QUANTUM))
        figures = [Figure("render", factor, "x real time")]
        for name, codec in CODECS.items():
            factor = _factor(
                sources,
                lambda mixer, at, codec=codec: mixer.packets(codec, at, 4),  # type: ignore[misc]
            )
            figures.append(Figure(f"render and encode {name}", factor, "x real time"))
    return Result(figures)


def _source(path: Path, folder: Path) -> Source:
    audio = probe(path, folder / "art").audio
    begin = audio.cue_in_samples
    end = min(audio.cue_out_samples, begin + 30 * 48_000)
    return Source(path.name, path, begin, end, audio.loudness_lufs, audio.true_peak_dbtp)


def _factor(sources: list[Source], produce: Callable[[DriftAudioMixer, int], object]) -> float:
    mixer = DriftAudioMixer(itertools.cycle(sources).__next__)
    begin = time.process_time()
    for at in range(0, QUANTA, 4):
        mixer.plan((at + 30) * QUANTUM)
        produce(mixer, at)
    spent = time.process_time() - begin
    mixer.rest()
    return QUANTA * QUANTUM_S / spent
