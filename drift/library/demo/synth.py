"""Pitched instruments: every function renders one note, as a float32 array in about -1..1 at 48 000 Hz.

All oscillators are band-limited by construction: harmonics near and above the ear's limit are never added.
"""

# A score reads best with its usual arguments by position.
# ruff: noqa: PLR0917

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from drift.library.demo.plan import RATE
from drift.library.demo.theory import hz

Sound = NDArray[np.float32]

_CYCLE = 2048
_TABLES = 12
_TOP_HZ = 15_000.0
_PAD_SAMPLES = 1 << 18


def envelope(samples: int, attack_s: float, decay_s: float, sustain: float, release_s: float) -> Sound:
    """Rounded attack, exponential decay to a sustain level, rounded release up to the last sample.

    Args:
        samples: Length of the result, the release included.
        attack_s: Time to full level.
        decay_s: Time constant of the decay.
        sustain: Level that the decay approaches, 0..1.
        release_s: Length of the final fall to zero.

    Returns:
        Gains 0..1, shape ``(samples,)``.
    """
    time = np.arange(samples, dtype=np.float32) / RATE
    gain = sustain + (1.0 - sustain) * np.exp(-np.maximum(time - attack_s, 0.0) / decay_s)
    rise = min(max(int(attack_s * RATE), 24), samples)
    gain[:rise] *= 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, rise, dtype=np.float32))
    fall = min(max(int(release_s * RATE), 48), samples)
    gain[samples - fall :] *= 0.5 + 0.5 * np.cos(np.linspace(0.0, np.pi, fall, dtype=np.float32))
    return np.asarray(gain, dtype=np.float32)


