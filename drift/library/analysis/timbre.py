"""Timbre: what the sound is made of, as numbers that are near for tracks that sound alike."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import scipy.fft

from drift.library.analysis.bands import BANDS
from drift.library.analysis.sound import Sound
from drift.library.analysis.spectra import Spectra, loud_power
from drift.library.analysis.stft import Floats

VERSION = 1

Values = npt.NDArray[np.float64]

_COEFFICIENTS = 13
_CORRELATED = 6
_FLOOR = 10**-9.6
"""Bands fainter than this share of the track's mean power count as this faint."""

_CHUNK = 16_384
"""Frames that are worked on at a time: three minutes, 3 MB."""

_OCTAVES = (2, 4, 8, 17, 34, 68, 136, 256)
"""Bins between octaves, from 94 Hz to 12 kHz."""

_EXTREMES = 0.2


def describe(sound: Sound) -> dict[str, float]:
    """The timbre; the level plays no part, and what is 30 dB below the mean power is left out.

    Returns:
        ``mfcc_mean_1`` to ``_12`` and ``mfcc_std_0`` to ``_12``: mean and standard deviation of the
        mel-frequency cepstral coefficients (S. Davis and P. Mermelstein, "Comparison of parametric
        representations for monosyllabic word recognition", IEEE Trans. ASSP 28(4), 1980): the orthonormal
        DCT-II of the 40 mel bands in dB, 94 times a second; dB times the root of 40. ``mfcc_corr_1`` to
        ``_15``: correlations between coefficients 0 to 5, -1..1, in the order 0-1, 0-2 .. 4-5 (M. Mandel and
        D. Ellis, "Song-level features and support vector machines for music classification", ISMIR 2005, use
        the whole covariance). ``contrast_1`` to ``_7``: spectral contrast (D.-N. Jiang et al., "Music type
        classification by spectral contrast feature", ICME 2002) of the octaves from 94 Hz on: mean dB of the
        strongest fifth of the bins less that of the weakest, median over loud segments; 0 or more.
        All 0 for silence.
    """
    mean, deviation, correlation = _mfcc(sound.bands.power)
    contrast = _contrast(sound.spectra)
    return (
        {f"mfcc_mean_{i}": float(mean[i]) for i in range(1, _COEFFICIENTS)}
        | {f"mfcc_std_{i}": float(deviation[i]) for i in range(_COEFFICIENTS)}
        | {f"mfcc_corr_{i}": float(value) for i, value in enumerate(correlation, 1)}
        | {f"contrast_{i}": float(value) for i, value in enumerate(contrast, 1)}
    )


def _mfcc(power: Floats) -> tuple[Values, Values, Values]:
    """Mean and standard deviation of all coefficients, and the correlations of the first ones."""
    transform = scipy.fft.dct(np.eye(BANDS), axis=1, norm="ortho")[:, :_COEFFICIENTS].astype(np.float32)
    whole = power.sum(axis=1)
    mean_power = float(whole.mean(dtype=np.float64)) if whole.size else 0.0
    count, total = 0, np.zeros(_COEFFICIENTS)
    products = np.zeros((_COEFFICIENTS, _COEFFICIENTS))
    heard = whole > max(mean_power / 1_000, 1e-12)
    for at in range(0, whole.size, _CHUNK):
        part = power[at : at + _CHUNK][heard[at : at + _CHUNK]] / np.float32(mean_power or 1)
        cepstrum = (10 * np.log10(np.maximum(part, np.float32(_FLOOR)))) @ transform
        count += cepstrum.shape[0]
        total += cepstrum.sum(axis=0, dtype=np.float64)
        products += cepstrum.astype(np.float64).T @ cepstrum
    if not count:
        return total, total, np.zeros(_CORRELATED * (_CORRELATED - 1) // 2)
    mean = total / count
    covariance = products / count - np.outer(mean, mean)
    deviation = np.sqrt(np.maximum(covariance.diagonal(), 0))
    scale = np.maximum(deviation, 1e-2)
    correlation = (covariance / np.outer(scale, scale))[np.triu_indices(_CORRELATED, 1)]
    return mean, deviation, np.clip(correlation, -1, 1)


def _contrast(spectra: Spectra) -> Values:
    """How far peaks stand out in each octave: the median over the loud segments."""
    contrasts = [_contrasts(power) for power in loud_power(spectra)]
    if not contrasts:
        return np.zeros(len(_OCTAVES) - 1)
    return np.asarray(np.median(np.concatenate(contrasts), axis=0), np.float64)


def _contrasts(power: Floats) -> Floats:
    """The contrast of each octave: ``(segments, octaves)``."""
    db = 10 * np.log10(np.maximum(power, 1e-9 * power.sum(axis=1, keepdims=True) + np.float32(1e-20)))
    columns = []
    for first, last in pairwise(_OCTAVES):
        ordered = np.sort(db[:, first:last], axis=1)
        width = max(1, round((last - first) * _EXTREMES))
        columns.append(ordered[:, -width:].mean(axis=1) - ordered[:, :width].mean(axis=1))
    return np.stack(columns, axis=1)
