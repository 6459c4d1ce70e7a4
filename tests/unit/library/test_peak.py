from __future__ import annotations

import math
from fractions import Fraction

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from drift.library.peak import PeakMeter

RATE = 48_000


def ffmpeg(signal: NDArray[np.float32]) -> float:
    """The highest true peak by FFmpeg's ``ebur128``, as a factor of full scale."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="fltp", sample_rate=RATE, layout="stereo")
    graph.link_nodes(
        source, graph.add("ebur128", "peak=true:metadata=1"), graph.add("abuffersink")
    ).configure()
    padded = np.pad(signal, ((0, 0), (0, 9_600 - signal.shape[1] % 4_800)))
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(padded), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    graph.push(frame)
    report: dict[str, str] = {}
    while True:
        try:
            report = graph.pull().metadata
        except (BlockingIOError, EOFError):
            break
    peaks = [float(report[f"lavfi.r128.true_peaks_ch{channel}"]) for channel in (0, 1)]
    return max(*peaks, float(np.abs(signal).max()))


def own(signal: NDArray[np.float32], block: int = 24_000) -> float:
    meter = PeakMeter()
    for begin in range(0, signal.shape[1], block):
        meter.push(signal[:, begin : begin + block])
    return meter.finish()


def tone(hz: float, phase: float) -> NDArray[np.float32]:
    t = np.arange(RATE)
    soft = np.minimum(1, np.minimum(t, t[::-1]) / 4_800)
    return np.tile(0.5 * np.sin(2 * np.pi * hz / RATE * t + phase) * soft, (2, 1)).astype(np.float32)


@pytest.mark.parametrize("phase", [0.0, 0.5, math.pi / 4, 1.2])
@pytest.mark.parametrize("hz", [50, 997, 6_000, 8_000, 12_000, 15_999, 18_000, 19_000, 20_000])
def test_tones_agree_with_ffmpeg(hz: float, phase: float) -> None:
    signal = tone(hz, phase)
    assert 20 * math.log10(own(signal) / ffmpeg(signal)) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("seed", range(4))
def test_music_like_signals_agree_with_ffmpeg(seed: int) -> None:
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.normal(0, 1, (2, 2 * RATE)))
    spectrum /= 1 + np.arange(spectrum.shape[1]) / 2_000
    wave = np.fft.irfft(spectrum)
    wave = np.clip(wave / wave.std() * 0.4, -0.8, 0.8).astype(np.float32)  # over-loud
    assert 20 * math.log10(own(wave) / ffmpeg(wave)) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("block", [1, 15, 16, 17, 33, 1_000])
def test_the_size_of_blocks_does_not_matter(block: int) -> None:
    signal = tone(12_000, math.pi / 4)[:, :5_000]
    assert own(signal, block) == pytest.approx(own(signal), rel=1e-6)


def test_edges_and_silence() -> None:
    assert own(np.zeros((2, 1_000), np.float32)) == 0.0
    assert PeakMeter().finish() == 0.0
    last = np.zeros((2, 1_000), np.float32)
    last[1, -1] = -0.7
    assert own(last) == pytest.approx(0.7, rel=1e-6)
