"""Listening with FFmpeg and numpy: decode what a listener gets, look for what one would complain about."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

RATE = 48_000
Pcm = npt.NDArray[np.float32]


def decode(source: str | Path, seconds: float | None = None) -> Pcm:
    """Decode a URL or file with the ``ffmpeg`` program; anything it complains about fails the test.

    Returns:
        A block ``(2, n)``.
    """
    limit = [] if seconds is None else ["-t", str(seconds)]
    pcm = ["-f", "f32le", "-ac", "2", "-ar", str(RATE), "-"]
    done = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-i", str(source), *limit, *pcm],
        capture_output=True,
        timeout=(seconds or 0) + 60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b"", f"ffmpeg complains: {done.stderr.decode()}"
    return np.frombuffer(done.stdout, dtype="<f4").reshape(-1, 2).T


def decode_all(sources: list[str], seconds: float) -> list[Pcm]:
    """Decode several endless streams at once."""
    with ThreadPoolExecutor(len(sources)) as pool:
        return list(pool.map(lambda source: decode(source, seconds), sources))


def longest_silence_s(pcm: Pcm, below_dbfs: float = -60.0) -> float:
    """The longest run of 10 ms windows that stay below a level, in seconds."""
    window = RATE // 100
    n = pcm.shape[1] // window
    levels = np.abs(pcm[:, : n * window]).reshape(2, n, window).max(axis=(0, 2))
    longest = run = 0
    for quiet in levels < 10 ** (below_dbfs / 20):
        run = run + 1 if quiet else 0
        longest = max(longest, run)
    return longest / 100


def true_peak_db(pcm: Pcm) -> float:
    """The true peak in dBTP: 8-fold oversampled, by a filter that Drift does not use."""
    peak = max(float(np.max(np.abs(resample_poly(channel, 8, 1)))) for channel in pcm)
    return 20 * float(np.log10(max(peak, 1e-10)))
