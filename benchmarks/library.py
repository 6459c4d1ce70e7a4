"""Making the demo library, and scanning it."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from drift.library import demo
from drift.library.probe import probe

TARGET_S = 30


def run() -> dict[str, float]:
    """Seconds to generate with two processes (target: at most 30); scan speed on one core."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        begin = time.perf_counter()
        files = asyncio.run(_generate(directory))
        figures = {
            f"demo library of {len(files)} tracks, s (target {TARGET_S})": time.perf_counter() - begin,
            "its size, MB": sum(file.stat().st_size for file in files) / 1e6,
        }
        begin = time.process_time()
        length_s = sum(probe(file, directory / "art").audio.length_samples for file in files[:8]) / 48_000
        figures["scan on one core, x real time"] = length_s / (time.process_time() - begin)
    return figures


async def _generate(directory: Path) -> list[Path]:
    return [file async for file in demo.generate(directory, workers=2)]
