"""From channels to a finished master: balance, ducking, sends, limiter, loudness, fades."""

from __future__ import annotations

import warnings

import numpy as np
from scipy import ndimage, signal

from drift.library.demo import effects
from drift.library.demo.plan import RATE
from drift.library.demo.song import Song
from drift.library.demo.synth import Sound

with warnings.catch_warnings():
    # pydub looks for an ffmpeg program, which nothing here needs, and imports the deprecated audioop.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment

TARGET_LUFS = -14.0
# Below -1 dBFS, because a lossy codec overshoots the samples that it was given.
CEILING = 10.0 ** (-2.8 / 20.0)

_BLOCK = 19_200
_STRIDE = 32
_LOOK = 9

# ITU-R BS.1770-4, table 1 and 2: the two stages of the K-weighting at 48 kHz.
_K_WEIGHTING = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)


def loudness(block: Sound, every: int = 1) -> float:
    """Integrated loudness in LUFS (BS.1770-4 gating on blocks of 400 ms without overlap); -70 for silence.

    The K-weighting is applied to each block's power spectrum instead of its samples: close enough to set
    levels.

    Args:
        block: ``(2, n)``, at least 400 ms.
        every: Measure only each so many-th block.
    """
    count = block.shape[1] // _BLOCK
    pieces = block[:, : count * _BLOCK].reshape(2, count, _BLOCK)[:, ::every]
    _, response = signal.sosfreqz(_K_WEIGHTING, np.fft.rfftfreq(_BLOCK) * 2 * np.pi)
    spectrum = np.fft.rfft(pieces, axis=2)
    power = 2.0 * np.sum(np.abs(spectrum) ** 2 * np.abs(response) ** 2, axis=(0, 2)) / _BLOCK**2
    levels = -0.691 + 10.0 * np.log10(power + 1e-12)
    heard = power[levels > -70.0]
    if not heard.size:
        return -70.0
    gate = -0.691 + 10.0 * np.log10(np.mean(heard)) - 10.0
    return float(-0.691 + 10.0 * np.log10(np.mean(power[levels > max(gate, -70.0)])))


def limit(block: Sound, ceiling: float) -> Sound:
    """Bring peaks under a ceiling: half by a soft knee, half by a smooth gain that looks 6 ms ahead.

    A new array.
    """
    knee = np.float32(ceiling * 1.5)
    shaped = knee * np.tanh(block / knee)
    width = -(-shaped.shape[1] // _STRIDE)
    peaks = np.zeros(width * _STRIDE, dtype=np.float32)
    peaks[: shaped.shape[1]] = np.max(np.abs(shaped), axis=0)
    needed = np.minimum(1.0, ceiling / np.maximum(peaks.reshape(width, _STRIDE).max(axis=1), 1e-9))
    held = ndimage.minimum_filter1d(needed, 4 * _LOOK + 1)
    smooth = ndimage.uniform_filter1d(ndimage.uniform_filter1d(held, 2 * _LOOK - 1), 2 * _LOOK - 1)
    centres = (np.arange(width) + 0.5) * _STRIDE
    gain = np.interp(np.arange(shaped.shape[1]), centres, smooth).astype(np.float32)
    return np.asarray(np.clip(shaped * gain, -ceiling, ceiling), dtype=np.float32)


def mixdown(song: Song) -> Sound:
    """Balance the channels by loudness, duck them, add delay and reverb.

    Returns:
        The mix before mastering, ``(2, n)``, without a defined level.
    """
    mix = np.zeros((2, song.samples), dtype=np.float32)
    rooms, echoes = np.zeros_like(mix[0]), np.zeros_like(mix)
    ducking = effects.duck_curve(song.samples, song.kicks, song.duck_release_s)
    while song.channels:
        channel = song.channels.pop(0)
        level = loudness(channel.block, every=4)
        if level <= -70.0:
            continue
        block = channel.block
        block *= np.float32(10.0 ** ((channel.loudness_lufs - level) / 20.0))
        if channel.duck:
            block *= 1.0 - np.float32(channel.duck) * ducking
        mix += block
        if channel.reverb:
            block *= np.float32(channel.reverb)
            rooms += block[0]
            rooms += block[1]
        if channel.delay:
            block *= np.float32(channel.delay / (channel.reverb or 1.0))
            echoes += block
    delay_samples = round(song.seconds(song.delay_steps) * RATE)
    delayed = effects.feedback_delay(echoes, delay_samples, song.delay_feedback)
    mix += delayed
    rooms += np.float32(0.3) * (delayed[0] + delayed[1])
    mix += effects.reverb(0.5 * rooms, effects.room(song.room_s, song.rng))
    return mix


def master(mix: Sound, ending: str) -> Sound:
    """Set the loudness, limit, and cut the edges.

    Args:
        mix: ``(2, n)``; ``n`` is a whole number of milliseconds.
        ending: ``cold``, ``ring`` or ``fade``: a short, a medium or a long fade-out.

    Returns:
        ``(2, n)``, about ``TARGET_LUFS``, 16-bit resolution.
    """
    clean = effects.highpass(mix, 26.0)
    gain_db = TARGET_LUFS - loudness(clean, every=3)
    for _ in range(2):
        limited = limit(clean * np.float32(10.0 ** (gain_db / 20.0)), CEILING)
        error_db = TARGET_LUFS - loudness(limited, every=3)
        if abs(error_db) < 0.4:
            break
        gain_db += error_db
    seconds = mix.shape[1] / RATE
    fade_s = {"cold": 0.09, "ring": 2.5, "fade": min(12.0, seconds * 0.16)}[ending]
    return _cut(limited, round(fade_s * 1000))


def _cut(block: Sound, fade_out_ms: int) -> Sound:
    """Declick the start and fade the end, as a pydub segment."""
    samples = np.ascontiguousarray(np.rint(block.T * 32767.0).astype("<i2"))
    segment = AudioSegment(data=samples.tobytes(), sample_width=2, frame_rate=RATE, channels=2)
    segment = segment.fade_in(3).fade_out(fade_out_ms)
    faded = np.frombuffer(segment.raw_data, dtype="<i2").reshape(-1, 2).T
    return np.ascontiguousarray(faded.astype(np.float32) / np.float32(32768.0))
