"""Music that can be told apart: one tone per track."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from tests.support.ears import RATE, Pcm


def tone(path: Path, hz: float, seconds: float, right_hz: float = 0.0) -> Path:
    """Write a WAV file with one tone, or one on the left and another on the right."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    sides = [np.sin(2 * np.pi * one * time_s) * 8000 for one in (hz, right_hz or hz)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.stack(sides, axis=1).astype("<i2").tobytes())
    return path


def tones(
    folder: Path, count: int, seconds: float = 12, lowest_hz: float = 200.0, ratio: float = 1.15
) -> Path:
    """A folder of tones, each by the same interval above the one before; named by their number."""
    folder.mkdir()
    for number in range(count):
        tone(folder / f"{number:03}.wav", lowest_hz * ratio**number, seconds)
    return folder


def loudest_hz(pcm: Pcm) -> float:
    """The frequency of the strongest tone."""
    mono = pcm.mean(axis=0) * np.hanning(pcm.shape[1])
    return float(np.argmax(np.abs(np.fft.rfft(mono))) * RATE / pcm.shape[1])
