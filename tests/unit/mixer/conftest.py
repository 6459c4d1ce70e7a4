"""Small synthetic tracks, made once per run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mixer.decks import Decks
from mixer.timeline import Source
from tests.unit.mixer.signals import ffmpeg, noise, source, wav

SECONDS = 12
ENCODINGS = {
    "cbr.mp3": "-c:a libmp3lame -b:a 128k",
    "vbr.mp3": "-c:a libmp3lame -q:a 4",
    "bare.mp3": "-c:a libmp3lame -q:a 4 -write_xing 0 -id3v2_version 0",
    "a.flac": "-c:a flac",
    "a.ogg": "-c:a libvorbis -q:a 4",
    "a.opus": "-c:a libopus -b:a 96k",
    "a.m4a": "-c:a aac -b:a 160k -aac_pns 0",
    "a.aiff": "-c:a pcm_s16be",
    "a.mka": "-c:a libvorbis -q:a 4",
    "hz47999.wav": "-c:a pcm_s16le -ar 47999",
}


@pytest.fixture(scope="session")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 12 s of noise at 44.1 kHz in every encoding, and odd shapes of it as wav and flac."""
    folder = tmp_path_factory.mktemp("music")
    original = wav(folder / "a.wav", noise(SECONDS, rate=44_100), 44_100)
    for name, options in ENCODINGS.items():
        ffmpeg("-i", original, *options.split(), folder / name)
    wav(folder / "mono8k.wav", noise(SECONDS, rate=8_000, channels=1), 8_000)
    surround = wav(folder / "six.wav", noise(SECONDS, rate=48_000, channels=6), 48_000)
    ffmpeg("-i", surround, "-ar", "192000", "-c:a", "flac", folder / "surround.flac")
    surround.unlink()
    return folder


@pytest.fixture
def decks() -> Iterator[Decks]:
    many = Decks()
    yield many
    many.close()


@pytest.fixture(scope="session")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> list[Source]:
    """Six tracks of noise, 2 to 12 s long."""
    folder = tmp_path_factory.mktemp("tracks")
    return [
        source(wav(folder / f"{n}.wav", noise(n, seed=n, rms=0.1)), n * 48_000, lufs=-17.0, peak_db=-6.0)
        for n in (2, 12, 4, 9, 3, 7)
    ]
