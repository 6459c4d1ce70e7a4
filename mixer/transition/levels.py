"""How loud a clip plays."""

from __future__ import annotations

from dataclasses import replace

from mixer.clock import QUANTUM, samples
from mixer.pcm import db_to_gain
from mixer.timeline import Clip, Join, Source
from mixer.transition.settings import MixSettings

GUARD_DB = 0.2
"""A track's gain stays this far under the ceiling: two true-peak meters rarely agree to the last tenth."""

_LEAST_LEFT = samples(4)
"""So much of a track plays at least, however far into it one goes."""


def track_gain(source: Source, settings: MixSettings) -> float:
    """The linear gain that brings a track to the target loudness without passing the ceiling."""
    to_target = settings.target_lufs - source.loudness_lufs
    return db_to_gain(min(to_target, ceiling_db(source, settings), settings.max_boost_db))


def ceiling_db(source: Source, settings: MixSettings) -> float:
    """The gain in dB that brings a track's peak as near to the ceiling as it may be."""
    return settings.ceiling_dbtp - GUARD_DB - source.true_peak_dbtp


def first_clip(source: Source, start: int, settings: MixSettings, join: Join = Join()) -> Clip:  # noqa: B008
    """A clip of the whole audible track at ``start`` (on the grid), with nothing before it to fade from."""
    return Clip(source, start, source.playable, source.cue_in, track_gain(source, settings), join=join)


def from_within(clip: Clip, into: int) -> Clip:
    """The same clip, begun ``into`` samples further into its track, to the quantum before that.

    So its packets stay on the track's own grid. Some seconds of the track are left in any case.
    """
    most = max(0, clip.length - _LEAST_LEFT)
    skipped = min(max(0, into), most) // QUANTUM * QUANTUM
    return replace(clip, source_start=clip.source_start + skipped, length=clip.length - skipped)


def level(clip: Clip, sample: int) -> float:
    """A clip's linear gain at a timeline sample, fades left out."""
    if not clip.level_samples:
        return clip.gain
    left = 1.0 - (sample - clip.start) / clip.level_samples
    return float(clip.gain * clip.level_from ** min(1.0, max(0.0, left)))
