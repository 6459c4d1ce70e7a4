import gc
from typing import Any

import numpy as np
import pytest

from mixer import lame
from mixer.codecs import CODECS
from mixer.encoder import implementation, open_encoder
from mixer.errors import CodecError
from mixer.pcm import Block
from tests.unit.mixer.signals import decoded, noise, snr_db

MP3 = CODECS["mp3"]
PCM: Block = noise(3, rms=0.1).astype(np.float32)[:, : 120 * 1152]


@pytest.fixture(params=["the system's LAME", "FFmpeg's"])
def mp3(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "FFmpeg's":
        monkeypatch.setattr(lame, "_library", lambda: None)
        return "libmp3lame in libavcodec"
    assert lame.version(), "the tests need libmp3lame0, which comes with Debian's ffmpeg"
    return "LAME 3"


def test_mp3_packets_have_one_size_and_one_comes_for_each_fed(mp3: str) -> None:
    assert implementation(MP3).startswith(mp3)
    for kbps in (64, 128, 192, 320):
        encoder = open_encoder(MP3, kbps)
        made: list[bytes] = []
        for at in range(0, PCM.shape[1], 5 * 1152):
            made += encoder.encode(PCM[:, at : at + 5 * 1152])
            assert at // 1152 + 5 - 2 <= len(made) <= at // 1152 + 5
        assert {len(packet) for packet in made} == {kbps * 3}


def test_what_is_encoded_sounds_1105_samples_later(mp3: str) -> None:
    got = decoded(b"".join(open_encoder(MP3, 320).encode(PCM)))
    wanted = PCM[0, 20_000:60_000]
    likeness = [float(np.dot(wanted, got[0, 20_000 + lag : 60_000 + lag])) for lag in range(1_090, 1_120)]
    assert 1_090 + int(np.argmax(likeness)) == 1_105


def test_a_fresh_mp3_encoder_agrees_to_the_bit_after_two_packets(mp3: str) -> None:
    running = open_encoder(MP3, 128).encode(PCM)
    for start in (3, 30, 71):
        fresh = open_encoder(MP3, 128).encode(PCM[:, (start - MP3.preroll) * 1152 :])
        assert fresh[MP3.preroll :] == running[start:]


def test_both_mp3_encoders_make_the_same_of_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = decoded(b"".join(open_encoder(MP3, 192).encode(PCM)))
    monkeypatch.setattr(lame, "_library", lambda: None)
    other = decoded(b"".join(open_encoder(MP3, 192).encode(PCM)))
    assert snr_db(other, ours) > 40


def test_what_cannot_be_encoded_is_an_error(mp3: str) -> None:
    with pytest.raises(CodecError, match="whole packets"):
        open_encoder(MP3, 128).encode(PCM[:, :1_000])
    with pytest.raises(CodecError, match="whole packets"):
        open_encoder(CODECS["aac"], 128).encode(PCM[:, :1_000])


def test_lame_refuses_a_bit_rate_that_mp3_does_not_have() -> None:
    with pytest.raises(CodecError, match="131 kbit/s"):
        lame.Lame(131, 7)


class Spy:
    """The library, with an eye on what is closed."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self.closed: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def lame_close(self, state: int) -> None:
        self.closed.append(state)
        self._library.lame_close(state)


def test_lame_is_closed_with_its_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(lame._library())
    monkeypatch.setattr(lame, "_library", lambda: spy)
    encoder = lame.Lame(128, 7)
    encoder.encode(PCM)
    assert spy.closed == []
    del encoder
    gc.collect()
    assert len(spy.closed) == 1
