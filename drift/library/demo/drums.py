"""Unpitched instruments: one-shots of drums, cymbals, noises.

Mono float32 at 48 000 Hz, peak 1 unless said otherwise.
"""

from __future__ import annotations

import numpy as np

from drift.library.demo.plan import RATE
from drift.library.demo.synth import Sound, envelope


def _unit(sound: Sound) -> Sound:
    return np.asarray(sound / np.max(np.abs(sound)), dtype=np.float32)


def _time(seconds: float) -> Sound:
    return np.arange(int(seconds * RATE), dtype=np.float32) / np.float32(RATE)


def noise(samples: int, low_hz: float, high_hz: float, rng: np.random.Generator) -> Sound:
    """Noise between two soft band edges (12 dB per octave outside), RMS 0.25, shape ``(samples,)``.

    It loops.
    """
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    frequency = np.maximum(np.fft.rfftfreq(samples, 1.0 / RATE), 1.0)
    spectrum *= 1.0 / (1.0 + (low_hz / frequency) ** 2) / (1.0 + (frequency / high_hz) ** 2)
    spectrum[0] = 0.0
    sound = np.fft.irfft(spectrum, samples)
    return np.asarray(sound * (0.25 / np.sqrt(np.mean(sound**2))), dtype=np.float32)


def kick(pitch_hz: float, seconds: float = 0.38, punch: float = 5.0, click: float = 0.15) -> Sound:
    """A drum whose pitch falls fast to ``pitch_hz``; ``punch`` is how many times higher it starts."""
    time = _time(seconds)
    sweep = pitch_hz * (time + punch * 0.022 * (1.0 - np.exp(-time / 0.022)))
    body = np.sin(2 * np.pi * sweep) * envelope(time.size, 0.001, seconds * 0.45, 0.0, seconds * 0.4)
    beater = np.sin(2 * np.pi * 1800.0 * time) * np.exp(-time * 420.0)
    return _unit(np.tanh(1.6 * body).astype(np.float32) + np.float32(click) * beater.astype(np.float32))


def snare(
    rng: np.random.Generator, tone_hz: float = 186.0, seconds: float = 0.24, brightness: float = 0.5
) -> Sound:
    """Two membrane modes and a band of noise."""
    time = _time(seconds)
    shell = np.sin(2 * np.pi * tone_hz * time) * np.exp(-time * 22.0)
    shell += 0.5 * np.sin(2 * np.pi * tone_hz * 1.78 * time) * np.exp(-time * 32.0)
    wires = noise(time.size, 900.0, 3500.0 + 5000.0 * brightness, rng) * np.exp(-time * (5.5 / seconds)) * 2.6
    return _unit(((shell + wires) * envelope(time.size, 0.001, 10.0, 1.0, 0.05)).astype(np.float32))


def clap(rng: np.random.Generator, seconds: float = 0.26) -> Sound:
    """Four bursts of band noise, the last with a small room behind it."""
    time = _time(seconds)
    shape = np.zeros_like(time)
    for start, decay, level in (
        (0.0, 260.0, 0.8),
        (0.010, 260.0, 0.7),
        (0.021, 260.0, 0.8),
        (0.030, 20.0, 1.0),
    ):
        shape += np.where(time >= start, level * np.exp(-(time - start) * decay), 0.0).astype(np.float32)
    return _unit(noise(time.size, 800.0, 3200.0, rng) * shape * envelope(time.size, 0.001, 10.0, 1.0, 0.06))


def hat(rng: np.random.Generator, seconds: float = 0.06, low_hz: float = 6500.0) -> Sound:
    """A closed (short) or open (long) hi-hat; the top octave is rounded off so that it stays gentle."""
    time = _time(seconds + 0.02)
    band = noise(time.size, low_hz, 9500.0, rng)
    return _unit(
        band
        * np.exp(-time * (4.0 / seconds)).astype(np.float32)
        * envelope(time.size, 0.0012, 10.0, 1.0, 0.02)
    )


def shaker(rng: np.random.Generator, seconds: float = 0.09) -> Sound:
    """A grain of shaker: noise that swells before it stops."""
    time = _time(seconds)
    return _unit(
        noise(time.size, 4200.0, 8500.0, rng) * envelope(time.size, seconds * 0.3, seconds * 0.25, 0.0, 0.03)
    )


def ride(rng: np.random.Generator, seconds: float = 0.5) -> Sound:
    """A ride cymbal: a quiet stick, a wash and a few inharmonic partials."""
    time = _time(seconds)
    wash = noise(time.size, 5000.0, 9000.0, rng) * np.exp(-time * 9.0)
    for partial, level in ((3170.0, 0.05), (4430.0, 0.05), (5390.0, 0.04), (7010.0, 0.03)):
        wash += level * np.sin(2 * np.pi * partial * time) * np.exp(-time * 11.0)
    return _unit((wash * envelope(time.size, 0.001, 10.0, 1.0, 0.1)).astype(np.float32))


def rim(pitch_hz: float = 820.0, seconds: float = 0.07) -> Sound:
    """A rim shot or wood block."""
    time = _time(seconds)
    body = np.sin(2 * np.pi * pitch_hz * time) + 0.5 * np.sin(2 * np.pi * pitch_hz * 2.31 * time)
    return _unit(
        (body * np.exp(-time * 75.0) * envelope(time.size, 0.0008, 10.0, 1.0, 0.02)).astype(np.float32)
    )


def crash(rng: np.random.Generator, seconds: float = 2.2) -> Sound:
    """A soft cymbal swell-and-fade for the first beat of a section."""
    time = _time(seconds)
    return _unit(
        noise(time.size, 2800.0, 7500.0, rng) * envelope(time.size, 0.006, seconds * 0.28, 0.0, seconds * 0.3)
    )


def riser(rng: np.random.Generator, samples: int) -> Sound:
    """Noise that opens up and grows until the last sample: leads into a section."""
    grow = np.linspace(0.0, 1.0, samples, dtype=np.float32)
    dark, bright = noise(samples, 250.0, 900.0, rng), noise(samples, 1500.0, 5000.0, rng)
    shape = grow**2 * envelope(samples, 0.01, 1e9, 1.0, 0.03)
    return _unit((dark * (1.0 - grow) + bright * grow) * shape)


def crackle(rng: np.random.Generator, seconds: float = 6.0, per_second: float = 14.0) -> Sound:
    """Vinyl dust over a breath of hiss, shape ``(2, n)``; it loops."""
    samples = int(seconds * RATE)
    dust = np.zeros((2, samples), dtype=np.float32)
    count = int(seconds * per_second)
    level = rng.exponential(0.25, count).clip(0.0, 1.0) * rng.choice((-1.0, 1.0), count)
    dust[rng.integers(0, 2, count), rng.integers(0, samples, count)] = level
    spectrum = np.fft.rfft(dust, axis=1)
    frequency = np.maximum(np.fft.rfftfreq(samples, 1.0 / RATE), 1.0)
    spectrum *= 1.0 / (1.0 + (700.0 / frequency) ** 2) / (1.0 + (frequency / 5000.0) ** 2)
    clicks = np.fft.irfft(spectrum, samples, axis=1)
    hiss = np.stack([noise(samples, 300.0, 6000.0, rng) for _ in range(2)])
    return (clicks + hiss * 0.012).astype(np.float32)
