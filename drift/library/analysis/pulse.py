"""How danceable a track is: how clear its pulse is, and its kick's.

Pulse clarity as the highest autocorrelation of the onset envelope at a beat's distance: O. Lartillot, T.
Eerola, P. Toiviainen, J. Fornari, "Multi-feature modeling of pulse clarity", ISMIR 2008.
"""

from __future__ import annotations

import numpy as np

from drift.library.analysis.bands import FRAMES_PER_S
from drift.library.analysis.onset_envelope import envelope
from drift.library.analysis.onsets import picked
from drift.library.analysis.sound import Sound
from drift.library.analysis.stft import Floats
from drift.library.analysis.tempogram import repetition

VERSION = 1

_LAGS = slice(round(60 * FRAMES_PER_S / 222), round(60 * FRAMES_PER_S / 50) + 1)
_FEW_PER_S = 1.0
"""With this many onsets per second, 63 % of the clarity counts: nobody dances to a swell that comes back."""


def describe(sound: Sound) -> dict[str, float]:
    """``danceability``: 0 to 1. Noise and slow chords have about 0, click tracks nearly 1, house 0.8."""
    onsets = envelope(sound)
    if not onsets.whole.any():
        return {"danceability": 0.0}
    clear = np.sqrt(_clarity(onsets.whole) * _clarity(onsets.kick))
    per_s = picked(onsets).size * FRAMES_PER_S / len(onsets)
    return {"danceability": float(min(clear * (1 - np.exp(-per_s / _FEW_PER_S)), 1.0))}


def _clarity(flux: Floats) -> float:
    """The median over windows of how well onsets repeat at the best beat, 0..1."""
    return float(np.median(repetition(flux)[:, _LAGS].max(axis=1).clip(0, 1)))
