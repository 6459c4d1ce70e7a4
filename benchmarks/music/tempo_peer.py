"""The tempo of files by librosa's beat tracker: one number per file named on standard input.

A program of its own, for an interpreter that has it. It writes to standard output.
"""

from __future__ import annotations

import importlib
import sys
import warnings

import numpy as np


def main() -> None:
    librosa = importlib.import_module("librosa")  # perhaps not installed

    warnings.simplefilter("ignore")
    for line in sys.stdin:
        signal, rate = librosa.load(line.strip())
        tempo, _ = librosa.beat.beat_track(y=signal, sr=rate)
        print(float(np.atleast_1d(tempo)[0]), flush=True)


if __name__ == "__main__":
    main()