def looped(loop: Sound, samples: int, offset: int = 0) -> Sound:
    """A span of a sound that repeats for ever, ``(n,)`` or ``(2, n)`` to the same with ``samples``."""
    length = loop.shape[-1]
    offset %= length
    copies = -(-(offset + samples) // length)
    return np.concatenate([loop] * copies, axis=-1)[..., offset : offset + samples]


def _harmonics(wave: str, count: int) -> NDArray[np.float64]:
    """Amplitudes of the first harmonics of ``saw``.

    ``square``, ``pulse`` (25 %), ``thin`` (12.5 %), ``triangle``.
    """
    order = np.arange(1, count + 1, dtype=np.float64)
    if wave == "saw":
        return 1.0 / order
    if wave == "triangle":
        return np.where(order % 2 == 1, 1.0 / order**2, 0.0) * np.where(order % 4 == 3, -1.0, 1.0)
    duty = {"square": 0.5, "pulse": 0.25, "thin": 0.125}[wave]
    return np.sin(np.pi * order * duty) / order


@lru_cache(maxsize=256)
def _wavetables(wave: str, note: float, low_hz: float, high_hz: float, resonance: float) -> Sound:
    """Single cycles of one note behind a low-pass at rising cutoffs, shape ``(_TABLES, _CYCLE + 1)``."""
    pitch = hz(note)
    count = int(min(max(_TOP_HZ / pitch, 1), _CYCLE // 4))
    amplitude = _harmonics(wave, count)
    amplitude /= np.sqrt(np.sum(amplitude**2))
    ratio = (
        pitch * np.arange(1, count + 1) / np.geomspace(low_hz, max(high_hz, low_hz * 1.01), _TABLES)[:, None]
    )
    response = 1.0 / np.sqrt(1.0 + ratio**4) * (1.0 + resonance * np.exp(-((np.log2(ratio) / 0.4) ** 2)))
    spectrum = np.zeros((_TABLES, _CYCLE // 2 + 1), dtype=np.complex128)
    spectrum[:, 1 : count + 1] = -1j * amplitude * response
    cycle = np.fft.irfft(spectrum, axis=1) * (_CYCLE / 2) * 0.35
    return np.concatenate([cycle, cycle[:, :1]], axis=1).astype(np.float32)


def _oscillate(tables: Sound, pitch_hz: float, position: Sound, phase: float, vibrato: Sound | None) -> Sound:
    """Read the wavetables at a pitch; ``position`` 0..1 selects the cutoff at each sample."""
    cycles = np.arange(position.size, dtype=np.float64) * (pitch_hz / RATE) + phase
    if vibrato is not None:
        cycles += vibrato
    index = np.mod(cycles, 1.0) * _CYCLE
    column = np.minimum(index.astype(np.int64), _CYCLE - 1)
    between = (index - column).astype(np.float32)
    row_position = position * np.float32(_TABLES - 1)
    row = np.clip(row_position.astype(np.int64), 0, _TABLES - 2)
    blend = row_position - row.astype(np.float32)
    flat = tables.ravel()
    offset = row * (_CYCLE + 1) + column
    low = flat[offset] + between * (flat[offset + 1] - flat[offset])
    offset += _CYCLE + 1
    high = flat[offset] + between * (flat[offset + 1] - flat[offset])
    return np.asarray(low + blend * (high - low), dtype=np.float32)


def tone(
    note: float,
    seconds: float,
    wave: str = "saw",
    cutoff_hz: tuple[float, float] = (400.0, 2500.0),
    filter_decay_s: float = 0.2,
    resonance: float = 0.3,
    amp: tuple[float, float, float, float] = (0.004, 0.3, 0.6, 0.05),
    detune_cents: float = 0.0,
    vibrato_cents: float = 0.0,
) -> Sound:
    """A subtractive synthesizer voice: a band-limited wave, a low-pass that closes, an amplitude envelope.

    Args:
        note: MIDI note, fractions allowed.
        seconds: Length, the release included.
        wave: A wave of ``_harmonics``.
        cutoff_hz: Where the filter comes to rest, and where it starts.
        filter_decay_s: Time constant between the two.
        resonance: Height of the filter's peak, 0 = none, 1 = +6 dB.
        amp: Attack, decay, sustain level, release, as in ``envelope``.
        detune_cents: When not zero, the result is stereo: two voices on each side, apart by this much.
        vibrato_cents: Depth of a 5.2 Hz vibrato that fades in.

    Returns:
        Shape ``(n,)``, or ``(2, n)`` when detuned.
    """
    samples = int(seconds * RATE)
    time = np.arange(samples, dtype=np.float32) / RATE
    tables = _wavetables(wave, note, cutoff_hz[0], cutoff_hz[1], resonance)
    position = np.exp(-time / np.float32(filter_decay_s)).astype(np.float32)
    gain = envelope(samples, *amp)
    pitch = hz(note)
    vibrato = None
    if vibrato_cents:
        depth_cycles = pitch * (2.0 ** (vibrato_cents / 1200.0) - 1.0) / (2 * np.pi * 5.2)
        vibrato = (
            depth_cycles * np.clip(time / 0.5 - 0.4, 0.0, 1.0) * np.cos(2 * np.pi * 5.2 * time)
        ).astype(np.float32)
    if not detune_cents:
        return _oscillate(tables, pitch, position, 0.0, vibrato) * gain
    sides = []
    for sign, phases in ((1.0, (0.0, 0.37)), (-1.0, (0.61, 0.19))):
        up = hz(note + sign * detune_cents / 100.0)
        down = hz(note - sign * 0.6 * detune_cents / 100.0)
        pair = _oscillate(tables, up, position, phases[0], vibrato)
        pair += _oscillate(tables, down, position, phases[1], vibrato)
        sides.append(pair * gain * np.float32(0.6))
    return np.stack(sides)


def pluck(note: float, seconds: float, brightness: float = 0.5, damping: float = 1.0) -> Sound:
    """A plucked string or mallet: harmonics that fade the faster the higher they are.

    Args:
        note: MIDI note.
        seconds: Length.
        brightness: 0 (felt) .. 1 (steel).
        damping: 1 = a string of about a second; larger is shorter.

    Returns:
        Shape ``(n,)``.
    """
    samples = int(seconds * RATE)
    time = np.arange(samples, dtype=np.float32) / RATE
    pitch = hz(note)
    result = np.zeros(samples, dtype=np.float32)
    for order in range(1, int(min(16, _TOP_HZ / pitch)) + 1):
        strength = abs(np.sin(np.pi * order * 0.23)) / order ** (2.4 - 1.4 * brightness)
        decay = np.exp(-time * np.float32(damping * (2.2 + (2.6 - 1.4 * brightness) * order)))
        stretched = order * np.sqrt(1.0 + 0.00006 * order * order)
        result += np.float32(strength) * decay * np.sin(np.float32(2 * np.pi * pitch * stretched) * time)
    return result * envelope(samples, 0.002, 10.0, 1.0, 0.08) * np.float32(0.7)


def electric_piano(note: float, seconds: float, bark: float = 0.5) -> Sound:
    """A tine piano by frequency modulation (Chowning): soft body, short bell.

    ``bark`` 0..1 is the attack's edge.
    """
    samples = int(seconds * RATE)
    time = np.arange(samples, dtype=np.float32) / RATE
    turn = np.float32(2 * np.pi * hz(note)) * time
    body_index = (0.25 + bark * 1.3 * np.exp(-time * 3.5)).astype(np.float32)
    body = np.sin(turn + body_index * np.sin(turn))
    keep = np.float32(np.clip((84.0 - note) / 36.0, 0.1, 0.6))
    tine = np.sin(turn + np.float32(0.6) * np.exp(-time * 14.0) * np.sin(turn * np.float32(9.0))) - np.sin(
        turn
    )
    gain = envelope(samples, 0.003, 0.9 + (72.0 - note) * 0.015, 0.04, 0.12)
    return np.asarray((body + keep * tine) * gain * np.float32(0.5), dtype=np.float32)


def bell(note: float, seconds: float) -> Sound:
    """A soft vibraphone-like bar: the fundamental, its double octave and a brief glint."""
    samples = int(seconds * RATE)
    time = np.arange(samples, dtype=np.float32) / RATE
    turn = np.float32(2 * np.pi * hz(note)) * time
    tremolo = 1.0 - 0.18 * (0.5 - 0.5 * np.cos(np.float32(2 * np.pi * 4.6) * time))
    ring = np.sin(turn) * np.exp(-time * 1.6) + 0.22 * np.sin(turn * 4.0) * np.exp(-time * 5.0)
    if hz(note) * 10 < _TOP_HZ:
        ring += 0.05 * np.sin(turn * 10.0) * np.exp(-time * 18.0)
    return np.asarray(ring * tremolo * envelope(samples, 0.003, 10.0, 1.0, 0.15) * 0.6, dtype=np.float32)


def pad(
    notes: Sequence[float], rng: np.random.Generator, cutoff_hz: float, width_cents: float = 22.0
) -> Sound:
    """A seamless stereo loop of a chord, as if played by a large ensemble (Nasca's PADsynth algorithm).

    Each harmonic is spread over a narrow band of a long spectrum, with random phases; an inverse FFT does
    the rest.

    Args:
        notes: MIDI notes of the chord.
        rng: Source of the phases.
        cutoff_hz: Low-pass that shapes the harmonics.
        width_cents: Spread of each harmonic: small is glassy, large is breathy.

    Returns:
        Shape ``(2, 2**18)``, RMS 0.25, loopable without a seam.
    """
    bin_hz = RATE / _PAD_SAMPLES
    magnitude = np.zeros(_PAD_SAMPLES // 2 + 1, dtype=np.float32)
    for note in notes:
        pitch = hz(note)
        top = int(min(_TOP_HZ, cutoff_hz * 6.0) / pitch)
        for order in range(1, max(top, 1) + 1):
            centre_hz = pitch * order
            sigma = max((2.0 ** (width_cents / 1200.0) - 1.0) * centre_hz, 2 * bin_hz) / bin_hz
            strength = order**-1.15 / (1.0 + (centre_hz / cutoff_hz) ** 2)
            low, high = int(centre_hz / bin_hz - 3 * sigma), int(centre_hz / bin_hz + 3 * sigma) + 2
            distance = (np.arange(low, high, dtype=np.float32) - np.float32(centre_hz / bin_hz)) / np.float32(
                sigma
            )
            magnitude[low:high] += np.exp(-0.5 * distance * distance) * np.float32(strength / np.sqrt(sigma))
    used = int(np.flatnonzero(magnitude)[-1]) + 1
    phase = rng.random((2, used), dtype=np.float32) * np.float32(2 * np.pi)
    spectrum = np.zeros((2, magnitude.size), dtype=np.complex64)
    spectrum[:, :used] = magnitude[:used] * np.exp(np.complex64(1j) * phase)
    block = np.fft.irfft(spectrum, axis=1)
    return np.asarray(block * (0.25 / np.sqrt(np.mean(block**2))), dtype=np.float32)
