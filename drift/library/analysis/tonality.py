"""Tonality: key, mode, and how clear they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from drift.library.analysis import tuning
from drift.library.analysis.pitches import FRAMES_PER_S, chroma
from drift.library.analysis.sound import Sound
from drift.library.analysis.stft import Floats

VERSION = 1

_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
"""C. L. Krumhansl and E. J. Kessler, "Tracing the dynamic changes in perceived tonal organization in a
spatial representation of musical keys", Psychological Review 89(4), 1982."""

_SEGMENT_S = 20.0
_FAINT = 0.05
"""Frames with less of all pitch classes together, as a share of the track's most, count for less: silence."""

_FLAT = 0.3
"""Deviation of pitch classes, as a share of their mean, from which on they say something: noise has about
0.05 to 0.1."""


def describe(sound: Sound) -> dict[str, float]:
    """The key.

    The pitch classes of each segment of some twenty seconds are correlated with the profiles of all 24 keys
    (Krumhansl and Schmuckler, in: C. L. Krumhansl, "Cognitive Foundations of Musical Pitch", 1990). The key
    with the highest median over the segments wins, so that a break or a bridge in another key does not
    decide.

    Returns:
        ``key``: the tonic's pitch class, 0 (C) to 11 (B). ``mode``: 1 major, 0 minor. ``key_clarity``: the
        median correlation with that key, 0 (no pitches, noise, all keys alike) to 1.
    """
    cents, _ = tuning.grid(sound.pitches)
    segments = _segments(chroma(sound.pitches, cents))
    if not segments.shape[0]:
        return {"key": 0.0, "mode": 1.0, "key_clarity": 0.0}
    match = np.median(segments @ _profiles().T, axis=0)
    best = int(match.argmax())
    return {
        "key": float(best % 12),
        "mode": float(best < 12),
        "key_clarity": float(np.clip(match[best], 0, 1)),
    }


def _segments(classes: Floats) -> npt.NDArray[np.float64]:
    """Pitch classes of each segment that is not faint: ``(segments, 12)``, of mean 0 and norm 1 or less.

    Frames count alike whatever their level. A flat distribution keeps a small norm, because what it deviates
    by is chance.
    """
    total = classes.sum(axis=1, dtype=np.float64)
    most = total.max(initial=0.0)
    if most < 1e-6:
        return np.zeros((0, 12))
    even = classes / np.maximum(total, _FAINT * most)[:, None]
    count = max(1, round(even.shape[0] / (_SEGMENT_S * FRAMES_PER_S)))
    share = np.array([part.mean(axis=0) for part in np.array_split(even, count)]) * 12
    heard = share.mean(axis=1)
    share = share[heard > 0.5 * heard.max()]
    away = share - share.mean(axis=1, keepdims=True)
    return np.asarray(away / np.sqrt((away**2).sum(axis=1, keepdims=True) + 12 * _FLAT**2))


def _profiles() -> npt.NDArray[np.float64]:
    """C major to B major, C minor to B minor, each of mean 0 and norm 1: ``(24, 12)``."""
    profiles = np.array([np.roll(mode, tonic) for mode in (_MAJOR, _MINOR) for tonic in range(12)])
    profiles -= profiles.mean(axis=1, keepdims=True)
    return np.asarray(profiles / np.linalg.norm(profiles, axis=1, keepdims=True))
