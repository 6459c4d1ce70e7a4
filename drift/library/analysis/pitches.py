"""How strong each pitch is, 5.9 times a second: what tuning, chords and key are computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drift.library.analysis.stft import Floats

LOWEST_HZ = 55.0
OCTAVES = 6
STEPS = 36
"""Per octave: thirds of a semitone."""

FRAMES_PER_S = 48_000 / 8_192
_BIN_HZ = 48_000 / 16_384

_WINDOW_SEMITONES = 2 / 3
"""How far a pitch may be from a pitch class to count for it: half of Gomez' 4/3 semitones."""

_HARMONICS = ((0, 1.0), (19, 0.6**2))
"""Semitones of the 1st and 3rd harmonic, and how much of a peak is put down to a note so far below (Gomez:
0.6 per harmonic). The 2nd and the 4th are of the note's own class; with the 5th, keys were told apart less
well."""


_FAINTEST = 1e-8
"""Peaks are left out that have less than this share of the power of the frame's highest."""


@dataclass(frozen=True, slots=True)
class Pitches:
    """Spectral peaks by pitch; frame ``i`` is centred at sample ``8192 * i``.

    Attributes:
        salience: amplitude, shape ``(frames, OCTAVES * STEPS)``, float32; column ``c`` is at
            ``LOWEST_HZ * 2 ** (c / STEPS)``.
        detuning: how far the peaks are off the semitones of A = 440 Hz: the sum of amplitude times
            ``exp(2j * pi * cents / 100)``, shape ``(frames,)``, complex64.
        amplitude: the sum of these peaks' amplitudes, shape ``(frames,)``, float32.
    """

    salience: Floats
    detuning: npt.NDArray[np.complex64]
    amplitude: Floats


class PitchesListener:
    """Gathers :class:`Pitches` from power spectra (STFT 16384/8192 at 48 kHz)."""

    def __init__(self) -> None:
        self._pieces: list[Pitches] = []

    def push(self, power: Floats) -> None:
        """Power spectra, shape ``(frames, 8193)``."""
        self._pieces.append(_peaks(power))

    def finish(self) -> Pitches:
        """All of them."""
        pieces = self._pieces or [_peaks(np.zeros((0, 8_193), np.float32))]
        return Pitches(
            np.concatenate([piece.salience for piece in pieces]),
            np.concatenate([piece.detuning for piece in pieces]),
            np.concatenate([piece.amplitude for piece in pieces]),
        )


def chroma(pitches: Pitches, tuning_cents: float) -> Floats:
    """How strong each pitch class is: a harmonic pitch class profile.

    E. Gomez, "Tonal Description of Polyphonic Audio for Music Content Processing", INFORMS Journal on
    Computing 18(3), 2006: squared-cosine windows around the classes, and each peak also counts for the notes
    of which it may be a harmonic.

    Args:
        pitches: what was heard.
        tuning_cents: how far its semitones are off those of A = 440 Hz; -50 to 50.

    Returns:
        Shape ``(frames, 12)``, float32, C first; not normalised.
    """
    by_step = pitches.salience.reshape(-1, OCTAVES, STEPS).sum(axis=1)
    return np.asarray(by_step @ _class_weights(tuning_cents), np.float32)


def _class_weights(tuning_cents: float) -> Floats:
    """How much of each step of an octave counts for each pitch class: shape ``(STEPS, 12)``."""
    semitones = 9 + (np.arange(STEPS) * 12 / STEPS)[:, None] - tuning_cents / 100  # above C: step 0 is an A
    weights = np.zeros((STEPS, 12))
    for above, share in _HARMONICS:
        off = (semitones - above - np.arange(12) + 6) % 12 - 6
        near = np.cos(np.pi / 2 * np.minimum(np.abs(off) / _WINDOW_SEMITONES, 1.0)) ** 2
        weights += share * near
    return weights.astype(np.float32)


def _peaks(power: Floats) -> Pitches:
    """Spectral peaks, each at its interpolated pitch.

    A peak is a bin above both of its neighbours; a parabola through the three logarithms gives its place (J.
    O. Smith, "Spectral Audio Signal Processing", quadratic interpolation of spectral peaks).
    """
    frames, columns = power.shape[0], OCTAVES * STEPS
    first = int(LOWEST_HZ / _BIN_HZ)
    last = int(LOWEST_HZ * 2**OCTAVES / _BIN_HZ) + 2
    part = power[:, first - 1 : last + 1]
    middle = part[:, 1:-1]
    least = np.maximum(_FAINTEST * middle.max(axis=1, initial=0.0, keepdims=True), 1e-14)
    frame, place = np.nonzero((middle > part[:, :-2]) & (middle >= part[:, 2:]) & (middle > least))
    height = middle[frame, place]
    left, centre, right = (np.log(np.maximum(part[frame, place + i], 1e-20)) for i in range(3))
    shift = 0.5 * (left - right) / np.minimum(left - 2 * centre + right, -1e-6)
    hz = (place + first + shift) * _BIN_HZ
    semitone = 12 * np.log2(np.maximum(hz, 1.0) / LOWEST_HZ)
    column = np.rint(semitone * (STEPS / 12)).astype(int)
    inside = (column >= 0) & (column < columns)
    amplitude = np.sqrt(height)
    flat = np.bincount(
        frame[inside] * columns + column[inside], weights=amplitude[inside], minlength=frames * columns
    )
    salience = flat.reshape(frames, columns).astype(np.float32)
    return Pitches(salience, *_detuning(frame, semitone, amplitude, frames))


def _detuning(
    frame: npt.NDArray[np.intp], semitone: npt.NDArray[np.float64], amplitude: Floats, frames: int
) -> tuple[npt.NDArray[np.complex64], Floats]:
    """The two sums over each frame's strong peaks from 110 Hz on: below, a bin is wider than a semitone."""
    loudest = np.zeros(frames, np.float32)
    np.maximum.at(loudest, frame, amplitude)
    strong = (semitone >= 12) & (amplitude > 0.02 * loudest[frame])
    frame, amplitude = frame[strong], amplitude[strong]
    angle = 2 * np.pi * semitone[strong]
    total = np.bincount(frame, weights=amplitude, minlength=frames)
    real = np.bincount(frame, weights=amplitude * np.cos(angle), minlength=frames)
    imaginary = np.bincount(frame, weights=amplitude * np.sin(angle), minlength=frames)
    return (real + 1j * imaginary).astype(np.complex64), total.astype(np.float32)
