"""The spectrum's shape: how bright, how full, how noisy, how complex, how much bass and air."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from drift.library.analysis.sound import Sound
from drift.library.analysis.spectra import BIN_HZ, BINS, loud_power
from drift.library.analysis.stft import Floats

VERSION = 1

Values = npt.NDArray[np.float64]

_BASS_HZ = 120.0
_AIR_HZ = 8_000.0
_FAINTEST_DB = -80.0
_ROLLOFF_SHARE = 0.85

_HZ = (np.arange(1, BINS) * BIN_HZ).astype(np.float32)
"""Of all bins but that of the constant part, which is left out everywhere."""


def _edges(low_hz: float, high_hz: float, per_octave: int) -> npt.NDArray[np.intp]:
    """Where bands begin and the last one ends, as places in ``_HZ``; a band has one bin or more."""
    count = round(np.log2(high_hz / low_hz) * per_octave)
    bins = np.rint(low_hz * 2 ** (np.arange(count + 1) / per_octave) / BIN_HZ).astype(int)
    return np.unique(bins.clip(1, BINS - 1)) - 1


_THIRDS = _edges(50, 16_000, 3)
_OCTAVES = np.log2([_HZ[first:last].mean() for first, last in pairwise(_THIRDS)])
"""Where the thirds of an octave are."""

_PARTS = np.concatenate((_edges(375, 750, 1), _edges(750, 12_000, 2)[1:]))
"""Bands for flatness: half octaves, but the lowest a whole one, since its bins are few; those above hold what
lossy coders leave over."""


def describe(sound: Sound) -> dict[str, float]:
    """The spectrum's shape, in medians over the loud segments.

    Formulas: G. Peeters, "A large set of audio features for sound description", CUIDADO, 2004, section 6,
    with the amplitude spectrum as the distribution: the power spectrum would hear hardly anything but the
    bass. Entropy and kurtosis are those of third-octave bands on a scale of octaves, since on the scale of Hz
    they tell no more than the centroid.

    Returns:
        ``centroid_hz``: the mean frequency. ``rolloff_hz``: below it is 85 % of the amplitude. ``kurtosis``:
        the fourth moment about the mean over the square of the second: 1.8 for all bands alike, 3 for a bell,
        more for a peak with far outliers. ``entropy``: Shannon entropy over its maximum: 0 (one band) to 1
        (all alike). ``flatness``: geometric over arithmetic mean of the power of the bins in half octaves
        (MPEG-7, ISO/IEC 15938-4, AudioSpectrumFlatness), averaged with the bands' amplitudes as weights: near
        0 for tones (and when all is below 375 Hz), near 1 for noise of any colour.
        ``bass``, ``air``: power below 120 Hz and above 8 kHz, in dB of the whole: -80 (none) to 0 (all).
        All 0, and -80, for silence.
    """
    total, shapes = np.zeros(BINS - 1), [np.zeros((0, 5))]
    for power in loud_power(sound.spectra):
        total += power[:, 1:].sum(axis=0, dtype=np.float64)
        shapes.append(_shapes(power[:, 1:]))
    names = "centroid_hz", "rolloff_hz", "kurtosis", "entropy", "flatness"
    whole = float(total.sum())
    if whole < 1e-12:
        return dict.fromkeys(names, 0.0) | {"bass": _FAINTEST_DB, "air": _FAINTEST_DB}
    median = np.median(np.concatenate(shapes), axis=0)
    return dict(zip(names, map(float, median), strict=True)) | {
        "bass": _share_db(float(total @ np.clip(0.5 + (_BASS_HZ - _HZ) / BIN_HZ, 0, 1)), whole),
        "air": _share_db(float(total[_HZ >= _AIR_HZ].sum()), whole),
    }


def _share_db(part: float, whole: float) -> float:
    return max(_FAINTEST_DB, 10 * float(np.log10(max(part / whole, 1e-12))))


def _shapes(power: Floats) -> Values:
    """Centroid, roll-off, kurtosis, entropy and flatness of each segment: ``(segments, 5)``.

    ``power`` is ``(segments, BINS - 1)``, without the constant part.
    """
    amplitude = np.sqrt(power)
    share = amplitude / np.maximum(amplitude.sum(axis=1, keepdims=True), 1e-12)
    passed = (share.cumsum(axis=1) < _ROLLOFF_SHARE).sum(axis=1)
    bands = np.sqrt(np.add.reduceat(power, _THIRDS, axis=1, dtype=np.float64)[:, :-1])
    bands /= np.maximum(bands.sum(axis=1, keepdims=True), 1e-12)
    away = (_OCTAVES - (bands @ _OCTAVES)[:, None]) ** 2
    variance = (bands * away).sum(axis=1)
    kurtosis = (bands * away**2).sum(axis=1) / np.maximum(variance, 0.01) ** 2
    entropy = -(bands * np.log(bands + 1e-12)).sum(axis=1) / np.log(_OCTAVES.size)
    columns = share @ _HZ, (passed + 1) * BIN_HZ, kurtosis, np.clip(entropy, 0, 1), _flatness(power)
    return np.stack(columns, axis=1).astype(np.float64)


def _flatness(power: Floats) -> Values:
    """The mean flatness of the bands: ``(segments,)``."""
    floor = 1e-10 * power.sum(axis=1, keepdims=True) + np.float32(1e-20)
    part = power[:, _PARTS[0] : _PARTS[-1]] + floor
    starts, widths = _PARTS[:-1] - _PARTS[0], np.diff(_PARTS)
    total = np.add.reduceat(part, starts, axis=1, dtype=np.float64)
    geometric = np.exp(np.add.reduceat(np.log(part), starts, axis=1) / widths)
    weight = np.sqrt(total)
    flat = (np.minimum(geometric * widths / total, 1) * weight).sum(axis=1)
    return np.asarray(flat / (weight.sum(axis=1) + 0.01 * np.sqrt(power.sum(axis=1)) + 1e-12))
