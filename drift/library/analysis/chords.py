"""Chords: how often they change, and how clear they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from drift.library.analysis import tuning
from drift.library.analysis.pitches import FRAMES_PER_S, chroma
from drift.library.analysis.sound import Sound
from drift.library.analysis.stft import Floats

VERSION = 1

_WINDOW_FRAMES = 3
"""0.51 s: about a beat."""

_FAINT = 0.05
"""Windows with less of all pitch classes together, as a share of the track's most, are silence."""

_FLAT = 0.4
"""Deviation of pitch classes, as a share of their mean, from which on they say something."""

_CHANGE_COST = 0.3
"""By how much a new chord must match better, summed over its windows, to be believed."""


def describe(sound: Sound) -> dict[str, float]:
    """How chords move.

    The pitch classes of each half second are correlated with the 24 major and minor triads (T. Fujishima,
    "Realtime chord recognition of musical sound", ICMC 1999). Chords are the path with the best sum of
    matches less a cost for each change (Viterbi; A. Sheh and D. Ellis, "Chord segmentation and recognition
    using EM-trained hidden Markov models", ISMIR 2003).

    Returns:
        ``chord_change_rate_hz``: changes per second of sound. ``chord_strength``: the mean over the windows
        of the best triad's match, less the mean of all others; 0 (noise) to 1 (a plain triad); 0.7 for single
        notes.
    """
    cents, _ = tuning.grid(sound.pitches)
    match = _matches(chroma(sound.pitches, cents))
    if not match.shape[0]:
        return {"chord_change_rate_hz": 0.0, "chord_strength": 0.0}
    best = match.max(axis=1)
    strength = best - (match.sum(axis=1) - best) / 23
    path = _path(match)
    seconds = match.shape[0] * _WINDOW_FRAMES / FRAMES_PER_S
    return {
        "chord_change_rate_hz": float(np.count_nonzero(np.diff(path)) / seconds),
        "chord_strength": float(np.clip(strength.mean(), 0, 1)),
    }


def _matches(classes: Floats) -> npt.NDArray[np.float64]:
    """How well each triad fits each window that is not silent, -1..1: ``(windows, 24)``."""
    starts = np.arange(0, classes.shape[0], _WINDOW_FRAMES)
    windows = np.add.reduceat(classes.astype(np.float64), starts) if starts.size else np.zeros((0, 12))
    total = windows.sum(axis=1)
    windows = windows[total > max(_FAINT * total.max(initial=0.0), 1e-6)]
    share = 12 * windows / windows.sum(axis=1, keepdims=True)
    away = share - 1
    away /= np.sqrt((away**2).sum(axis=1, keepdims=True) + 12 * _FLAT**2)
    return np.asarray(away @ _triads().T)


def _triads() -> npt.NDArray[np.float64]:
    """C to B major, C to B minor, each of mean 0 and norm 1: ``(24, 12)``."""
    triads = np.zeros((24, 12))
    for root in range(12):
        for mode, third in ((0, 4), (1, 3)):
            triads[12 * mode + root, [root, (root + third) % 12, (root + 7) % 12]] = 1
    triads -= 0.25
    return np.asarray(triads / np.linalg.norm(triads, axis=1, keepdims=True))


def _path(match: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """The chord of each window, ``(windows,)``."""
    score = match[0].copy()
    came_from = np.tile(np.arange(24), (match.shape[0], 1))
    for window in range(1, match.shape[0]):
        leader = int(score.argmax())
        change = score[leader] - _CHANGE_COST
        came_from[window, score < change] = leader
        score = np.maximum(score, change) + match[window]
    path = np.empty(match.shape[0], np.intp)
    path[-1] = score.argmax()
    for window in range(match.shape[0] - 1, 0, -1):
        path[window - 1] = came_from[window, path[window]]
    return path
