from __future__ import annotations

import math
import random
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from drift.errors import UnplayableError
from drift.library.decode import RATE_HZ
from drift.library.probe import probe
from drift.models import Track

if TYPE_CHECKING:
    from tests.unit.library.conftest import Studio

CUE_TOLERANCE = RATE_HZ // 100


@pytest.fixture
def look(tmp_path: Path) -> Any:
    return lambda path: probe(path, tmp_path / "art")


def refusal(path: Path) -> str:
    with pytest.raises(UnplayableError) as caught:
        probe(path, path.parent / "art")
    return str(caught.value)


def stereo_length(path: Path) -> int:
    """What the resampler gives for the whole file, as a deck would count it."""
    resampler = av.AudioResampler("fltp", "stereo", RATE_HZ)
    with av.open(str(path)) as container:
        frames = [*container.decode(audio=0), None]
        return sum(block.samples for frame in frames for block in resampler.resample(frame))


@pytest.mark.parametrize(
    ("kind", "codec"),
    [
        ("mp3", "mp3"),
        ("flac", "flac"),
        ("opus", "opus"),
        ("ogg", "vorbis"),
        ("m4a", "aac"),
        ("wav", "pcm_s16le"),
        ("aiff", "pcm_s16be"),
    ],
)
def test_every_format_measures_the_same(kind: str, codec: str, formats: dict[str, Path], look: Any) -> None:
    track: Track = look(formats[kind])
    audio = track.audio
    assert audio.codec == codec
    assert audio.channels == 2
    assert audio.length_samples == stereo_length(formats[kind])
    assert audio.length_samples == pytest.approx(5 * RATE_HZ, abs=1_200)  # AAC and Opus pad to their frames
    # 37 whole blocks of 400 ms, and at each edge three that are 75, 50 and 25 % tone: 40 / 43 of the power
    encoder_db = 20 * math.log10(0.95) if kind == "mp3" else 0.0  # LAME scales its input, against clipping
    assert audio.loudness_lufs == pytest.approx(-23.31 + encoder_db, abs=0.1)
    assert audio.true_peak_dbtp == pytest.approx(-23.0, abs=0.8 if kind in {"mp3", "opus", "ogg"} else 0.2)
    # A lossy codec smears the edge over its own window
    smear = 0 if kind in {"wav", "flac", "aiff"} else RATE_HZ // 50
    assert audio.cue_in_samples == pytest.approx(0.5 * RATE_HZ, abs=CUE_TOLERANCE + smear)
    assert audio.cue_out_samples == pytest.approx(4.5 * RATE_HZ, abs=CUE_TOLERANCE + smear)
    assert len(track.id) == 32


@pytest.mark.parametrize("dbfs", [-23.0, -3.0, -40.0])
def test_loudness_of_a_tone_is_its_level(dbfs: float, studio: Studio, tmp_path: Path, look: Any) -> None:
    audio = look(studio.wav(tmp_path / "a.wav", studio.sine(3.0, dbfs))).audio
    assert audio.loudness_lufs == pytest.approx(dbfs, abs=0.1)
    assert audio.true_peak_dbtp == pytest.approx(dbfs, abs=0.2)


