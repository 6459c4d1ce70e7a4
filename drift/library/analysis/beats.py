"""Where a track's beats are.

The tempo may drift: a path through the tempogram says how fast the music is at each time. Beats are then
the best-scoring chain of strong onsets about that far apart (D. P. W. Ellis, "Beat tracking by dynamic
programming", J. New Music Research 2007). Last, each is moved to where its sound begins, and a straight line
through its neighbours takes out what is left of the error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drift.library.analysis.bands import FRAMES_PER_S
from drift.library.analysis.metre import FASTEST_BPM, SLOWEST_BPM
from drift.library.analysis.onset_envelope import Envelope
from drift.library.analysis.tempogram import STEP, WINDOW, Tempogram

Doubles = npt.NDArray[np.float64]

_RANGE = 2**0.55
"""How far the tempo of a moment may be from the track's: half an octave either way, and a bit."""

_LAGS = (60 * FRAMES_PER_S / FASTEST_BPM, 60 * FRAMES_PER_S / SLOWEST_BPM)
_PATH_STEPS = 67
_CHANGE = 60.0
"""Cost of a tempo that changes by a factor e from one window to the next."""

_KICK = 1.5
"""Kicks count this much more than other onsets."""

_TIGHT = 300.0
"""Cost of a beat that is a factor e off, in standard deviations of the envelope (Ellis: 100-400)."""

_REACH_FRAMES = 3
"""An onset this far from a beat is its own: 32 ms."""

_EARLY_FRAMES = 0.55
"""5.9 ms: measured with bursts of noise and tones that die away within 0.5 to 150 ms."""

_NEIGHBOURS = 8
"""Beats on either side through which a line is laid."""


@dataclass(frozen=True, slots=True)
class Beats:
    """The beats of a track; arrays of equal length, float64.

    Attributes:
        samples: where they are, ascending.
        weight: how strong the onset at each is; 0 where there is none.
        raw_samples: where the onset of each is, before neighbours are heard.
    """

    samples: Doubles
    weight: Doubles
    raw_samples: Doubles


NONE = Beats(np.zeros(0), np.zeros(0), np.zeros(0))


def track(onsets: Envelope, heard: Tempogram, bpm: float) -> Beats:
    """The beats of a track whose tempo is about ``bpm``; at most ``NONE`` when there are fewer than two."""
    frames = _chain(onsets.whole + _KICK * onsets.kick, _periods(heard, bpm, len(onsets)))
    if frames.size < 2:
        return NONE
    place, weight = _begin(onsets, frames)
    raw = onsets.samples(place)
    return Beats(straightened(raw, weight), weight, raw)


def _periods(heard: Tempogram, bpm: float, frames: int) -> Doubles:
    """Frames from beat to beat at each frame: the smoothest path through the local tempogram."""
    period = 60 * FRAMES_PER_S / bpm
    ratios = np.geomspace(1 / _RANGE, _RANGE, _PATH_STEPS)
    lags = (period * ratios).clip(*_LAGS)
    score = sum(_at(heard.local, lags * beats) for beats in (1, 2, 3) if lags[-1] * beats < WINDOW - 1)
    score = np.asarray(score) - np.log(ratios) ** 2
    log = np.log(ratios)
    cost = _CHANGE * np.abs(log[:, None] - log[None, :])
    best = score[0]
    back = np.zeros(score.shape, np.intp)
    for window in range(1, score.shape[0]):
        reached = best[None, :] - cost
        back[window] = reached.argmax(axis=1)
        best = reached.max(axis=1) + score[window]
    path = np.zeros(score.shape[0], np.intp)
    path[-1] = best.argmax()
    for window in range(score.shape[0] - 1, 0, -1):
        path[window - 1] = back[window, path[window]]
    middles = WINDOW / 2 + STEP * np.arange(path.size)
    return np.asarray(np.interp(np.arange(frames), middles, lags[path]))


def _at(rows: npt.NDArray[np.float32], columns: Doubles) -> Doubles:
    """Rows at fractional columns, by linear interpolation."""
    whole = columns.astype(np.intp)
    part = columns - whole
    return np.asarray(rows[:, whole] * (1 - part) + rows[:, whole + 1] * part)


