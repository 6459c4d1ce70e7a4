"""How fast a track is, how sure that is, and where its beats are at its beginning and its end.

Signal path: onset envelope -> tempogram -> metre (which period is the beat) -> beats -> straight lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drift.library.analysis import beats as tracking
from drift.library.analysis import metre
from drift.library.analysis.onset_envelope import Envelope, envelope
from drift.library.analysis.sound import HOP, RATE_HZ, Sound
from drift.library.analysis.tempogram import Tempogram, tempogram

VERSION = 1

Doubles = npt.NDArray[np.float64]

_SECTIONS_SAMPLES = (30 * RATE_HZ, 12 * RATE_HZ)
"""How much of a track's beginning and end a grid is for; the less, if the tempo changes over the more."""

_LEAST_BEATS = 8
_LEAST_FLUX = 0.007
"""Less growth than that is no onset: a chord of steady tones has 0.005 (they beat against each other), quiet
music 0.016 and up."""

_STRAY_SAMPLES = 480
"""10 ms: beats that far from a line count half in laying it."""

_ON_LINE_SAMPLES = 720
"""15 ms: a beat this near is on it."""

_STEADY = 0.75
"""A track of which this part of the beats is on one line has one tempo."""

_CLEAR = 0.5
"""A section of which this part is on a line has a beat grid."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Evenly spaced beats: beat ``k`` is at ``beat_samples + k * period_samples``; none: period 0."""

    beat_samples: float
    period_samples: float


@dataclass(frozen=True, slots=True)
class Clarity:
    """What confidence is computed from.

    Attributes:
        repeats: correlation of the onsets with themselves a beat later, at most 1.
        even: which part of the beats' onsets is within 10 ms of the line through its neighbours, 0..1.
        contrast: onset strength on beats, as a multiple of its mean.
    """

    repeats: float
    even: float
    contrast: float

    @property
    def confidence(self) -> float:
        """0..1: whether the beats can be relied upon.

        A logistic function with its middle between what has no beats and what has: white and pink noise,
        clicks at random, slow chords and syllables stay below 0.2; click tracks, the demo library and drums
        played 10 ms unevenly get above 0.9.
        """
        odds = 12 * (self.even - 0.65) + 3 * np.log(max(self.contrast, 0.1) / 3.2) + 3 * (self.repeats - 0.35)
        return float(1 / (1 + np.exp(-odds)))


@dataclass(frozen=True, slots=True)
class _Rhythm:
    bpm: float
    confidence: float
    beats: tracking.Beats
    first: Grid
    last: Grid


NO_GRID = Grid(0.0, 0.0)
_NONE = _Rhythm(0.0, 0.0, tracking.NONE, NO_GRID, NO_GRID)


def describe(sound: Sound) -> dict[str, float]:
    """Tempo and beat grids.

    Returns:
        ``bpm``: about 50 to 222, 0 if there is no telling.
        ``tempo_confidence``: 0 to 1; 0.5 is the middle between music with and without a beat, see
        :class:`Clarity`.
        ``first_beat_samples``, ``first_period_samples``: the grid of the first 30 s of music, or 12 s if the
        tempo drifts, from its first beat on.
        ``last_beat_samples``, ``last_period_samples``: that of the last ones, from its last beat back.
        Period 0: there is no even beat. Positions are in the sound's samples, silence before the music
        included.
    """
    return described(sound)[0]


def described(sound: Sound) -> tuple[dict[str, float], Doubles]:
    """What :func:`describe` and :func:`beats` give, from one look."""
    rhythm = _rhythm(sound)
    values = {
        "bpm": rhythm.bpm,
        "tempo_confidence": rhythm.confidence,
        "first_beat_samples": rhythm.first.beat_samples,
        "first_period_samples": rhythm.first.period_samples,
        "last_beat_samples": rhythm.last.beat_samples,
        "last_period_samples": rhythm.last.period_samples,
    }
    return values, rhythm.beats.samples


def beats(sound: Sound) -> Doubles:
    """Beats in samples at 48 kHz, ascending, float64, between the cues; none when there is no tempo."""
    return described(sound)[1]


