"""How one track becomes the next: where they overlap, how loud each is, along which curves.

A plan is pure arithmetic on clips: ``choose`` takes what plays, what comes and the settings, and gives both
clips. Everything lands on the quantum grid, but for what continues a track to the sample.
"""

from mixer.transition.choose import choose
from mixer.transition.crossfade import SOFT_START, crossfade, earliest, falls_before, follow, skip
from mixer.transition.describe import TransitionPlan, describe
from mixer.transition.envelopes import BASS_SWAP, Curves, curves, envelope
from mixer.transition.levels import first_clip, from_within, track_gain
from mixer.transition.settings import MixSettings

__all__ = [
    "BASS_SWAP",
    "SOFT_START",
    "Curves",
    "MixSettings",
    "TransitionPlan",
    "choose",
    "crossfade",
    "curves",
    "describe",
    "earliest",
    "envelope",
    "falls_before",
    "first_clip",
    "follow",
    "from_within",
    "skip",
    "track_gain",
]
