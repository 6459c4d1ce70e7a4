"""Edges: how a track begins and ends, for the transition into it and out of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from drift.library.analysis.sound import HOP, Sound
from drift.library.analysis.spectra import BIN_HZ, BINS, SEGMENT

VERSION = 1

COLD, FADE, RING = 0, 1, 2
"""The values of ``ending``."""

Values = npt.NDArray[np.float64]

_STEP_FRAMES = 4
_STEP = _STEP_FRAMES * HOP
_STEPS_PER_S = 48_000 / _STEP
"""Endings are looked at in steps of 43 ms."""

_LOOK_BACK_S = (60.0, 30.0, 15.0)
"""From how much of the end its usual level is taken: less, when it only seems to fall because it is quiet."""

_FALLEN_DB = 5.0
_EVENTS = 0.5
"""New sounds while it falls, against before: below, the last sound rings; above, the music goes on as it
fades."""

_SEGMENTS_PER_S = 48_000 / SEGMENT
_SMOOTH_S = 2.5
_FULL_S = 6.0


def describe(sound: Sound) -> dict[str, float]:
    """How the track begins and ends, between its cues.

    Returns:
        ``intro_samples``: from cue-in until the music is full, that is, as loud and as rich as it is for most
        of the track; at most half of it. ``outro_samples``: likewise, from where it is no longer full to
        cue-out; no less than ``ending_samples``.
        ``ending``: 0 cold (at full level until it stops), 1 fade (the music goes on while it is faded out,
        for 3 s or more), 2 ring (a last sound dies away).
        ``ending_samples``: how long it fades or rings, from 3 dB below the usual level to cue-out; 0 when
        cold.
    """
    intro, outro = _sparse_edges(sound)
    ending, seconds = _ending(sound)
    ending_samples = float(round(seconds * 48_000))
    return {
        "intro_samples": float(intro),
        "outro_samples": max(float(outro), ending_samples),
        "ending": float(ending),
        "ending_samples": ending_samples,
    }


class _Fall(NamedTuple):
    """How the level falls at the end. Seconds are before cue-out, from where it stays so many dB below."""

    usual_db: float
    begin_s: float
    fallen_s: float
    gradual: bool


def _ending(sound: Sound) -> tuple[int, float]:
    """The kind of ending, and its length in seconds."""
    bands = _steps(sound)
    level_db = 10 * np.log10(bands.sum(axis=1) + 1e-12)
    if level_db.size < _STEPS_PER_S or level_db.max() < -80:
        return COLD, 0.0
    left_db = np.maximum.accumulate(level_db[::-1])  # of step k from the end: the loudest from it on
    near = _usual_db(level_db, 8.0, percentile=90)
    if _below_s(left_db, near - 10) <= 0.6 and _below_s(left_db, near - 25) <= 1.2:
        return COLD, 0.0
    fall = next(
        (fall for seconds in _LOOK_BACK_S if (fall := _fall(left_db, _usual_db(level_db, seconds))).gradual),
        _fall(left_db, near),
    )
    if fall.fallen_s >= 2.0 and fall.begin_s >= 3.0 and _goes_on(bands, fall.fallen_s):
        return FADE, fall.begin_s
    return RING, fall.begin_s


def _steps(sound: Sound) -> Values:
    """Power in eight groups of bands, of each step between the cues, counted from cue-out: ``(steps, 8)``."""
    last = min(-(-sound.cue_out_samples // HOP), sound.bands.power.shape[0])
    power = sound.bands.power[sound.cue_in_samples // HOP : last]
    power = power[power.shape[0] % _STEP_FRAMES :][-round(90 * _STEPS_PER_S) * _STEP_FRAMES :]
    grouped = power.reshape(-1, _STEP_FRAMES, 8, power.shape[1] // 8)
    return np.asarray(grouped.sum(axis=(1, 3), dtype=np.float64))


def _usual_db(level_db: Values, seconds: float, percentile: int = 60) -> float:
    """The level of the loud sounds of the last so many seconds."""
    part = level_db[-round(seconds * _STEPS_PER_S) :]
    width = round(_STEPS_PER_S)
    whole = part[part.size % width :] if part.size > width else part
    return float(np.percentile(whole.reshape(-1, min(width, whole.size)).max(axis=1), percentile))


def _below_s(left_db: Values, bound_db: float) -> float:
    """For how long before the end the level is below ``bound_db`` for good."""
    return float(np.searchsorted(left_db, bound_db)) / _STEPS_PER_S


def _fall(left_db: Values, usual_db: float) -> _Fall:
    begin, fallen = _below_s(left_db, usual_db - 3), _below_s(left_db, usual_db - _FALLEN_DB)
    steps = fallen * _STEPS_PER_S
    early, late = (left_db[min(int(steps * part), left_db.size - 1)] for part in (0.75, 0.25))
    return _Fall(usual_db, begin, fallen, bool(early - late >= 5))


def _goes_on(bands: Values, fallen_s: float) -> bool:
    """Whether new sounds set in during the fall about as they did before it.

    In each group of bands (but for what is 35 dB below the loudest), the rise in dB over 85 ms says how much
    sets in: a sound that dies away hardly rises anywhere, whereas music that is faded goes on rising and
    falling. Without anything that sets in before (a drone), a long fall is taken for a fade.
    """
    db = 10 * np.log10(bands + 1e-12)
    db = np.maximum(db, db.max(axis=1, keepdims=True) - 35)
    rise = np.maximum(db[2:] - db[:-2], 0).mean(axis=1)
    end = rise.size - round(0.35 * _STEPS_PER_S)  # the last steps are in the coder's noise
    begin = max(0, round(rise.size - (fallen_s - 0.4) * _STEPS_PER_S))
    before = rise[max(0, begin - round(20 * _STEPS_PER_S)) : begin]
    usual = float(before.mean()) if before.size else 0.0
    if usual < 0.3 or end - begin < _STEPS_PER_S / 2:
        return fallen_s > 6
    return float(rise[begin:end].mean()) > _EVENTS * usual


def _sparse_edges(sound: Sound) -> tuple[int, int]:
    """Samples before the music is full, and after it is."""
    full = _full(sound)
    half = (sound.cue_out_samples - sound.cue_in_samples) // 2
    if not full.any():
        return 0, 0
    need = min(round(_FULL_S * _SEGMENTS_PER_S), full.size)
    passed = np.concatenate(([0], np.cumsum(full)))
    mostly = passed[need:] - passed[:-need] >= 0.75 * need
    starts, ends = np.flatnonzero(mostly & full[: mostly.size]), np.flatnonzero(mostly & full[need - 1 :])
    if not starts.size or not ends.size:
        return 0, 0
    first, last = int(starts[0]), int(ends[-1]) + need
    intro = first * SEGMENT if first > 1 else 0
    outro = (full.size - last) * SEGMENT if full.size - last > 1 else 0
    return min(intro, half), min(outro, half)


def _full(sound: Sound) -> npt.NDArray[np.bool_]:
    """Whether the music is full, of each segment between the cues.

    Around it, for 2.5 s, the level must be no more than 5 dB below its median, and so must the power in four
    fifths of the half octaves from 60 Hz on; those count that are no more than 55 dB below the loudest.
    """
    first = sound.cue_in_samples // SEGMENT
    last = min(-(-sound.cue_out_samples // SEGMENT), sound.spectra.level.size)
    if last <= first or sound.spectra.level[first:last].max() < 1e-8:
        return np.zeros(0, bool)
    edges = np.unique(np.rint(60 * 2 ** np.arange(0, 8.25, 0.5) / BIN_HZ).astype(int).clip(1, BINS - 1))
    bands = np.add.reduceat(sound.spectra.power[first:last], edges, axis=1)[:, :-1]
    power = np.column_stack((sound.spectra.level[first:last].astype(np.float64), bands))
    width = min(round(_SMOOTH_S * _SEGMENTS_PER_S), power.shape[0])
    summed = np.concatenate((np.zeros((1, power.shape[1])), np.cumsum(power, axis=0)))
    ends = np.minimum(np.arange(power.shape[0]) + (width + 1) // 2, power.shape[0])
    begins = np.maximum(np.arange(power.shape[0]) - width // 2, 0)
    smooth = np.maximum(summed[ends] - summed[begins], 0) / (ends - begins)[:, None]
    median = np.median(smooth, axis=0)
    there = smooth >= median * 10**-0.5
    audible = median[1:] >= median[1:].max() * 10**-5.5
    return np.asarray(there[:, 0] & (there[:, 1:][:, audible].mean(axis=1) >= 0.8))