def _rhythm(sound: Sound) -> _Rhythm:
    onsets = envelope(sound)
    if len(onsets) == 0 or onsets.flux.mean() < _LEAST_FLUX:
        return _NONE
    heard = tempogram(onsets)
    found = tracking.track(onsets, heard, metre.beat_bpm(heard))
    found = _between(found, sound.cue_in_samples, sound.cue_out_samples)
    if found.samples.size < _LEAST_BEATS:
        return _NONE
    whole, steady = _line(found)
    period = whole.period_samples if steady >= _STEADY else float(np.median(np.diff(found.samples)))
    first, last = _sections(found, whole if steady >= _STEADY else NO_GRID)
    return _Rhythm(
        60 * RATE_HZ / period,
        _clarity(onsets, heard, found).confidence,
        found,
        _from(first, sound.cue_in_samples),
        _until(last, sound.cue_out_samples),
    )


def _between(found: tracking.Beats, begin: int, end: int) -> tracking.Beats:
    kept = (found.samples >= begin - _ON_LINE_SAMPLES) & (found.samples < end)
    return tracking.Beats(found.samples[kept], found.weight[kept], found.raw_samples[kept])


def _line(found: tracking.Beats) -> tuple[Grid, float]:
    """The straight line through beats, and which part of them is on it, by weight.

    Least squares, with less and less trust in beats that are far from the line.
    """
    numbers = np.arange(found.samples.size, dtype=np.float64)
    weight = np.minimum(found.weight, 3 * np.median(found.weight)) + 1e-9
    slope, place = np.polyfit(numbers, found.samples, 1)
    for stray in np.geomspace(slope / 8, _STRAY_SAMPLES, 6):
        away = found.raw_samples - (place + slope * numbers)
        slope, place = np.polyfit(
            numbers, found.raw_samples, 1, w=np.sqrt(weight / (1 + (away / stray) ** 2))
        )
    away = found.raw_samples - (place + slope * numbers)
    on_line = float(weight[np.abs(away) < _ON_LINE_SAMPLES].sum() / weight.sum())
    return Grid(float(place), float(slope)), on_line


def _sections(found: tracking.Beats, whole: Grid) -> tuple[Grid, Grid]:
    """The grids of the beginning and the end: the whole track's if it has one tempo, or their own."""
    if _is_there(whole):
        return whole, whole
    after, before = found.samples - found.samples[0], found.samples[-1] - found.samples
    heads = (_own(found, after < length) for length in _SECTIONS_SAMPLES)
    tails = (_own(found, before < length) for length in _SECTIONS_SAMPLES)
    return next(filter(_is_there, heads), NO_GRID), next(filter(_is_there, tails), NO_GRID)


def _is_there(grid: Grid) -> bool:
    return grid.period_samples > 0


def _own(found: tracking.Beats, part: npt.NDArray[np.bool_]) -> Grid:
    if np.count_nonzero(part) < _LEAST_BEATS:
        return NO_GRID
    grid, clear = _line(tracking.Beats(found.samples[part], found.weight[part], found.raw_samples[part]))
    return grid if clear >= _CLEAR else NO_GRID


def _from(grid: Grid, begin: int) -> Grid:
    """The same grid, named by its first beat after ``begin``."""
    if not _is_there(grid):
        return grid
    number = np.ceil((begin - _ON_LINE_SAMPLES - grid.beat_samples) / grid.period_samples)
    return Grid(float(grid.beat_samples + number * grid.period_samples), grid.period_samples)


def _until(grid: Grid, end: int) -> Grid:
    """The same grid, named by its last beat before ``end``."""
    if not _is_there(grid):
        return grid
    number = np.floor((end - 1 - grid.beat_samples) / grid.period_samples)
    return Grid(float(grid.beat_samples + number * grid.period_samples), grid.period_samples)


def _clarity(onsets: Envelope, heard: Tempogram, found: tracking.Beats) -> Clarity:
    """How clear beats are."""
    period = float(np.median(np.diff(found.samples))) / HOP
    usual = float(onsets.begin.mean())
    weight = np.minimum(found.weight, 3 * np.median(found.weight)) + 3 * usual + 1e-9
    near = (np.abs(found.raw_samples - found.samples) < _STRAY_SAMPLES) & (found.weight > 3 * usual)
    at = np.interp(onsets.frames(found.samples), np.arange(len(onsets)), onsets.whole)
    return Clarity(
        repeats=float(heard.repeats(np.array([period]))[0]),
        even=float(weight[near].sum() / weight.sum()),
        contrast=float(at.mean()) / max(float(onsets.whole.mean()), 1e-9),
    )
