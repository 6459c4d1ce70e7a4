"""How well a track's onsets repeat after each time: autocorrelation and Fourier transform of the envelope.

Both together tell a beat from its multiples and its parts, because the one peaks at multiples of the period,
the other at multiples of the frequency: G. Peeters, "Template-based estimation of time-varying tempo",
EURASIP J. Adv. Signal Process. 2007.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft

from drift.library.analysis.bands import FRAMES_PER_S
from drift.library.analysis.onset_envelope import Envelope, levelled, smooth
from drift.library.analysis.stft import Floats

WINDOW = 1_024
"""Frames that are looked at together: 10.9 s, two to twelve bars."""

STEP = 256
"""Frames from one window to the next: 2.7 s."""

_SIZE = 2 * WINDOW
_LEAST_OVERLAP = 0.15
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tempogram:
    """Periodicity of a track's onsets.

    Attributes:
        local: autocorrelation of the whole by window, 1 at lag 0, shape ``(windows, WINDOW)``, float32.
        whole: its mean, weighted by the windows' energy, shape ``(WINDOW,)``.
        low: likewise of the low region.
        exchange: correlation of the low with the middle region, of both directions, shape ``(WINDOW,)``.
        pulse: amplitude by frequency of the whole, highest 1, shape ``(WINDOW + 1,)``, bin ``i`` is at
            ``i * BIN_HZ``.
        accent: likewise of the uncompressed rise.
    """

    local: Floats
    whole: Floats
    low: Floats
    exchange: Floats
    pulse: Floats
    accent: Floats

    def repeats(self, lags: Doubles) -> Doubles:
        """Autocorrelation of the whole at lags in frames."""
        return np.interp(lags, np.arange(WINDOW), self.whole)


BIN_HZ = FRAMES_PER_S / _SIZE


def tempogram(onsets: Envelope) -> Tempogram:
    """Periodicity of a track; shorter ones than a window are padded with silence."""
    whole, low, middle, rise = (
        _spectra(part) for part in (onsets.whole, onsets.low, onsets.middle, smooth(levelled(onsets.rise)))
    )
    overlap = _overlap()
    local = _correlation(whole, whole)
    exchange = _correlation(low, middle).mean(axis=0)
    low_own, middle_own = (_correlation(part, part).mean(axis=0) for part in (low, middle))
    unit = max(float(np.sqrt(low_own[0] * middle_own[0])), 1e-9)
    return Tempogram(
        _normal(local) / overlap,
        _normal(local.mean(axis=0)) / overlap,
        _normal(low_own) / overlap,
        exchange / unit / overlap,
        _highest_one(np.abs(whole).mean(axis=0)),
        _highest_one(np.abs(rise).mean(axis=0)),
    )


def repetition(flux: Floats) -> Floats:
    """Autocorrelation by window, 1 at lag 0, shape ``(windows, WINDOW)``."""
    spectra = _spectra(flux)
    return _normal(_correlation(spectra, spectra)) / _overlap()


def _taper() -> Floats:
    return np.hanning(WINDOW).astype(np.float32)


def _overlap() -> Floats:
    """The taper's own autocorrelation, 1 at lag 0: what that of a window is divided by."""
    own = scipy.fft.irfft(np.abs(scipy.fft.rfft(_taper(), _SIZE)) ** 2)[:WINDOW]
    return np.asarray(np.maximum(own / own[0], _LEAST_OVERLAP), np.float32)


def _spectra(flux: Floats) -> npt.NDArray[np.complex64]:
    """Spectra of windows without their mean, shape ``(windows, WINDOW + 1)``."""
    if flux.size < WINDOW:
        flux = np.pad(flux, (0, WINDOW - flux.size))
    frames = np.lib.stride_tricks.sliding_window_view(flux, WINDOW)[::STEP]
    frames = (frames - frames.mean(axis=1, keepdims=True)) * _taper()
    return np.asarray(scipy.fft.rfft(frames, _SIZE, axis=1))


def _correlation(one: npt.NDArray[np.complex64], other: npt.NDArray[np.complex64]) -> Floats:
    """Cross-correlation, the mean of both directions, shape ``(windows, WINDOW)``."""
    power = one.real * other.real + one.imag * other.imag
    return np.asarray(scipy.fft.irfft(power, axis=1)[:, :WINDOW], np.float32)


def _normal(correlation: Floats) -> Floats:
    return np.asarray(correlation / np.maximum(correlation[..., :1], 1e-9), np.float32)


def _highest_one(spectrum: Floats) -> Floats:
    return np.asarray(spectrum / max(float(spectrum.max()), 1e-9), np.float32)
