"""What a session wishes of its transitions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MixSettings:
    """How a session mixes.

    Attributes:
        fade_s: length of a crossfade, seconds; a maximum: short tracks, and such with little room, get a
            shorter one.
        skip_fade_s: length of the crossfade after a skip, seconds.
        target_lufs: loudness that every track is brought to.
        ceiling_dbtp: true peak that the output never exceeds.
        max_boost_db: quiet tracks are raised by at most this.
        gapless: whether a track that continues the one before it is joined to that without a gap.
        beatmatch_s: the longest overlap in which beats are laid on beats, seconds; 0: that is never done.
        tempo_confidence: both tempi must be at least so sure for that, 0..1.
    """

    fade_s: float = 5.0
    skip_fade_s: float = 1.5
    target_lufs: float = -16.0
    ceiling_dbtp: float = -1.0
    max_boost_db: float = 12.0
    gapless: bool = True
    beatmatch_s: float = 10.0
    tempo_confidence: float = 0.5
