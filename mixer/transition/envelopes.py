"""How loud a clip is from sample to sample: fades, the low band's turn, a gain that moves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mixer.timeline import Clip

BASS_SWAP = 2_400
"""Samples in which the low band changes hands: 50 ms."""

_TOGETHER = 1.2
"""Exponent of the fades of tracks whose beats are matched: drums that fall together add up to more than
uncorrelated sound does. 0.6 dB less in the middle, and dips and bumps are about the same."""

Gains = npt.NDArray[np.float32]


class Curves(NamedTuple):
    """Gains for each sample of a span, shape ``(n,)``.

    Attributes:
        whole: for all of the sound, or all above the low band; None: 1 throughout.
        low: for the low band; None: as for the rest, and nothing need be split.
    """

    whole: Gains | None
    low: Gains | None


def curves(clip: Clip, start: int, n: int) -> Curves:
    """The gains of ``clip`` for timeline samples ``[start, start + n)``, ``clip.gain`` left out."""
    fade, low, moving = envelope(clip, start, n), _low(clip, start, n), _level(clip, start, n)
    if moving is not None:
        fade = moving if fade is None else fade * moving
        low = None if low is None else low * moving
    return Curves(fade, low)


def envelope(clip: Clip, start: int, n: int) -> Gains | None:
    """The fade gains of ``clip`` for timeline samples ``[start, start + n)``, shape ``(n,)``, 0..1.

    Equal power: ``sin(pi/2 * x)`` rising and ``cos(pi/2 * x)`` falling, so that the powers of two
    uncorrelated tracks add up to a constant (Zölzer, "DAFX", 2nd ed., 4.2); a little steeper where beats are
    matched. None where the clip is at full level throughout.
    """
    rise_ends = clip.start + clip.fade_in
    fall_starts = clip.uncut_end - clip.fade_out
    hush_starts = clip.end - clip.hush
    if start >= rise_ends and start + n <= min(fall_starts, hush_starts):
        return None
    gains = np.ones(n, dtype=np.float32)
    rising = min(n, rise_ends - start)
    if rising > 0:
        gains[:rising] *= _rise(clip.start, clip.fade_in, start, rising) ** (_TOGETHER if clip.bass_in else 1)
    falling = min(n, start + n - fall_starts)
    if falling > 0:
        fall = _fall(fall_starts, clip.fade_out, start + n - falling, falling)
        gains[n - falling :] *= fall ** (_TOGETHER if clip.bass_out else 1)
    if start + n > hush_starts:
        gains *= _fall(hush_starts, clip.hush, start, n)
    return gains


def _rise(begin: int, length: int, start: int, n: int) -> Gains:
    """A quarter of a sine that begins at ``begin``: its samples ``[start, start + n)``."""
    x = np.clip((np.arange(start, start + n) - begin + 0.5) / length, 0.0, 1.0)
    return np.asarray(np.sin(0.5 * np.pi * x), dtype=np.float32)


def _fall(begin: int, length: int, start: int, n: int) -> Gains:
    """A quarter of a cosine that begins at ``begin``: its samples ``[start, start + n)``."""
    x = np.clip((np.arange(start, start + n) - begin + 0.5) / length, 0.0, 1.0)
    return np.asarray(np.cos(0.5 * np.pi * x), dtype=np.float32)


def _low(clip: Clip, start: int, n: int) -> Gains | None:
    """The low band's gains: it keeps its level until its turn is over, and has none before its turn."""
    enters, leaves = clip.start + clip.bass_in, clip.uncut_end - clip.bass_out
    rise_ends = max(clip.start + clip.fade_in, enters + BASS_SWAP)
    entering = clip.bass_in > 0 and start < rise_ends
    leaving = clip.bass_out > 0 and start + n > min(leaves, clip.uncut_end - clip.fade_out)
    if not entering and not leaving:
        return None
    gains = np.ones(n, dtype=np.float32)
    if clip.bass_in:
        gains *= _rise(enters, BASS_SWAP, start, n)
    if clip.bass_out:
        gains *= _fall(leaves, BASS_SWAP, start, n)
    if clip.hush:
        gains *= _fall(clip.end - clip.hush, clip.hush, start, n)
    return gains


def _level(clip: Clip, start: int, n: int) -> Gains | None:
    """The gains on the way from ``level_from`` to 1."""
    if start >= clip.start + clip.level_samples:
        return None
    left = 1.0 - (np.arange(start, start + n) - clip.start) / clip.level_samples
    return np.asarray(clip.level_from ** np.clip(left, 0.0, 1.0), dtype=np.float32)
