"""Hears files as a scan or a peer does: what that took, as JSON on standard output.

A program of its own, so that memory is that of one worker, and for an interpreter that has the peers.

    python benchmarks/music/hearing.py drift|bliss|librosa FILE ...
    python benchmarks/music/hearing.py hours FILE NUMBER
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path


def _drift() -> Callable[[str], object]:
    from drift.library.analysis import FAMILIES  # noqa: PLC0415 - the peers' interpreter does not have it
    from drift.library.worker import Errand, look  # noqa: PLC0415

    art = Path(tempfile.gettempdir()) / "drift-bench-art"
    return lambda file: look(Errand(Path(file), tuple(FAMILIES)), art)


def _bliss() -> Callable[[str], object]:
    song = import_module("bliss_audio").Song
    return lambda file: song(file).analysis


def _librosa() -> Callable[[str], object]:
    librosa = import_module("librosa")

    def mfcc(file: str) -> object:
        signal, rate = librosa.load(file)
        return librosa.feature.mfcc(y=signal, sr=rate)

    return mfcc


def _hours(file: str, hours: float) -> None:
    """The first minute of a file, over and over, for so long, as if it were one."""
    from drift.library.analysis import FAMILIES, Listener, analyse  # noqa: PLC0415
    from drift.library.decode import BLOCK_SAMPLES, RATE_HZ  # noqa: PLC0415
    from drift.library.probe import listen  # noqa: PLC0415

    blocks: list[object] = []
    listen(Path(file), lambda block: blocks.append(block) if len(blocks) < 120 else None)
    listener = Listener()
    count = round(hours * 3_600 * RATE_HZ / BLOCK_SAMPLES)
    for number in range(count):
        listener.push(blocks[number % len(blocks)])  # type: ignore[arg-type]
    analyse(listener.finish(0, count * BLOCK_SAMPLES), FAMILIES)


def _peak_mb() -> float:
    """Of this program; ``ru_maxrss`` would count the one that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1_000


def main(arguments: Sequence[str]) -> None:
    which, *rest = arguments
    cpu_s = 0.0
    if which == "hours":
        _hours(rest[0], float(rest[1]))
    else:
        hear = {"drift": _drift, "bliss": _bliss, "librosa": _librosa}[which]()
        if len(rest) > 1:  # compiling and loading is not what is measured
            hear(rest[0])
        begin = time.process_time()
        for file in rest:
            hear(file)
        cpu_s = time.process_time() - begin
    os.write(1, json.dumps({"cpu_s": cpu_s, "peak_mb": _peak_mb()}).encode())


if __name__ == "__main__":
    main(sys.argv[1:])
