"""Small synthetic music, made once per run."""

from __future__ import annotations

import os
import subprocess
import wave
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

RATE = 44_100
NOBODY = 65_534

Samples = NDArray[np.float64]


class Studio:
    """Makes sounds, (channels, n) in -1..1, and writes them to files."""

    def sine(
        self, seconds: float, dbfs: float = -23.0, hz: float = 997.0, rate: int = RATE, channels: int = 2
    ) -> Samples:
        """A tone whose peak is `dbfs`; 997 Hz in two channels reads the same number in LUFS."""
        t = np.arange(round(seconds * rate)) / rate
        return np.tile(10 ** (dbfs / 20) * np.sin(2 * np.pi * hz * t), (channels, 1))

    def noise(self, seconds: float, rate: int = RATE, seed: int = 1, channels: int = 2) -> Samples:
        """White noise at about -26 dBFS RMS."""
        return np.random.default_rng(seed).normal(0, 0.05, (channels, round(seconds * rate))).clip(-1, 1)

    def silence(self, seconds: float, rate: int = RATE, channels: int = 2) -> Samples:
        return np.zeros((channels, round(seconds * rate)))

    def wav(self, path: Path, samples: Samples, rate: int = RATE) -> Path:
        with wave.open(str(path), "wb") as file:
            file.setnchannels(samples.shape[0])
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(np.ascontiguousarray((samples * 32767).round().astype("<i2").T).tobytes())
        return path

    def encode(
        self, path: Path, samples: Samples, codec: str, rate: int = RATE, layout: str = "stereo"
    ) -> Path:
        pcm = np.ascontiguousarray((samples * 32767).round().astype(np.int16))
        with av.open(str(path), "w") as out:
            stream = out.add_stream(codec, rate=rate, layout=layout)
            assert isinstance(stream, av.AudioStream)
            for start in range(0, pcm.shape[1], 4800):
                block = np.ascontiguousarray(pcm[:, start : start + 4800])
                frame = av.AudioFrame.from_ndarray(block, format="s16p", layout=layout)
                frame.sample_rate = rate
                frame.pts = start
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        return path

    def vorbis(self, path: Path, samples: Samples) -> Path:
        """PyAV has no good Vorbis encoder; the ``ffmpeg`` program has."""
        source = self.wav(path.with_suffix(".tmp.wav"), samples)
        command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), "-c:a", "libvorbis", str(path)]
        subprocess.run(command, check=True)
        source.unlink()
        return path


@pytest.fixture(scope="session")
def studio() -> Studio:
    return Studio()


@pytest.fixture(scope="session")
def formats(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same five seconds (0.5 s silence, 4 s tone at -23, 0.5 s silence) in every format."""
    folder = tmp_path_factory.mktemp("formats")
    tone = np.concatenate([studio.silence(0.5), studio.sine(4.0), studio.silence(0.5)], axis=1)
    at_48k = np.concatenate(
        [studio.silence(0.5, 48_000), studio.sine(4.0, rate=48_000), studio.silence(0.5, 48_000)], axis=1
    )
    return {
        "mp3": studio.encode(folder / "a.mp3", tone, "libmp3lame"),
        "flac": studio.encode(folder / "a.flac", tone, "flac"),
        "opus": studio.encode(folder / "a.opus", at_48k, "libopus", rate=48_000),
        "ogg": studio.vorbis(folder / "a.ogg", tone),
        "m4a": studio.encode(folder / "a.m4a", tone, "aac"),
        "wav": studio.wav(folder / "a.wav", tone),
        "aiff": studio.encode(folder / "a.aiff", tone, "pcm_s16be"),
    }


@pytest.fixture
def album(studio: Studio, tmp_path: Path) -> Callable[[int], Path]:
    """Makes a folder with so many different small tracks."""

    def make(count: int) -> Path:
        folder = tmp_path / "music"
        folder.mkdir(exist_ok=True)
        for number in range(count):
            sound = studio.noise(2.2, 8_000, seed=number, channels=1)
            studio.wav(folder / f"{number:03}.wav", sound, 8_000)
        return folder

    return make


@pytest.fixture
def unprivileged() -> Callable[[], AbstractContextManager[None]]:
    """Root may read everything: within this, the test is nobody."""

    @contextmanager
    def drop() -> Iterator[None]:
        if os.geteuid() != 0:
            yield
            return
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)
            os.setegid(0)

    return drop
