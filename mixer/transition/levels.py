"""How loud a clip plays."""

from __future__ import annotations

from mixer.pcm import db_to_gain
from mixer.timeline import Clip, Join, Source
from mixer.transition.settings import MixSettings

GUARD_DB = 0.2
"""A track's gain stays this far under the ceiling: two true-peak meters rarely agree to the last tenth."""


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


def level(clip: Clip, sample: int) -> float:
    """A clip's linear gain at a timeline sample, fades left out."""
    if not clip.level_samples:
        return clip.gain
    left = 1.0 - (sample - clip.start) / clip.level_samples
    return float(clip.gain * clip.level_from ** min(1.0, max(0.0, left)))