def _chain(strength: npt.NDArray[np.float32], periods: Doubles) -> Doubles:
    """Frames of the best chain of beats, ascending.

    Each step looks back at least three quarters of a beat, so as many frames are worked on at once.
    """
    deviation = float(strength.std())
    if deviation == 0 or strength.size < 2 * periods.max():
        return np.zeros(0)
    local = strength.astype(np.float64) / deviation
    longest = int(periods.max() * 4 / 3) + 1
    score = np.concatenate((np.zeros(longest), local))
    before = np.full(local.size, -1)
    begin = 0
    while begin < local.size:
        period = periods[begin]
        shortest = max(1, int(period * 3 / 4))
        end = min(begin + shortest, local.size)
        lags = np.arange(shortest, min(longest, int(period * 4 / 3) + 1) + 1)
        lags = lags[lags <= longest]
        places = np.arange(begin, end)[:, None] - lags
        reached = score[places + longest] - _TIGHT * np.log(lags / period) ** 2
        best = reached.argmax(axis=1)
        gain = reached[np.arange(end - begin), best]
        score[longest + begin : longest + end] += np.maximum(gain, 0)
        before[begin:end] = np.where(gain > 0, np.arange(begin, end) - lags[best], -1)
        begin = end
    return _followed(score[longest:], before, int(periods[-1] * 4 / 3))


def _followed(score: Doubles, before: npt.NDArray[np.intp], tail: int) -> Doubles:
    """The chain that ends best within the last ``tail`` frames."""
    frame = score.size - tail + int(score[-tail:].argmax())
    chain = []
    while frame >= 0:
        chain.append(frame)
        frame = int(before[frame])
    return np.array(chain[::-1], np.float64)


def _begin(onsets: Envelope, frames: Doubles) -> tuple[Doubles, Doubles]:
    """Where the sound at each beat begins, in frames, and how strongly.

    Frames overlap by half and a Hann window's halves add up, so an onset between two frames moves the centre
    of gravity of the growth exactly as far. It is at the onset when the sound stays; when the sound is gone
    at once it is early by ``_EARLY_FRAMES``, and in proportion between.
    """
    reach = np.arange(-_REACH_FRAMES, _REACH_FRAMES + 1)
    places = frames.astype(np.intp)[:, None] + reach + _REACH_FRAMES
    near = np.pad(onsets.begin, _REACH_FRAMES).astype(np.float64)[places]
    peak = near.argmax(axis=1).clip(1, reach.size - 2)
    around = np.take_along_axis(near, peak[:, None] + np.array([-1, 0, 1]), axis=1)
    around = np.maximum(around - 0.1 * around.max(axis=1, keepdims=True), 0)
    weight = around.sum(axis=1)
    shift = (around * np.array([-1, 0, 1])).sum(axis=1) / np.maximum(weight, 1e-12)
    begin = frames + reach[peak] + shift
    return begin + _EARLY_FRAMES * _gone(onsets, np.rint(begin).astype(np.intp)), weight


def _gone(onsets: Envelope, frames: npt.NDArray[np.intp]) -> Doubles:
    """How much of what each onset brought is gone a frame after its height, 0..1."""
    padded = np.pad(onsets.level, 4, mode="edge").astype(np.float64)
    places = frames.clip(0, len(onsets) - 1) + 4
    after = padded[places[:, None] + np.arange(-1, 3)]
    top, height = after.argmax(axis=1), after.max(axis=1)
    floor = padded[places[:, None] + np.arange(-3, 1)].min(axis=1)
    left = padded[places + top]
    return np.asarray(((height - left) / np.maximum(height - floor, 1e-9)).clip(0, 1))


def straightened(raw: Doubles, weight: Doubles) -> Doubles:
    """Beats on straight lines through their neighbours; those far from the line count less, and again."""
    weight = np.minimum(weight, 3 * np.median(weight)) + 1e-6 * (weight.max() + 1e-9)
    numbers = np.arange(raw.size, dtype=np.float64)
    window = np.ones(2 * _NEIGHBOURS + 1)
    trust = weight.copy()
    line = raw
    for _ in range(3):
        total, first, second, value, product = (
            np.convolve(np.pad(part, _NEIGHBOURS), window, "valid")
            for part in (trust, trust * numbers, trust * numbers**2, trust * raw, trust * numbers * raw)
        )
        spread = total * second - first**2
        slope = (total * product - first * value) / np.where(spread > 1e-9 * second * total, spread, np.inf)
        line = (value - slope * first) / total + slope * numbers
        trust = weight / (1 + ((raw - line) / 480) ** 2)
    return line
