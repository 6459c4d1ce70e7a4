"""How suddenly the sound grows, 94 times a second: by region of the spectrum, and as a whole.

Spectral flux of log-compressed mel bands with a maximum filter along frequency, which lets vibrato pass: S.
Boeck, G. Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import correlate1d, uniform_filter1d

from drift.library.analysis.sound import HOP, Sound
from drift.library.analysis.stft import Floats

Doubles = npt.NDArray[np.float64]

LATE_FRAMES = -0.5
"""Where an onset is, from the frame in which it shows: growth from frame to frame is halfway between."""

_LOW, _MIDDLE, _HIGH = slice(0, 5), slice(5, 24), slice(24, None)
"""Up to 330 Hz (kick, bass), to 4 kHz (snare, chords), and above (cymbals)."""

_KICK = slice(0, 8)

_COMPRESSION = 3.0
"""A band's amplitude counts in units of its mean, times this, by its logarithm."""

_FAINT = 0.01
"""Bands 40 dB below the loudest one are heard as faint, not made equal to it."""

_AVERAGE_FRAMES = 141
"""1.5 s: growth counts as far as it is above its mean over this time."""

_LEVEL_FRAMES = 768
"""8.2 s: quiet parts are brought up to loud ones over this time."""

_LEAST_LEVEL, _LEAST_OF_WHOLE = 0.01, 0.3
"""What is always below that level stays below it: there is nothing to hear."""

_PIECE = 4_096
"""Frames that are worked on at a time."""

_SMOOTH = (0.24, 1.0, 2.0, 1.0, 0.24)
"""Nearly a Gaussian, so that what falls between two frames matches what falls on one."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Onset strength between a track's cues; arrays of equal length, float32, >= 0.

    It does not depend on the track's gain. An onset at sample ``n`` shows in frame
    ``(n - begin_samples) / HOP - LATE_FRAMES``.

    Attributes:
        low: of the lowest bands, smoothed and levelled.
        middle: of those between, likewise.
        whole: of all regions, likewise.
        kick: growth of the uncompressed amplitude up to 650 Hz, smoothed and levelled: what beats are told
            from off-beats by, because hats and chords may be louder off the beat, drums and bass seldom are.
        rise: growth of the uncompressed amplitude: less clear, but louder onsets stand out.
        begin: likewise, with more of the lowest bands: its centre of gravity is where a beat begins, for
            claps and brushes may be late, kicks are not.
        level: the amplitude of which ``begin`` is the growth.
        flux: of the whole, as it is.
        begin_samples: the sample of frame 0.
    """

    low: Floats
    middle: Floats
    whole: Floats
    kick: Floats
    rise: Floats
    begin: Floats
    level: Floats
    flux: Floats
    begin_samples: int

    def __len__(self) -> int:
        return self.whole.size

    def samples(self, frames: Doubles) -> Doubles:
        """The places of onsets that show in ``frames``."""
        return self.begin_samples + (frames + LATE_FRAMES) * HOP

    def frames(self, samples: Doubles) -> Doubles:
        """The frames, and parts of frames, in which onsets at ``samples`` show."""
        return (samples - self.begin_samples) / HOP - LATE_FRAMES


def envelope(sound: Sound) -> Envelope:
    """Onset strength of a track between its cues."""
    begin = max(0, sound.cue_in_samples // HOP - 1)
    power = sound.bands.power[begin : sound.cue_out_samples // HOP + 2]
    begin_samples = begin * HOP
    if power.shape[0] < 2 or not power.any():
        nothing = np.zeros(power.shape[0], np.float32)
        return Envelope(nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, begin_samples)
    low, middle, high, flux, rise, kick, level = _curves(power)
    low, middle, high = levelled(low), levelled(middle), levelled(high)
    return Envelope(
        low=smooth(low),
        middle=smooth(middle),
        whole=smooth(levelled(low + middle + high, _LEAST_OF_WHOLE)),
        kick=smooth(levelled(kick)),
        rise=rise,
        begin=rise + kick,
        level=level,
        flux=flux,
        begin_samples=begin_samples,
    )


def _curves(power: Floats) -> Floats:
    """Flux of the low, the middle and the high region and of all bands; growth of all and the kick's; level.

    Bounded in memory: a piece of the track after the other, each with the last frame of the one before it.
    """
    unit = sum(np.sqrt(power[at : at + _PIECE]).sum(axis=0) for at in range(0, power.shape[0], _PIECE))
    unit = np.maximum(unit, _FAINT * np.max(unit)) / power.shape[0]
    curves = np.zeros((7, power.shape[0]), np.float32)
    for at in range(0, power.shape[0], _PIECE):
        before = min(at, 1)
        amplitude = np.sqrt(power[at - before : at + _PIECE]) / unit
        log = np.log1p(_COMPRESSION * amplitude)
        flux, growth = _growth(log, _widened(log)), _growth(amplitude, amplitude)
        piece = (
            *(flux[:, part] for part in (_LOW, _MIDDLE, _HIGH)),
            flux,
            growth,
            growth[:, _KICK],
        )
        here = curves[:, at : at + _PIECE]
        for curve, part in zip(here, piece, strict=False):
            curve[:] = part[before:].mean(axis=1)
        here[6] = (amplitude.mean(axis=1) + amplitude[:, _KICK].mean(axis=1))[before:]
    return curves


def _widened(log: Floats) -> Floats:
    """The highest of each band and its neighbours."""
    wide = log.copy()
    np.maximum(wide[:, 1:], log[:, :-1], out=wide[:, 1:])
    np.maximum(wide[:, :-1], log[:, 1:], out=wide[:, :-1])
    return wide


def levelled(flux: Floats, least_level: float = _LEAST_LEVEL) -> Floats:
    """What is above the local mean, divided by its local level, or by ``least_level`` if it is less."""
    above = np.maximum(flux - uniform_filter1d(flux, _AVERAGE_FRAMES, mode="nearest"), 0)
    square = above**2
    level = np.sqrt(np.maximum(uniform_filter1d(square, _LEVEL_FRAMES, mode="reflect"), 0))
    least = max(0.1 * float(np.sqrt(square.mean())), least_level)
    return np.asarray(above / np.maximum(level, least), np.float32)


def smooth(flux: Floats) -> Floats:
    """Spread over three frames or so."""
    return np.asarray(correlate1d(flux, np.array(_SMOOTH) / sum(_SMOOTH), mode="constant"), np.float32)


def _growth(now: Floats, before: Floats) -> Floats:
    """By how much each frame is above the one before it, shape as given."""
    grown = np.zeros_like(now)
    np.subtract(now[1:], before[:-1], out=grown[1:])
    return np.maximum(grown, 0, out=grown)
