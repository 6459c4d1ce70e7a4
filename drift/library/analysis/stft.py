"""The short-time Fourier transform of a signal that arrives in pieces."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft

Floats = npt.NDArray[np.float32]


class Stft:
    """Power spectra of frames under a Hann window.

    Powers are scaled so that a full-scale sine has 0.5 (its mean square) at its peak.

    Args:
        size: samples of a frame.
        hop: samples from one frame to the next; frame ``i`` is centred at ``i * hop``, with silence before
            the signal's start.
    """

    def __init__(self, size: int, hop: int) -> None:
        self._size = size
        self._hop = hop
        window: Floats = np.hanning(size + 1)[:-1].astype(np.float32)  # importing scipy.signal takes 0.8 s
        self._window: Floats = window * np.float32(np.sqrt(2.0) / window.sum())
        self._held: Floats = np.zeros(size // 2, np.float32)

    def push(self, signal: Floats) -> Floats:
        """The frames that ``signal``, shape ``(n,)``, completes.

        Returns:
            Shape ``(frames, size // 2 + 1)``, float32, owned by the caller; perhaps no frames.
        """
        held = np.concatenate((self._held, signal))
        count = max(0, (held.size - self._size) // self._hop + 1)
        self._held = held[count * self._hop :]
        if count == 0:
            return np.zeros((0, self._size // 2 + 1), np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(held, self._size)[:: self._hop][:count]
        spectra = scipy.fft.rfft(frames * self._window, axis=1)
        power: Floats = spectra.real**2
        power += spectra.imag**2
        return power

    def flush(self) -> Floats:
        """The last frames, with silence after the signal's end: all whose centre is before it."""
        return self.push(np.zeros(self._size // 2 - 1, np.float32))
