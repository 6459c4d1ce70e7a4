import os
import resource
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from mixer.deck import Deck
from mixer.decks import Decks
from mixer.errors import DeckError
from mixer.pcm import silence
from tests.unit.mixer.signals import LSB, read, tone, wav

FILES = [
    *("cbr.mp3", "vbr.mp3", "bare.mp3", "a.flac", "a.ogg", "a.opus", "a.m4a", "a.wav", "a.aiff", "a.mka"),
    *("hz47999.wav", "mono8k.wav", "surround.flac"),
]


@pytest.mark.parametrize("name", FILES)
def test_a_seek_gives_what_decoding_from_the_start_gives(music: Path, name: str) -> None:
    whole = read(music / name, 0, 600_000)
    assert np.abs(whole[:, 100_000:500_000]).max() > 0.05
    for start in (1, 47_999, 123_457, 300_001, 431_987, 574_000):
        got = read(music / name, start, 5_760)
        assert np.max(np.abs(got - whole[:, start : start + 5_760])) < LSB, start


@pytest.mark.parametrize("name", FILES)
def test_reading_beyond_either_end_is_silence(music: Path, name: str) -> None:
    decks, out = Decks(), silence(1000)
    assert decks.read(music / name, -1000, out) == 0
    assert decks.read(music / name, -500, out) == 500
    assert decks.read(music / name, 10**7, out) == 0
    assert not out.any()
    decks.close()


def test_lengths_are_exact(music: Path, decks: Decks) -> None:
    out = silence(700_000)
    for name in ("a.wav", "a.flac", "cbr.mp3", "surround.flac", "mono8k.wav"):
        assert abs(decks.read(music / name, 0, out) - 576_000) <= 2, name


def test_pieces_of_any_size_join(music: Path, decks: Decks) -> None:
    whole, at = read(music / "cbr.mp3", 0, 200_000), 0
    for size in [1, 7, 5_760, 30_000, 3, 40_000, 1_000] * 2:
        out = silence(size)
        decks.read(music / "cbr.mp3", at, out)
        assert np.array_equal(out, whole[:, at : at + size])
        at += size - min(at, 500)
    assert len(decks) == 1


def test_tracks_open_at_once_are_bounded(music: Path) -> None:
    decks, out = Decks(most=3), silence(10)
    for name in FILES[:6]:
        decks.read(music / name, 0, out)
    assert len(decks) == 3
    decks.close()
    assert len(decks) == 0


def test_half_an_hour_takes_no_more_memory_than_a_minute(tmp_path: Path) -> None:
    path, second = tmp_path / "long.wav", (np.ones((48_000, 2)) * 1000).astype("<i2").tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48_000)
        for _ in range(30 * 60):
            file.writeframes(second)
    deck, out = Deck(path), silence(48_000)
    deck.read(0, out)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for at in range(0, 30 * 60 * 48_000, 48_000):
        assert deck.read(at, out) == 48_000
    deck.close()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # of 345 600 kB of samples


def test_a_file_deleted_while_playing_goes_on(music: Path, tmp_path: Path, decks: Decks) -> None:
    path = Path(shutil.copy(music / "a.flac", tmp_path))
    out = silence(48_000)
    decks.read(path, 0, out)
    path.unlink()
    for at in range(48_000, 528_000, 48_000):
        assert decks.read(path, at, out) == 48_000
    assert np.array_equal(out, read(music / "a.flac", 480_000, 48_000))


@pytest.mark.parametrize(
    "content", [b"", b"garbage" * 5000, b"ID3\x04" + bytes(3000), b"RIFF\xff\xff\xff\xffWAVE"]
)
def test_garbage_is_an_error_that_names_the_file(tmp_path: Path, content: bytes, decks: Decks) -> None:
    path = tmp_path / "broken.mp3"
    path.write_bytes(content)
    with pytest.raises(DeckError, match=r"broken\.mp3"):
        decks.read(path, 0, silence(100))
    assert len(decks) == 0


def test_a_missing_file_is_an_error(tmp_path: Path, decks: Decks) -> None:
    with pytest.raises(DeckError, match="cannot be opened"):
        decks.read(tmp_path / "none.mp3", 0, silence(100))


@pytest.mark.parametrize("name", ["cbr.mp3", "a.flac", "a.ogg", "a.wav"])
def test_a_truncated_file_gives_what_it_has(music: Path, tmp_path: Path, name: str, decks: Decks) -> None:
    path = tmp_path / name
    path.write_bytes((music / name).read_bytes()[: (music / name).stat().st_size // 2])
    out = silence(700_000)
    got = decks.read(path, 0, out)
    assert 200_000 < got < 350_000
    assert not out[:, got:].any()


@pytest.mark.parametrize(
    "name", [b"caf\xe9 \xff.wav", b"x" * 251 + b".wav", b"%d:a?*'.wav", "雪.wav".encode()]
)
def test_any_name_opens(tmp_path: Path, name: bytes, decks: Decks) -> None:
    path = tmp_path / os.fsdecode(name)
    wav(path, tone(0.5))
    assert decks.read(path, 0, silence(24_000)) == 24_000


@pytest.mark.parametrize(
    ("channels", "rate"), [(1, 8_000), (2, 11_025), (4, 96_000), (6, 192_000), (8, 22_050)]
)
def test_any_shape_becomes_48k_stereo(tmp_path: Path, channels: int, rate: int, decks: Decks) -> None:
    path = wav(tmp_path / "a.wav", tone(1, rate=rate, channels=channels), rate)
    out = silence(48_000)
    assert abs(decks.read(path, 0, out) - 48_000) <= 1
    spectrum = np.abs(np.fft.rfft(out[:, 4_800:43_200] * np.hanning(38_400)))
    assert np.argmax(spectrum, axis=1).tolist() == [798, 798]  # 997 Hz in steps of 1.25 Hz
