"""Synthesised signals whose descriptors are known, and how the analysis hears them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import av
import numpy as np
import numpy.typing as npt

from drift.library import demo
from drift.library.analysis.sound import RATE_HZ, Listener, Sound

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

MAJOR, MINOR = (0, 4, 7), (0, 3, 7)


def hear(signal: Floats | Doubles, cue_in_s: float = 0.0, cue_out_s: float | None = None) -> Sound:
    """The sound of a mono signal ``(n,)`` or a stereo one ``(2, n)``, pushed in blocks of 100 ms."""
    stereo = np.broadcast_to(signal.astype(np.float32), (2, signal.shape[-1]))
    listener = Listener()
    for start in range(0, stereo.shape[1], 4_800):
        listener.push(stereo[:, start : start + 4_800])
    end = stereo.shape[1] if cue_out_s is None else round(cue_out_s * RATE_HZ)
    return listener.finish(round(cue_in_s * RATE_HZ), end)


def seconds(length_s: float) -> Doubles:
    """The time of each sample."""
    return np.arange(round(length_s * RATE_HZ)) / RATE_HZ


def sine(hz: float, length_s: float, level: float = 0.5) -> Doubles:
    """A tone whose peak is ``level``."""
    return level * np.sin(2 * np.pi * hz * seconds(length_s))


def white(length_s: float, level: float = 0.1, seed: int = 1) -> Doubles:
    """White noise of RMS ``level``."""
    return np.random.default_rng(seed).standard_normal(round(length_s * RATE_HZ)) * level


def pink(length_s: float, level: float = 0.1, seed: int = 1) -> Doubles:
    """Pink noise of RMS ``level``: equal power in every octave from 20 Hz on."""
    noise = np.fft.rfft(white(length_s, seed=seed))
    hz = np.fft.rfftfreq(round(length_s * RATE_HZ), 1 / RATE_HZ)
    noise[hz < 20] = 0
    shaped = np.fft.irfft(noise / np.sqrt(np.maximum(hz, 20)), round(length_s * RATE_HZ))
    return np.asarray(shaped * (level / shaped.std()))


def chord(notes: Sequence[int], length_s: float, cents: float = 0.0, level: float = 0.05) -> Doubles:
    """Notes by MIDI number with four falling harmonics each, and soft edges, off A = 440 Hz by ``cents``."""
    time = seconds(length_s)
    tone = np.zeros(time.size)
    for note in notes:
        angle = 2 * np.pi * 440 * 2 ** ((note - 69 + cents / 100) / 12) * time
        first, twice = np.sin(angle), 2 * np.cos(angle)
        second = twice * first
        third = twice * second - first
        tone += first + second / 2 + third / 3 + (twice * third - second) / 4
    return np.asarray(tone * level * np.clip(np.minimum(time, time[::-1]) / 0.02, 0, 1))


def cadence(tonic: int, *, minor: bool, cents: float = 0.0, chord_s: float = 0.6) -> Doubles:
    """I IV V I (minor: i iv V i), with the roots in the bass."""
    own = MINOR if minor else MAJOR
    steps = ((0, own), (5, own), (7, MAJOR), (0, own))
    parts = []
    for root, notes in steps:
        upper = [60 + (tonic + root + note) % 12 for note in notes]
        parts.append(chord([48 + (tonic + root) % 12, *upper], chord_s, cents))
    return np.concatenate(parts)


def beats(length_s: float, every_s: float = 0.5, level: float = 0.6) -> Doubles:
    """Decaying bursts of noise over a chord that goes on: something that begins anew all the time."""
    time = seconds(length_s)
    hits = white(length_s, level / 3) * np.exp(-(time % every_s) * 14)
    return np.asarray(hits + chord((45, 57, 60, 64), length_s, level=0.03))


@cache
def demo_track(ending: str) -> Floats:
    """The shortest demo track that ends so, ``(2, n)``."""
    tracks = [track for track in demo.TRACKS if track.ending == ending]
    return demo.render(min(tracks, key=lambda track: track.duration_s), demo.DEFAULT_SEED)


ODD = {
    "nothing": np.zeros(0),
    "a moment": chord((60, 64, 67), 0.08),
    "silence": np.zeros(10 * RATE_HZ),
    "constant": np.full(10 * RATE_HZ, 0.5),
    "white noise": white(10),
    "opposite channels": np.stack((white(10), -white(10))),
    "one channel": np.stack((white(10), np.zeros(10 * RATE_HZ))),
    "two seconds": chord((60, 64, 67), 2),
    "a click": np.eye(1, 5 * RATE_HZ, 2 * RATE_HZ)[0],
    "very loud": white(5, 100.0),
    "very faint": white(5, 1e-7),
}
"""What no descriptor may stumble over."""


@cache
def hear_odd(name: str) -> Sound:
    """One of them, heard once."""
    return hear(ODD[name])


def ffmpeg_loudness_range(frames: Iterable[av.AudioFrame]) -> float:
    """What FFmpeg's ``ebur128`` says, LU, of float32 planar stereo frames at 48 kHz, 100 ms each."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="fltp", sample_rate=RATE_HZ, layout="stereo")
    sink = graph.add("abuffersink")
    graph.link_nodes(source, graph.add("ebur128", "metadata=1"), sink).configure()
    report, place = "0", 0
    for frame in frames:
        frame.pts, place = place, place + frame.samples
        graph.push(frame)
        while True:
            try:
                report = graph.pull().metadata.get("lavfi.r128.LRA", report)
            except (BlockingIOError, EOFError):
                break
    return float(report)
