"""Blocks of PCM and the few numbers that everybody needs about them.

A **block** is a float32 array of shape ``(2, n)``, C-contiguous, nominal range -1..1, at 48 000 Hz.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 48_000
CHANNELS = 2

Block: TypeAlias = npt.NDArray[np.float32]


def silence(n: int) -> Block:
    """A new block of ``n`` zero samples, shape ``(2, n)``."""
    return np.zeros((CHANNELS, n), dtype=np.float32)


def db_to_gain(db: float) -> float:
    """The linear amplitude of a level in dB: ``10 ** (db / 20)``."""
    return float(10.0 ** (db / 20.0))


def gain_to_db(gain: float, floor_db: float = -200.0) -> float:
    """The level in dB of a linear amplitude >= 0; ``floor_db`` at and near zero."""
    return max(floor_db, 20.0 * float(np.log10(gain))) if gain > 0 else floor_db


def peak(block: Block) -> float:
    """The largest absolute sample of a block, 0.0 for an empty one. Linear."""
    return float(np.max(np.abs(block))) if block.size else 0.0


def to_s16(block: Block) -> npt.NDArray[np.int16]:
    """A block as interleaved int16, shape ``(n, 2)``: rounded to nearest, clipped, no dither."""
    scaled = np.rint(block.T * 32_767.0)
    return np.ascontiguousarray(np.clip(scaled, -32_768, 32_767).astype(np.int16))
