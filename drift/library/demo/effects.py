"""Effects on whole blocks ``(2, n)`` of float32 at 48 000 Hz: filter sweeps, delay, reverb, ducking, tape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import signal

from drift.library.demo.plan import RATE
from drift.library.demo.synth import Sound

_FRAME = 1024
_HOP = _FRAME // 2
_CHUNK_FRAMES = 512


def lowpass(block: Sound, cutoff_hz: float, order: int = 2) -> Sound:
    """Butterworth low-pass along the last axis; a new array."""
    sections = signal.butter(order, cutoff_hz, fs=RATE, output="sos").astype(np.float32)
    return np.asarray(signal.sosfilt(sections, block, axis=-1), dtype=np.float32)


def highpass(block: Sound, cutoff_hz: float, order: int = 2) -> Sound:
    """Butterworth high-pass along the last axis; a new array."""
    sections = signal.butter(order, cutoff_hz, "highpass", fs=RATE, output="sos").astype(np.float32)
    return np.asarray(signal.sosfilt(sections, block, axis=-1), dtype=np.float32)


def sweep(block: Sound, from_hz: float, to_hz: float) -> None:
    """Move a 12 dB per octave low-pass across a block, in place, with no phase shift.

    By overlap-add in the spectrum. The cutoff glides geometrically from first to last; at 20 kHz it is
    transparent, so that a sweep that ends there joins what follows without a seam.
    """
    channels, samples = block.shape
    frames = samples // _HOP + 2
    padded = np.zeros((channels, (frames + 1) * _HOP), dtype=np.float32)
    padded[:, _HOP : _HOP + samples] = block
    window = np.sqrt(np.hanning(_FRAME + 1)[:-1]).astype(np.float32)
    cutoff = np.geomspace(from_hz, to_hz, frames)[:, None]
    ratio = np.fft.rfftfreq(_FRAME, 1.0 / RATE) / cutoff
    openness = np.clip(cutoff / 20_000.0, 0.0, 1.0) ** 6
    response = (openness + (1.0 - openness) / np.sqrt(1.0 + ratio**4)).astype(np.float32)
    result = np.zeros_like(padded)
    for first in range(0, frames, _CHUNK_FRAMES):
        last = min(first + _CHUNK_FRAMES, frames)
        span = padded[:, first * _HOP : (last + 1) * _HOP]
        views = np.lib.stride_tricks.sliding_window_view(span, _FRAME, axis=1)[:, ::_HOP]
        spectrum = np.fft.rfft(views * window, axis=2) * response[first:last]
        pieces = (np.fft.irfft(spectrum, _FRAME, axis=2) * window).astype(np.float32)
        target = result[:, first * _HOP : (last + 1) * _HOP].reshape(channels, last - first + 1, _HOP)
        target[:, :-1] += pieces[:, :, :_HOP]
        target[:, 1:] += pieces[:, :, _HOP:]
    block[:] = result[:, _HOP : _HOP + samples]


def feedback_delay(send: Sound, delay_samples: int, feedback: float, damping_hz: float = 2600.0) -> Sound:
    """Ping-pong echoes that grow darker; only the echoes are returned, not the input.

    Args:
        send: ``(2, n)``, not changed.
        delay_samples: Time between echoes.
        feedback: Gain from one echo to the next, 0..0.9.
        damping_hz: Low-pass in the loop; a high-pass at 180 Hz keeps it from building up mud.
    """
    low = signal.butter(1, damping_hz, fs=RATE, output="sos")
    high = signal.butter(1, 180.0, "highpass", fs=RATE, output="sos")
    sections = np.concatenate([low, high]).astype(np.float32)
    state: Any = np.zeros((sections.shape[0], 2, 2), dtype=np.float32)
    result = np.zeros_like(send)
    for start in range(delay_samples, send.shape[1], delay_samples):
        width = min(delay_samples, send.shape[1] - start)
        before = slice(start - delay_samples, start - delay_samples + width)
        loop = send[:, before] + np.float32(feedback) * result[::-1, before]
        result[:, start : start + width], state = signal.sosfilt(sections, loop, axis=-1, zi=state)
    return result


def room(seconds: float, rng: np.random.Generator, predelay_s: float = 0.018, damping: float = 1.0) -> Sound:
    """A synthetic stereo impulse response: noise whose high bands decay sooner, unit energy per side.

    Args:
        seconds: Time to -60 dB of the middle band.
        rng: Source of the noise.
        predelay_s: Silence before the response.
        damping: How much sooner the highs decay; 0 = all alike.

    Returns:
        Shape ``(2, m)``.
    """
    samples = int(seconds * 1.1 * RATE)
    time = np.arange(samples) / RATE
    sides = np.zeros((2, samples))
    for low_hz, high_hz, level, speed in (
        (160, 700, 1.0, 0.9),
        (700, 2500, 0.8, 1.0),
        (2500, 7000, 0.4, 1.7),
    ):
        band = signal.butter(2, (low_hz, high_hz), "bandpass", fs=RATE, output="sos")
        grain = signal.sosfilt(band, rng.standard_normal((2, samples)), axis=1)
        sides += level * grain * np.exp(-6.9 * time / seconds * (1.0 + damping * (speed - 1.0)))
    sides *= 1.0 - np.exp(-time / 0.012)
    fade = samples // 10
    sides[:, -fade:] *= np.linspace(1.0, 0.0, fade)
    sides /= np.sqrt(np.sum(sides**2, axis=1, keepdims=True))
    return np.pad(sides, ((0, 0), (int(predelay_s * RATE), 0))).astype(np.float32)


def reverb(send: Sound, response: Sound) -> Sound:
    """A mono send ``(n,)`` in a stereo room; only the room is returned, ``(2, n)``, its tail cut at ``n``."""
    length = response.shape[1]
    size = 1 << (2 * length).bit_length()
    step = size - length + 1
    spectrum = np.fft.rfft(response, size, axis=1)
    wet = np.zeros((2, send.size + size), dtype=np.float32)
    for start in range(0, send.size, step):
        piece = np.fft.rfft(send[start : start + step], size)
        wet[:, start : start + size] += np.fft.irfft(piece * spectrum, size, axis=1)
    return wet[:, : send.size]


def duck_curve(samples: int, kicks: Sequence[int], release_s: float) -> Sound:
    """How far a side-chain compressor is pushed down by kicks at these positions.

    0 (not at all) .. 1, ``(samples,)``.
    """
    time = np.arange(int(release_s * RATE), dtype=np.float32) / (release_s * RATE)
    dip = (np.minimum(time / 0.03, 1.0) * (0.5 + 0.5 * np.cos(np.pi * time))).astype(np.float32)
    curve = np.zeros(samples, dtype=np.float32)
    for start in kicks:
        span = curve[start : start + dip.size]
        np.maximum(span, dip[: span.size], out=span)
    return curve


def wow(block: Sound, depth_ms: float, rate_hz: float) -> Sound:
    """Tape wow: a slow wander of the playback time by at most ``depth_ms``; a new array."""
    samples = block.shape[1]
    time = np.arange(samples, dtype=np.float64)
    wander = np.sin(2 * np.pi * rate_hz / RATE * time) + 0.4 * np.sin(2 * np.pi * rate_hz * 2.7 / RATE * time)
    position = time + wander * (depth_ms / 1.4 * RATE / 1000.0)
    return np.stack([np.interp(position, time, side) for side in block]).astype(np.float32)


def autopan(block: Sound, rate_hz: float, depth: float) -> None:
    """Sway between the sides, in place, at constant power; ``depth`` 0..1."""
    time = np.arange(block.shape[1], dtype=np.float32) / RATE
    angle = np.float32(np.pi / 4) * (1.0 + np.float32(depth) * np.sin(np.float32(2 * np.pi * rate_hz) * time))
    block[0] *= np.sqrt(2.0) * np.cos(angle)
    block[1] *= np.sqrt(2.0) * np.sin(angle)
