"""The sound in broad strokes, 5.9 times a second: colour, dynamics, and how a track begins and ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drift.library.analysis.stft import Floats

SEGMENT = 8_192
"""Samples of a segment: 171 ms, 16 frames."""

SEGMENT_FRAMES = 16
BIN_HZ = 48_000 / 1_024
BINS = 513
_CHUNK = 1_024


@dataclass(frozen=True, slots=True)
class Spectra:
    """Segments of ``SEGMENT`` samples, the last one shorter; all arrays are float32 and as long.

    Attributes:
        power: mean power spectrum of the mid signal, shape ``(segments, BINS)``; bin ``i`` is at ``i *
        BIN_HZ``. level: mean square of both channels, 0.5 for a full-scale sine.
        peak: highest absolute sample of either channel.
        side: mean square of the difference of the channels, halved; 0 for mono.
    """

    power: Floats
    level: Floats
    peak: Floats
    side: Floats


class SpectraListener:
    """Gathers :class:`Spectra`."""

    def __init__(self) -> None:
        self._power: list[Floats] = []
        self._held = np.zeros((0, BINS), np.float32)
        self._waves: list[Floats] = []
        self._rest = np.zeros((3, 0), np.float32)

    def hear(self, block: Floats, mid: Floats) -> None:
        """The signal: both channels ``(2, n)``, and their mean ``(n,)``."""
        signals = (block[0], block[1], mid)
        begin = (SEGMENT - self._rest.shape[1]) % SEGMENT
        head = np.concatenate((self._rest, np.stack([signal[:begin] for signal in signals])), axis=1)
        if head.shape[1] % SEGMENT:
            self._rest = head
            return
        end = begin + (mid.size - begin) // SEGMENT * SEGMENT
        self._rest = np.stack([signal[end:] for signal in signals])
        self._measure(head.reshape(3, -1, SEGMENT))
        self._measure([signal[begin:end].reshape(-1, SEGMENT) for signal in signals])

    def _measure(self, signals: Sequence[Floats] | Floats) -> None:
        """Segments of left, right and mid, each ``(segments, n)``."""
        left, right, mid = (np.vecdot(signal, signal) / np.float32(signal.shape[1]) for signal in signals)
        peak = np.max([np.maximum(signal.max(axis=1), -signal.min(axis=1)) for signal in signals[:2]], axis=0)
        level = (left + right) * np.float32(0.5)
        self._waves.append(np.stack((peak, level, np.maximum(level - mid, 0))))

    def push(self, power: Floats) -> None:
        """Power spectra, shape ``(frames, BINS)``."""
        power = np.concatenate((self._held, power))
        whole = power.shape[0] // SEGMENT_FRAMES * SEGMENT_FRAMES
        self._held = power[whole:]
        self._power.append(power[:whole].reshape(-1, SEGMENT_FRAMES, BINS).mean(axis=1))

    def finish(self) -> Spectra:
        """All of them."""
        if self._held.shape[0]:
            self._power.append(self._held.mean(axis=0, keepdims=True))
        if self._rest.shape[1]:
            self._measure(self._rest[:, None])
        power = np.concatenate(self._power or [self._held])
        waves = np.concatenate(self._waves or [np.zeros((3, 0), np.float32)], axis=1)
        n = min(power.shape[0], waves.shape[1])
        return Spectra(power[:n], waves[1, :n], waves[0, :n], waves[2, :n])


def loud(spectra: Spectra) -> npt.NDArray[np.bool_]:
    """Which segments count when a track is described: those at most 20 dB below the mean power of all.

    Returns:
        Shape ``(segments,)``; all false for silence.
    """
    if not spectra.level.size:
        return np.zeros(0, bool)
    mean = float(spectra.level.mean(dtype=np.float64))
    return np.asarray(spectra.level >= max(mean / 100, 1e-12))


def loud_power(spectra: Spectra) -> Iterator[Floats]:
    """The power spectra of the loud segments, three minutes at a time: copies, ``(segments, BINS)``."""
    heard = np.flatnonzero(loud(spectra))
    for at in range(0, heard.size, _CHUNK):
        yield spectra.power[heard[at : at + _CHUNK]]