@pytest.mark.parametrize(
    ("rate", "count"), [(8_000, 16_001), (11_025, 30_001), (44_100, 88_207), (96_000, 200_001)]
)
def test_length_is_exact(rate: int, count: int, studio: Studio, tmp_path: Path, look: Any) -> None:
    path = studio.wav(tmp_path / "a.wav", studio.noise(3, rate)[:, :count], rate)
    assert look(path).audio.length_samples == -(-count * RATE_HZ // rate)


def test_true_peak_is_found_between_samples(studio: Studio, tmp_path: Path, look: Any) -> None:
    t = np.arange(3 * RATE_HZ)
    tone = np.tile(0.5 * np.sin(np.pi / 2 * t + np.pi / 4), (2, 1))  # every sample is 3 dB below the peak
    tone *= np.minimum(1, np.minimum(t, t[::-1]) / 4_800)
    audio = look(studio.wav(tmp_path / "a.wav", tone, RATE_HZ)).audio
    assert audio.true_peak_dbtp == pytest.approx(-6.02, abs=0.2)


def test_mono_8_khz_and_surround_192_khz(studio: Studio, tmp_path: Path, look: Any) -> None:
    mono = look(studio.wav(tmp_path / "a.wav", studio.noise(3, 8_000, channels=1), 8_000)).audio
    assert (mono.channels, mono.sample_rate_hz, mono.length_samples) == (1, 8_000, 3 * RATE_HZ)
    sound = studio.noise(2.5, 192_000, channels=6)
    path = studio.encode(tmp_path / "b.flac", sound, "flac", rate=192_000, layout="5.1")
    surround = look(path).audio
    assert (surround.channels, surround.sample_rate_hz) == (6, 192_000)
    assert surround.length_samples == pytest.approx(2.5 * RATE_HZ, abs=1)


def test_tone_burst_without_silence_fills_the_file(studio: Studio, tmp_path: Path, look: Any) -> None:
    audio = look(studio.wav(tmp_path / "a.wav", studio.noise(2.003))).audio
    assert (audio.cue_in_samples, audio.cue_out_samples) == (0, audio.length_samples)


def test_quieter_than_the_threshold_is_silence(studio: Studio, tmp_path: Path, look: Any) -> None:
    parts = [studio.sine(1.0, -60), studio.sine(3.0, -40), studio.sine(1.0, -60)]
    audio = look(studio.wav(tmp_path / "a.wav", np.concatenate(parts, axis=1))).audio
    assert audio.cue_in_samples == pytest.approx(RATE_HZ, abs=CUE_TOLERANCE)
    assert audio.cue_out_samples == pytest.approx(4 * RATE_HZ, abs=CUE_TOLERANCE)


def test_identity_is_the_audio(formats: dict[str, Path], studio: Studio, tmp_path: Path, look: Any) -> None:
    first = look(formats["wav"])
    other_name = tmp_path / "other.wav"
    other_name.write_bytes(formats["wav"].read_bytes())
    assert look(other_name).id == first.id
    assert look(studio.wav(tmp_path / "b.wav", studio.noise(3))).id != first.id
    same_bytes = studio.wav(tmp_path / "c.wav", studio.noise(6, channels=1))
    as_stereo = studio.wav(tmp_path / "d.wav", studio.noise(6, channels=1).reshape(-1, 2).T)
    assert look(same_bytes).id != look(as_stereo).id


def test_wrong_extension_is_judged_by_content(formats: dict[str, Path], tmp_path: Path, look: Any) -> None:
    path = tmp_path / "really-mp3.flac"
    path.write_bytes(formats["mp3"].read_bytes())
    assert look(path).audio.codec == "mp3"


@pytest.mark.parametrize(("kind", "codec"), [("mp3", "libmp3lame"), ("flac", "flac"), ("opus", "libopus")])
def test_truncated_plays_what_is_there(
    kind: str, codec: str, studio: Studio, tmp_path: Path, look: Any
) -> None:
    path = studio.encode(tmp_path / f"cut.{kind}", studio.noise(6, RATE_HZ), codec, rate=RATE_HZ)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 7 // 10])
    assert 3.0 * RATE_HZ < look(path).audio.length_samples < 4.5 * RATE_HZ
    path.write_bytes(data[: len(data) // 4])
    assert "too short" in refusal(path)


def test_truncated_m4a_without_its_index(formats: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "cut.m4a"
    path.write_bytes(formats["m4a"].read_bytes()[:30_000])
    assert refusal(path) == "not audio, or damaged or broken off beyond recognition"


def test_damage_in_the_middle_is_skipped(studio: Studio, tmp_path: Path, look: Any) -> None:
    path = studio.encode(tmp_path / "a.mp3", studio.noise(10), "libmp3lame")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + len(data) // 10] = random.Random(1).randbytes(len(data) // 10)
    path.write_bytes(data)
    assert 7.5 * RATE_HZ < look(path).audio.length_samples < 10.1 * RATE_HZ


def test_mostly_damaged_is_refused(studio: Studio, tmp_path: Path) -> None:
    path = studio.encode(tmp_path / "a.m4a", studio.noise(10), "aac")
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    length = len(data) * 8 // 10
    data[start : start + length] = b"\xff" * length
    path.write_bytes(data)
    assert refusal(path).startswith("damaged")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.mp3", b"", "empty"),
        ("text.mp3", b"This is not music.\n" * 400, "not audio"),
        ("page.mp3", b"<!DOCTYPE html><title>404</title>" * 50, "a web page"),
        ("picture.mp3", b"\xff\xd8\xff\xe0" + b"\0" * 4_000, "a JPEG picture"),
        ("playlist.mp3", b"#EXTM3U\nhttp://localhost:1/secret.mp3\n", "a playlist"),
        ("concat.mp3", b"ffconcat version 1.0\nfile /etc/hostname\n", "not audio"),
        ("random.mp3", random.Random(2).randbytes(200_000), "audio"),
        ("random.wav", random.Random(3).randbytes(200_000), "not audio"),
        ("zeros.flac", bytes(100_000), "audio"),
    ],
)
def test_what_is_no_audio_is_refused_in_words(name: str, content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert reason in refusal(path)


def test_zip_named_mp3(tmp_path: Path) -> None:
    path = tmp_path / "album.mp3"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", random.Random(4).randbytes(100_000))
    assert "ZIP" in refusal(path)


def test_drm_sample_entry(formats: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "bought.m4p"
    path.write_bytes(formats["m4a"].read_bytes().replace(b"mp4a", b"drms"))
    assert "DRM" in refusal(path)


def test_common_encryption(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "rented.mp4"
    options = {
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
        "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
    }
    plain = studio.encode(tmp_path / "plain.m4a", studio.noise(3), "aac")
    with av.open(str(plain)) as source, av.open(str(path), "w", options=options) as out:
        stream = out.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    assert "DRM" in refusal(path)


def test_video_without_sound(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=25, width=64, height=64)
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number, np.uint8))
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    assert "no audio" in refusal(path)


def test_short_and_silent(studio: Studio, tmp_path: Path) -> None:
    assert refusal(studio.wav(tmp_path / "a.wav", studio.noise(1.9))).startswith("too short")
    assert refusal(studio.wav(tmp_path / "b.wav", studio.silence(5))).startswith("silent")
    blip = np.concatenate([studio.silence(5), studio.noise(0.3), studio.silence(5)], axis=1)
    assert refusal(studio.wav(tmp_path / "c.wav", blip)) == "too short: only 0.3 s of it are not silent"


def test_an_offset_is_not_sound(studio: Studio, tmp_path: Path) -> None:
    pcm = np.concatenate([studio.silence(2) + 0.01, studio.noise(3)], axis=1)
    pcm[:, : RATE_HZ // 10] = 0
    audio = probe(studio.wav(tmp_path / "a.wav", pcm), tmp_path).audio
    assert audio.cue_in_samples == pytest.approx(2 * RATE_HZ, abs=CUE_TOLERANCE)


def test_samples_that_are_no_numbers(tmp_path: Path) -> None:
    samples = np.full((44_100 * 3, 2), 0.1, "<f4")
    samples[50_000] = np.nan
    body = samples.tobytes()
    head = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 3, 2, 44_100, 352_800, 8, 32)
    path = tmp_path / "nan.wav"
    path.write_bytes(
        b"RIFF" + struct.pack("<I", 36 + len(body)) + head + b"data" + struct.pack("<I", len(body)) + body
    )
    assert "not numbers" in refusal(path)


def test_absurd_sample_rate(studio: Studio, tmp_path: Path) -> None:
    path = studio.wav(tmp_path / "a.wav", studio.noise(3), 1)
    assert "sample rate of 1 Hz" in refusal(path)


def test_missing_file_may_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(UnplayableError, match="no such file") as caught:
        probe(tmp_path / "gone.mp3", tmp_path)
    assert caught.value.details == {"transient": True}
