"""The sound in mel bands, 94 times a second: what rhythm and timbre are computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drift.library.analysis.stft import Floats

BANDS = 40
LOWEST_HZ, HIGHEST_HZ = 30.0, 16_000.0
FRAMES_PER_S = 48_000 / 512
_BIN_HZ = 48_000 / 1_024


@dataclass(frozen=True, slots=True)
class Bands:
    """Power in mel bands.

    Attributes:
        power: shape ``(frames, BANDS)``, float32, linear; frame ``i`` is centred at sample ``512 * i``.
    """

    power: Floats


class BandsListener:
    """Gathers :class:`Bands` from power spectra (STFT 1024/512 at 48 kHz)."""

    def __init__(self) -> None:
        self._weights = mel_weights()
        self._pieces: list[Floats] = []

    def push(self, power: Floats) -> None:
        """Power spectra, shape ``(frames, 513)``."""
        self._pieces.append(power @ self._weights)

    def finish(self) -> Bands:
        """All of them."""
        return Bands(np.concatenate(self._pieces or [np.zeros((0, BANDS), np.float32)]))


def mel_weights() -> Floats:
    """Triangles of unit height, evenly spaced in mel: shape ``(513, BANDS)``.

    Mel as in S. S. Stevens et al. 1937, by the formula 2595 log10(1 + f / 700) (O'Shaughnessy 1987). Bands
    that are narrower than a bin take the bin they lie in.
    """
    top = 2595 * np.log10(1 + np.array([LOWEST_HZ, HIGHEST_HZ]) / 700)
    edges = 700 * (10 ** (np.linspace(top[0], top[1], BANDS + 2) / 2595) - 1)
    hz = np.arange(513) * _BIN_HZ
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    weights = np.minimum(
        (hz[:, None] - low) / np.maximum(centre - low, _BIN_HZ),
        (high - hz[:, None]) / np.maximum(high - centre, _BIN_HZ),
    ).clip(0)
    empty = np.flatnonzero(weights.sum(axis=0) == 0)
    weights[np.rint(centre[empty] / _BIN_HZ).astype(int), empty] = 1
    return weights.astype(np.float32)
