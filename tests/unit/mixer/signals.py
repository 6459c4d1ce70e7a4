"""Sounds, files made of them, measures of what came out, and a full disk."""

from __future__ import annotations

import re
import resource
import subprocess
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from mixer.decks import Decks
from mixer.pcm import Block, silence
from mixer.timeline import Source

Pcm = npt.NDArray[np.float64]
LSB = 1 / 32_768


def tone(
    seconds: float, dbfs: float = -23.0, hz: float = 997.0, rate: int = 48_000, channels: int = 2
) -> Pcm:
    """A sine whose peak is `dbfs`; 997 Hz in two channels reads the same number in LUFS."""
    t = np.arange(round(seconds * rate)) / rate
    return np.tile(10 ** (dbfs / 20) * np.sin(2 * np.pi * hz * t), (channels, 1))


def noise(seconds: float, rms: float = 0.05, seed: int = 1, rate: int = 48_000, channels: int = 2) -> Pcm:
    """White noise, no two channels alike."""
    pcm = np.random.default_rng(seed).normal(0, rms, (channels, round(seconds * rate)))
    return np.clip(pcm, -0.99, 0.99)


def wav(path: Path, pcm: Pcm, rate: int = 48_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(pcm.shape[0])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(pcm.T * 32_767).astype("<i2").tobytes())
    return path


def ffmpeg(*arguments: str | Path, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run FFmpeg's own program; complaints of it are failures."""
    command = ["ffmpeg", "-nostdin", "-y", "-v", "warning", *map(str, arguments)]
    if data is not None:
        command.remove("-nostdin")
    return subprocess.run(command, input=data, capture_output=True, check=True)


def source(path: Path, length: int, lufs: float = -16.0, peak_db: float = -10.0, key: str = "") -> Source:
    return Source(key or path.stem, path, 0, length, lufs, peak_db)


def read(path: Path, start: int, n: int) -> Block:
    """A span, by a deck that has not read anything else."""
    decks, out = Decks(), silence(n)
    decks.read(path, start, out)
    decks.close()
    return out


def true_peak_db(block: npt.NDArray[Any]) -> float:
    """Eight-fold oversampled, by another filter than the limiter's; the ends are left out, where it rings."""
    over = resample_poly(block.astype(np.float64), 8, 1, axis=1)[:, 800:-800]
    return float(20 * np.log10(np.max(np.abs(over)) + 1e-12))


def measured(block: Block) -> tuple[float, float]:
    """Integrated loudness in LUFS and true peak in dBTP, as FFmpeg's ebur128 sees them."""
    raw = np.ascontiguousarray(block.T).tobytes()
    command = (
        "ffmpeg -hide_banner -nostats -f f32le -ar 48000 -ac 2 -i pipe:0 -af ebur128=peak=true -f null -"
    )
    done = subprocess.run(command.split(), input=raw, capture_output=True, check=True)
    summary = done.stderr.decode().rpartition("Summary:")[2]
    loudness = re.search(r"I:\s+(\S+) LUFS", summary)
    peak = re.search(r"Peak:\s+(\S+) dBFS", summary)
    assert loudness is not None
    assert peak is not None
    return float(loudness[1]), float(peak[1])


def longest_silence(block: Block, below_db: float = -60.0) -> int:
    """The longest run of samples in which both channels stay below a level."""
    loud = np.flatnonzero(np.max(np.abs(block), axis=0) > 10 ** (below_db / 20))
    edges = np.concatenate(([-1], loud, [block.shape[1]]))
    return int(np.max(np.diff(edges))) - 1


def snr_db(wanted: npt.NDArray[Any], got: npt.NDArray[Any]) -> float:
    error = np.sum((wanted.astype(np.float64) - got) ** 2)
    return float(10 * np.log10(np.sum(wanted.astype(np.float64) ** 2) / max(float(error), 1e-20)))


def decoded(data: bytes) -> Block:
    """What FFmpeg's program makes of a stream: 48 kHz stereo; it must not complain."""
    done = ffmpeg("-i", "pipe:0", "-f", "f32le", "-ar", "48000", "-ac", "2", "pipe:1", data=data)
    assert done.stderr == b"", done.stderr.decode()
    pcm = np.frombuffer(done.stdout, np.float32).reshape(-1, 2).T
    return np.ascontiguousarray(pcm)


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """No file can be written beyond ``room`` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
