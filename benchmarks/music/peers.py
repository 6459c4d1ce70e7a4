"""What librosa and bliss-audio say of files: named on standard input, a JSON object each on standard output.

A program of its own, for an interpreter that has them: they need other versions of numpy than Drift.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import numpy as np


def _mfcc(file: str) -> list[float]:
    """Mean and standard deviation of 20 MFCCs, all settings as they come."""
    import librosa  # type: ignore[import-not-found]  # noqa: PLC0415 - perhaps not installed

    signal, rate = librosa.load(file)
    found = librosa.feature.mfcc(y=signal, sr=rate)
    return [*map(float, found.mean(axis=1)), *map(float, found.std(axis=1))]


def _bliss(file: str) -> list[float]:
    import bliss_audio  # type: ignore[import-not-found]  # noqa: PLC0415 - perhaps not installed

    return [*map(float, np.asarray(bliss_audio.Song(file).analysis))]


def main() -> None:
    peers: dict[str, Callable[[str], list[float]]] = {"MFCC (librosa)": _mfcc, "bliss-audio": _bliss}
    for line in sys.stdin:
        said = {}
        for name, ask in peers.items():
            try:
                said[name] = ask(line.strip())
            except ImportError:
                continue
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
