"""Files as the analysis hears them, and how two tempi are related."""

from __future__ import annotations

import tempfile
from pathlib import Path

from drift.library.analysis import Listener, Sound
from drift.library.probe import probe

_RATIOS = {
    "same": 1.0,
    "double": 2.0,
    "half": 1 / 2,
    "triple": 3.0,
    "third": 1 / 3,
    "three halves": 3 / 2,
    "two thirds": 2 / 3,
    "four thirds": 4 / 3,
    "three quarters": 3 / 4,
    "four times": 4.0,
    "quarter": 1 / 4,
}
OCTAVES = frozenset({"double", "half", "four times", "quarter"})


def sound_of(file: Path) -> Sound:
    """What the analysis keeps of a file.

    Raises:
        UnplayableError: It cannot be decoded.
    """
    listener = Listener()
    with tempfile.TemporaryDirectory() as folder:
        audio = probe(file, Path(folder), listener.push).audio
    return listener.finish(audio.cue_in_samples, audio.cue_out_samples)


def relation(bpm: float, true_bpm: float, tolerance: float) -> str:
    """Which multiple of the true tempo a tempo is, in words; "other" if it is none."""
    for name, ratio in _RATIOS.items():
        if true_bpm and abs(bpm / true_bpm / ratio - 1) <= tolerance:
            return name
    return "other"
