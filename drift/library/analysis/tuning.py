"""Tuning: how far the music is off A = 440 Hz, and how much it agrees with itself."""

from __future__ import annotations

import numpy as np

from drift.library.analysis.pitches import Pitches
from drift.library.analysis.sound import Sound

VERSION = 1


def describe(sound: Sound) -> dict[str, float]:
    """How the music is tuned.

    Returns:
        ``tuning_cents``: what its semitones are above those of A = 440 Hz, -50 to 50; 0 when there are no
        pitches. ``tuning_purity``: 0 (noise, or every pitch equally likely) to 1 (all pitches on one grid of
        semitones).
    """
    cents, purity = grid(sound.pitches)
    return {"tuning_cents": cents, "tuning_purity": purity}


def grid(pitches: Pitches) -> tuple[float, float]:
    """The tuning in cents and its purity.

    The circular mean of the spectral peaks' distances from the semitones (N. I. Fisher, "Statistical Analysis
    of Circular Data", 1993) over all of the track: its angle is the tuning, its length the purity. Peaks
    count by their amplitude, frames by the root of theirs, so that a loud passage does not decide alone.
    """
    weight = 1 / np.sqrt(np.maximum(pitches.amplitude.astype(np.float64), 1e-12))
    total = float(weight @ pitches.amplitude)
    if total < 1e-6:
        return 0.0, 0.0
    mean = complex(weight @ pitches.detuning) / total
    return float(np.angle(mean)) * 50 / np.pi, min(abs(mean), 1.0)
