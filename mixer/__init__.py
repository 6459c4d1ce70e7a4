"""The audio engine: from files to an endless mix, as packets.

file -> ``deck`` -> ``render(timeline)`` -> ``limiter`` -> ``live`` encoder -> packets -> container bytes.

It knows nothing of sessions, HTTP or databases. ``README.md`` beside this file has the signal path and
decisions.
"""

from mixer.codecs import FORMATS, BitRates, Format
from mixer.drift_mixer import DriftAudioMixer
from mixer.timeline import Beats, Clip, Source, Timeline
from mixer.transition import MixSettings, TransitionPlan

__all__ = [
    "FORMATS",
    "Beats",
    "BitRates",
    "Clip",
    "DriftAudioMixer",
    "Format",
    "MixSettings",
    "Source",
    "Timeline",
    "TransitionPlan",
]
