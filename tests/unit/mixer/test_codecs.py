from itertools import pairwise

import numpy as np
import pytest

from mixer.clock import QUANTUM as Q
from mixer.codecs import CODECS, FORMATS, BitRates, open_container
from mixer.encoder import open_encoder
from mixer.errors import CodecError
from mixer.live import LivePackets
from mixer.pcm import Block, to_s16
from tests.unit.mixer.signals import decoded, noise, snr_db, tone

RATES = BitRates()
QUANTA = 50
PCM: Block = (0.5 * tone(8, -6, 440) + noise(8, 0.05)).astype(np.float32)


def sound(start: int, n: int) -> Block:
    """The test sound, silent before its beginning."""
    padded = np.pad(PCM[:, max(0, start) : max(0, start + n)], ((0, 0), (max(0, -start), 0)))
    return np.ascontiguousarray(padded)


def packets(name: str, first_quantum: int = 0, quanta: int = QUANTA) -> list[bytes]:
    codec = FORMATS[name].codec
    begin = codec.first_packet(first_quantum)
    live = LivePackets(sound, codec, RATES.of(codec))
    return live.take(begin, codec.first_packet(first_quantum + quanta) - begin)


@pytest.mark.parametrize(("name", "per_quantum"), [("mp3", 5), ("flac", 5), ("opus", 6), ("webm", 6)])
def test_packets_per_quantum(name: str, per_quantum: int) -> None:
    codec = FORMATS[name].codec
    assert [codec.first_packet(q) for q in range(4)] == [per_quantum * q for q in range(4)]
    assert len(packets(name)) == QUANTA * per_quantum


def test_aac_has_five_or_six_packets_in_a_quantum_and_none_is_lost() -> None:
    edges = [CODECS["aac"].first_packet(q) for q in range(9)]
    assert set(np.diff(edges)) == {5, 6}
    assert edges[8] * 1024 == 8 * Q


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("joined_at", [0, 17])
def test_ffmpeg_decodes_a_stream_from_its_start_and_from_a_late_join(name: str, joined_at: int) -> None:
    stream_format = FORMATS[name]
    made, codec = packets(name), stream_format.codec
    container = open_container(stream_format, RATES, 0)
    edges = [codec.first_packet(q) for q in range(QUANTA + 1)]
    chunks = [container.mux(made[a:b]) for a, b in pairwise(edges)]
    pcm = decoded(container.header + b"".join(chunks[joined_at:]))
    heard = pcm.shape[1] / Q
    assert QUANTA - joined_at - 2.2 <= heard <= QUANTA - joined_at + 0.5
    assert np.sqrt(np.mean(pcm[:, 9_000:-9_000] ** 2)) == pytest.approx(np.sqrt(np.mean(PCM**2)), rel=0.05)


@pytest.mark.parametrize("name", FORMATS)
def test_a_quantum_leaves_the_container_within_its_lag(name: str) -> None:
    stream_format = FORMATS[name]
    made, codec = packets(name), stream_format.codec
    container = open_container(stream_format, RATES, 0)
    sizes = [
        len(container.mux(made[codec.first_packet(q) : codec.first_packet(q + 1)])) for q in range(QUANTA)
    ]
    assert all(size > 0 for size in sizes[1 + stream_format.lag_quanta :])


@pytest.mark.parametrize("kbps", [96, 128, 192, 320])
def test_mp3_packets_have_one_size(kbps: int) -> None:
    live = LivePackets(sound, CODECS["mp3"], kbps)
    assert {len(packet) for packet in live.take(0, 100)} == {kbps * 3}  # 24 ms


def test_flac_is_the_mix_at_16_bits() -> None:
    container = open_container(FORMATS["flac"], RATES, 0)
    got = decoded(container.header + container.mux(packets("flac")))
    assert np.array_equal(np.rint(got.T * 32_768).astype(np.int16), to_s16(PCM[:, : QUANTA * Q]))


@pytest.mark.parametrize(("name", "worst_loss_db"), [("mp3", 0.5), ("opus", 3.0)])
def test_a_splice_is_close_to_one_run(name: str, worst_loss_db: float) -> None:
    """The signal is compared with itself: what is lost where a fresh encoder took over."""
    codec = FORMATS[name].codec
    one_run, fresh = packets(name), packets(name, 25, 25)
    spliced = one_run[: codec.first_packet(25)] + fresh

    def worst(made: list[bytes]) -> tuple[float, float]:
        container = open_container(FORMATS[name], RATES, 0)
        pcm = decoded(container.header + container.mux(made) + container.mux([]))
        delays = range(4_000)
        window = PCM[0, 48_000:52_000].astype(np.float64)
        lag = max(delays, key=lambda d: float(np.dot(pcm[0, 48_000 + d : 52_000 + d], window)))
        lags = [
            snr_db(PCM[:, a : a + 960], pcm[:, a + lag : a + lag + 960]) for a in range(24 * Q, 27 * Q, 960)
        ]
        return min(lags), float(np.mean(lags))

    continuous, joined = worst(one_run), worst(spliced)
    assert continuous[1] > 5
    assert continuous[0] - joined[0] <= worst_loss_db


def test_settings_that_an_encoder_refuses_are_an_error() -> None:
    with pytest.raises(CodecError, match="opus"):
        open_encoder(CODECS["opus"], 5_000)
    with pytest.raises(CodecError, match="whole packets"):
        open_encoder(CODECS["mp3"], 128).encode(PCM[:, :1_000])
