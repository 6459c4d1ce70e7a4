from __future__ import annotations

import io

import av
from hypothesis import given
from hypothesis import strategies as st

from drift.streaming import mpegts
from mixer.codecs import CODECS
from mixer.encoder import open_encoder
from mixer.pcm import silence
from tests.unit.streaming.transport_stream import taken_apart

STEP = 10_800


@given(
    piece=st.integers(1, 1500),
    count=st.integers(1, 12),
    begin=st.integers(0, 2**33 - 1),
    number=st.integers(0, 2**31),
)
def test_what_goes_in_comes_out_in_time(piece: int, count: int, begin: int, number: int) -> None:
    packets = bytes(range(256)) * 75
    packets = packets[: piece * count]
    made = [
        mpegts.segment(packets, piece=piece, begin=at, step=STEP, number=number + order)
        for order, at in enumerate((begin, begin + count * STEP))
    ]
    found = taken_apart(b"".join(made))  # counters go on from one to the next
    assert found.data == packets * 2
    times = [time for time, _ in found.parts]
    first = times[0]
    assert [(time - first) % 2**33 for time in times] == [order * STEP for order in range(2 * count)]
    assert {(time - clock) % 2**33 for time, clock in zip(times, found.clocks, strict=True)} == {45_000}


def test_ffmpeg_finds_the_very_packets() -> None:
    encoder = open_encoder(CODECS["mp3"], 192)
    packets: list[bytes] = []
    while len(packets) < 60:
        packets += encoder.encode(silence(1152))
    packets = packets[:60]
    made = mpegts.segment(b"".join(packets), piece=5 * 576, begin=900_000, step=STEP, number=7)
    with av.open(io.BytesIO(made), "r") as container:
        (stream,) = container.streams
        found = [packet for packet in container.demux(stream) if packet.size]
    assert isinstance(stream, av.AudioStream)
    assert (stream.codec_context.name, stream.sample_rate) == ("mp3float", 48_000)
    assert [bytes(packet) for packet in found] == packets
    assert [packet.pts for packet in found] == [945_000 + order * 2160 for order in range(60)]
