"""How one track becomes the next: where they overlap, how loud each is, along which curve.

A plan is pure arithmetic on clips. Everything lands on the quantum grid: the incoming clip starts on it,
and the fade is lengthened or shortened by up to 60 ms to allow that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mixer.clock import QUANTUM, ceil_quantum, nearest_quantum, samples
from mixer.pcm import db_to_gain
from mixer.timeline import Clip, Source

GUARD_DB = 0.2
"""A track's gain stays this far under the ceiling: two true-peak meters rarely agree to the last tenth."""

SOFT_START = 960
"""Samples over which a clip rises that has nothing to fade from in mid-mix: 20 ms, enough not to click."""


@dataclass(frozen=True, slots=True)
class MixSettings:
    """How a session mixes.

    Attributes:
        fade_s: length of a crossfade, seconds; a maximum, short tracks get a shorter one.
        skip_fade_s: length of the crossfade after a skip, seconds.
        target_lufs: loudness that every track is brought to.
        ceiling_dbtp: true peak that the output never exceeds.
        max_boost_db: quiet tracks are raised by at most this.
    """

    fade_s: float = 5.0
    skip_fade_s: float = 1.5
    target_lufs: float = -16.0
    ceiling_dbtp: float = -1.0
    max_boost_db: float = 12.0


def track_gain(source: Source, settings: MixSettings) -> float:
    """The linear gain that brings a track to the target loudness without passing the ceiling."""
    to_target = settings.target_lufs - source.loudness_lufs
    to_ceiling = settings.ceiling_dbtp - GUARD_DB - source.true_peak_dbtp
    return db_to_gain(min(to_target, to_ceiling, settings.max_boost_db))


def first_clip(source: Source, start: int, settings: MixSettings) -> Clip:
    """A clip of the whole audible track at ``start`` (on the grid), with nothing before it to fade from."""
    return Clip(source, start, source.playable, source.cue_in, track_gain(source, settings))


def crossfade(
    outgoing: Clip, incoming: Source, settings: MixSettings, not_before: int = 0
) -> tuple[Clip, Clip]:
    """Let ``incoming`` rise while ``outgoing`` falls to its own end.

    The fade lasts ``fade_s``, at most a third of either track, and at least one quantum where the tracks and
    ``not_before`` leave room for that.

    Args:
        outgoing: what plays.
        incoming: what comes next.
        settings: how to mix.
        not_before: first sample that may still change, on the grid.

    Returns:
        Both clips, to be put in place of ``outgoing``.
    """
    if _falls_before(outgoing, not_before):
        return outgoing, follow(outgoing, incoming, not_before, settings)
    limit = min(samples(settings.fade_s), outgoing.length // 3, incoming.playable // 3)
    start = nearest_quantum(outgoing.end - max(limit, QUANTUM))
    if outgoing.end - start < QUANTUM:
        start -= QUANTUM
    start = max(start, outgoing.start + QUANTUM, ceil_quantum(outgoing.start + outgoing.fade_in), not_before)
    return _overlap(outgoing, incoming, start, outgoing.end, settings)


def skip(outgoing: Clip, incoming: Source, at: int, settings: MixSettings) -> tuple[Clip, Clip]:
    """Leave ``outgoing`` early: the crossfade begins at ``at`` (on the grid) and lasts ``skip_fade_s``.

    Near the end of the track the fade is as long as what is left.

    Returns:
        Both clips, to be put in place of ``outgoing``.
    """
    if _falls_before(outgoing, at):
        return outgoing, follow(outgoing, incoming, at, settings)
    limit = min(samples(settings.skip_fade_s), incoming.playable // 3)
    end = min(outgoing.end, at + max(QUANTUM, nearest_quantum(limit)))
    return _overlap(outgoing, incoming, at, end, settings)


def follow(outgoing: Clip, incoming: Source, at: int, settings: MixSettings) -> Clip:
    """Let ``incoming`` rise from ``at`` (on the grid) on while ``outgoing`` goes as it is.

    It begins later where it would otherwise spend more than a third of itself under ``outgoing``.

    Returns:
        The clip to be put after ``outgoing``.
    """
    most = incoming.playable // 3
    start = max(at, ceil_quantum(outgoing.start + outgoing.fade_in), ceil_quantum(outgoing.end - most))
    fade = min(most, max(SOFT_START, outgoing.end - start))
    return replace(first_clip(incoming, start, settings), fade_in=fade)


def _falls_before(clip: Clip, sample: int) -> bool:
    """Whether a fade-out has begun by ``sample``: another curve would then be a jump in level."""
    return clip.fade_out > 0 and clip.end - clip.fade_out < sample


def _overlap(
    outgoing: Clip, incoming: Source, start: int, end: int, settings: MixSettings
) -> tuple[Clip, Clip]:
    fade = end - start
    if QUANTUM // 2 <= fade <= incoming.playable:
        arriving = replace(first_clip(incoming, start, settings), fade_in=fade)
        return outgoing.ending_at(end, fade), arriving
    # There is no room for a fade that would not click: one after the other.
    fall = fade if end < outgoing.end else 0
    return outgoing.ending_at(end, fall), first_clip(incoming, ceil_quantum(end), settings)


def envelope(clip: Clip, start: int, n: int) -> npt.NDArray[np.float32] | None:
    """The fade gains of ``clip`` for timeline samples ``[start, start + n)``, shape ``(n,)``, 0..1.

    Equal power: ``sin(pi/2 * x)`` rising and ``cos(pi/2 * x)`` falling, so that the powers of two
    uncorrelated tracks add up to a constant (Zölzer, "DAFX", 2nd ed., 4.2). None where the clip is at full
    level throughout.
    """
    rise_ends = clip.start + clip.fade_in
    fall_starts = clip.end - clip.fade_out
    if start >= rise_ends and start + n <= fall_starts:
        return None
    gains = np.ones(n, dtype=np.float32)
    rising = min(n, rise_ends - start)
    if rising > 0:
        x = (np.arange(start, start + rising) - clip.start + 0.5) / clip.fade_in
        gains[:rising] *= np.sin(0.5 * np.pi * x).astype(np.float32)
    falling = min(n, start + n - fall_starts)
    if falling > 0:
        x = (np.arange(start + n - falling, start + n) - fall_starts + 0.5) / clip.fade_out
        gains[n - falling :] *= np.cos(0.5 * np.pi * x).astype(np.float32)
    return gains
