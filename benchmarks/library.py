"""Making the demo library, and scanning it."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, Result, at_most
from drift.library import demo
from drift.library.analysis import FAMILIES
from drift.library.worker import Errand, look
from mixer.pcm import SAMPLE_RATE


def run() -> Result:
    """Time to generate with two processes; scan speed on one core."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        begin = time.perf_counter()
        files = asyncio.run(_generate(directory))
        made_s = time.perf_counter() - begin
        begin = time.process_time()
        length_s = sum(_scan(file, directory / "art") for file in files[:8]) / SAMPLE_RATE
        factor = length_s / (time.process_time() - begin)
        size = sum(file.stat().st_size for file in files)
    return Result(
        [
            Figure(f"demo library of {len(files)} tracks", made_s, "s", at_most(30)),
            Figure("its size", size / 1e6, "MB"),
            Figure("scan on one core, analysis included", factor, "x real time"),
        ]
    )


def _scan(file: Path, art: Path) -> int:
    """Length in samples."""
    track = look(Errand(file, tuple(FAMILIES)), art).track
    assert track is not None
    return track.audio.length_samples


async def _generate(directory: Path) -> list[Path]:
    return [file async for file in demo.generate(directory, workers=2)]
