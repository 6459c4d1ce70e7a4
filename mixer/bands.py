"""The low band of a sound: what changes hands when two basses must not sound at once."""

from __future__ import annotations

import numpy as np
from scipy import fft

from mixer.pcm import SAMPLE_RATE, Block

CUTOFF_HZ = 150.0
REACH = 1_024
"""Samples to either side of a span that :func:`low` needs to see: 21 ms."""


def _kernel() -> Block:
    """A linear-phase low-pass of ``2 * REACH + 1`` taps: a sinc in a Hamming window, 1 at 0 Hz."""
    t = np.arange(-REACH, REACH + 1)
    taps = np.sinc(2.0 * CUTOFF_HZ / SAMPLE_RATE * t) * np.hamming(2 * REACH + 1)
    return np.asarray(taps / taps.sum(), dtype=np.float32)


_KERNEL = _kernel()


def low(wide: Block) -> Block:
    """What of a sound lies below ``CUTOFF_HZ`` (half of it there, all 40 Hz lower, nothing 40 Hz higher).

    The filter has no delay; the sound less this is the rest of it.

    Args:
        wide: ``(2, n + 2 * REACH)``: the span wanted and REACH more at either end.

    Returns:
        A new block ``(2, n)``.
    """
    size = fft.next_fast_len(wide.shape[1], real=True)
    spectrum = fft.rfft(wide, size) * fft.rfft(_KERNEL, size)
    return np.ascontiguousarray(fft.irfft(spectrum, size)[:, 2 * REACH : wide.shape[1]], dtype=np.float32)
