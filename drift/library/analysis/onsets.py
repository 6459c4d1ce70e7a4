"""How busy a track is: onsets per second.

Peaks are picked as in S. Boeck, F. Krebs, M. Schedl, "Evaluating the online capabilities of onset detection
methods", ISMIR 2012: a frame that is the highest around it and well above the mean around it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from drift.library.analysis.onset_envelope import Envelope, envelope
from drift.library.analysis.sound import RATE_HZ, Sound

VERSION = 1

_HIGHEST_FRAMES = 5
"""53 ms: of onsets within half of that, the strongest counts."""

_MEAN_FRAMES = 21
"""0.22 s."""

_ABOVE = 0.1
"""Five times what white noise fluctuates by; a soft note in a few bands is above it."""


def describe(sound: Sound) -> dict[str, float]:
    """``onset_rate_hz``: onsets per second between the cues; 0 for silence, about 20 at most."""
    length_s = (sound.cue_out_samples - sound.cue_in_samples) / RATE_HZ
    count = picked(envelope(sound)).size
    return {"onset_rate_hz": count / max(length_s, 1.0)}


def picked(onsets: Envelope) -> npt.NDArray[np.intp]:
    """The frames with an onset, ascending."""
    flux = onsets.flux
    highest = flux == maximum_filter1d(flux, _HIGHEST_FRAMES, mode="constant")
    above = flux > uniform_filter1d(flux, _MEAN_FRAMES, mode="constant") + _ABOVE
    return np.flatnonzero(highest & above)
