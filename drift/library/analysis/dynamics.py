"""Dynamics: how energetic, how even in loudness, how punchy, how wide."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from drift.library.analysis.sound import Sound
from drift.library.analysis.spectra import BINS, SEGMENT, Spectra, loud

VERSION = 1

Values = npt.NDArray[np.float64]

_K_WEIGHTING = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)
"""ITU-R BS.1770-4, tables 1 and 2: the two stages of the K-weighting at 48 kHz."""

_FLUX_FRAMES = 4
_SHARP_BAND = 14
"""The first mel band whose centre is above 1.5 kHz."""

_SEGMENTS_PER_S = 48_000 / SEGMENT
_SHORT_TERM_S = 3.0
_FLOOR_LUFS = -70.0


def describe(sound: Sound) -> dict[str, float]:
    """How the level behaves.

    Returns:
        ``energy``: how energetic the music is whatever its level, 0 (calm) to 1: see :func:`energy`.
        ``loudness_range_lu``: see :func:`loudness_range_lu`. ``crest_db``: punch, the median over loud
        segments of 171 ms of the peak over the root mean square; 0 for a square wave, 3 for a sine, more for
        drums. ``width``: power of the side signal over that of both channels: 0 mono, 0.5 unrelated channels,
        1 no mid.
    """
    spectra = sound.spectra
    heard = loud(spectra)
    if not heard.any():
        return {"energy": 0.0, "loudness_range_lu": 0.0, "crest_db": 0.0, "width": 0.0}
    crest_db = _crest_db(spectra, heard)
    level = spectra.level.sum(dtype=np.float64)
    return {
        "energy": energy(sound, crest_db),
        "loudness_range_lu": loudness_range_lu(spectra),
        "crest_db": crest_db,
        "width": float(np.clip(spectra.side.sum(dtype=np.float64) / level, 0, 1)),
    }


def energy(sound: Sound, crest_db: float) -> float:
    """How energetic the music is, whatever its level: 0..1, 0.5 for the middle of a mixed collection.

    Four signs, each as deviations from the middle of 139 tracks of game music and of the demo library,
    weighted and squeezed by a logistic function. Loudness per band is power to 0.3 (S. S. Stevens, "The
    measurement of loudness", J. Acoust. Soc. Am. 27, 1955).

    - Flux: how much of the loudness is new, every 43 ms.
    - Sharpness: the share of the loudness above 1.5 kHz.
    - Density: how far the median of the K-weighted level is below its 95th percentile.
    - Compression: a low crest.
    """
    flux, sharpness = _flux_and_sharpness(sound)
    level_db = 10 * np.log10(np.maximum(_weighted_power(sound.spectra), 1e-12))
    heard = level_db[level_db > level_db.max() - 50]
    density_db = float(np.median(heard) - np.percentile(heard, 95))
    signs = (
        0.4 * (np.log(max(flux, 1e-3)) - np.log(0.115)) / 0.32
        + 0.3 * (sharpness - 0.36) / 0.09
        + 0.2 * (density_db + 3.6) / 1.65
        - 0.1 * (crest_db - 10.9) / 1.45
    )
    return float(1 / (1 + np.exp(-2 * np.clip(signs, -10, 10))))


def _flux_and_sharpness(sound: Sound) -> tuple[float, float]:
    """Both as shares of the loudness, over what is at most 20 dB below the mean power."""
    count = sound.bands.power.shape[0] // _FLUX_FRAMES
    if count < 2:
        return 0.0, 0.0
    power = sound.bands.power[: count * _FLUX_FRAMES].reshape(count, _FLUX_FRAMES, -1).sum(axis=1)
    whole = power.sum(axis=1, dtype=np.float64)
    loudness = power**0.3
    total = loudness.sum(axis=1, dtype=np.float64)
    heard = (whole >= max(whole.mean() / 100, 1e-12)) & (total > 0)
    if not heard[1:].any():
        return 0.0, 0.0
    new = np.maximum(np.diff(loudness, axis=0), 0).sum(axis=1, dtype=np.float64)
    flux = new[heard[1:]].mean() / total[heard].mean()
    sharp = loudness[:, _SHARP_BAND:].sum(axis=1, dtype=np.float64)
    return float(flux), float(np.median(sharp[heard] / total[heard]))


def _crest_db(spectra: Spectra, heard: npt.NDArray[np.bool_]) -> float:
    power = spectra.level[heard].astype(np.float64)
    return float(np.median(10 * np.log10(np.maximum(spectra.peak[heard], 1e-9) ** 2 / power)))


def loudness_range_lu(spectra: Spectra) -> float:
    """EBU Tech 3342: from the 10th to the 95th percentile of short-term loudness, silence left out.

    Windows of 3 s, one per segment (171 ms). First those below -70 LUFS are left out, then those 20 LU below
    the mean of the others.

    Returns:
        LU, 0 or more; 0 for silence and for less than 3 s.
    """
    power = np.concatenate(([0.0], np.cumsum(_weighted_power(spectra))))
    width = _SHORT_TERM_S * _SEGMENTS_PER_S
    starts = np.arange(max(0, int(spectra.level.size - width) + 1))
    if not starts.size:
        return 0.0
    places = np.arange(power.size)
    windows = (np.interp(starts + width, places, power) - power[starts]) / width
    lufs = -0.691 + 10 * np.log10(np.maximum(windows, 1e-12))
    heard = lufs[lufs >= _FLOOR_LUFS]
    if not heard.size:
        return 0.0
    gate = 10 * np.log10(np.mean(10 ** (heard / 10))) - 20
    low, high = np.percentile(heard[heard >= gate], (10, 95))
    return float(high - low)


def _weighted_power(spectra: Spectra) -> Values:
    """K-weighted power of both channels together, of each segment.

    The weighting is known from the mid signal's spectrum; the side signal is taken to have the same.
    """
    delays = np.exp(-1j * np.linspace(0, np.pi, BINS)[:, None] * np.arange(3))
    response = np.prod((delays @ _K_WEIGHTING[:, :3].T) / (delays @ _K_WEIGHTING[:, 3:].T), axis=1)
    weights = (np.abs(response) ** 2).astype(np.float32)
    plain = spectra.power.sum(axis=1, dtype=np.float64)
    weighted = (spectra.power @ weights).astype(np.float64)
    gain = np.where(plain > 1e-12, weighted / np.maximum(plain, 1e-12), 1.0)
    return np.asarray(2 * spectra.level * gain)
