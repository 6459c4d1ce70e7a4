"""Texts from data packets."""

from __future__ import annotations

from livekit.protocol.models import DataPacket, DataStream

from drift.livekit.publisher import text_streams
from drift.livekit.publisher.text_streams import LONGEST, OPEN_IN_ROOM, OPEN_PER_SENDER, Text, TextStreams


def header(stream: str, topic: str = "lk.chat", sender: str = "ann", length: int | None = None) -> bytes:
    made = DataStream.Header(stream_id=stream, topic=topic, text_header=DataStream.TextHeader())
    if length is not None:
        made.total_length = length
    return DataPacket(participant_identity=sender, stream_header=made).SerializeToString()


def chunk(stream: str, index: int, content: bytes, sender: str = "ann") -> bytes:
    made = DataStream.Chunk(stream_id=stream, chunk_index=index, content=content)
    return DataPacket(participant_identity=sender, stream_chunk=made).SerializeToString()


def trailer(stream: str, reason: str = "", sender: str = "ann") -> bytes:
    made = DataStream.Trailer(stream_id=stream, reason=reason)
    return DataPacket(participant_identity=sender, stream_trailer=made).SerializeToString()


def said(*packets: bytes, streams: TextStreams | None = None, now: float = 0.0) -> list[Text]:
    streams = TextStreams() if streams is None else streams
    return [text for one in packets if (text := streams.take(one, now)) is not None]


def test_chunks_become_a_text_in_their_order() -> None:
    whole = "Ünïcode ♫ cut anywhere".encode()
    packets = [header("a"), chunk("a", 1, whole[9:]), chunk("a", 0, whole[:9]), trailer("a")]
    assert said(*packets) == [Text("ann", "a", whole.decode())]


def test_texts_of_several_are_kept_apart() -> None:
    packets = [
        header("s"),
        header("s", sender="bob"),
        chunk("s", 0, b"hers"),
        chunk("s", 0, b"his", sender="bob"),
        trailer("s", sender="bob"),
        trailer("s"),
    ]
    assert said(*packets) == [Text("bob", "s", "his"), Text("ann", "s", "hers")]


def test_what_is_not_a_whole_text_on_the_topic_is_nothing() -> None:
    file = DataStream.Header(stream_id="f", topic="lk.chat", byte_header=DataStream.ByteHeader(name="x"))
    user = DataPacket(participant_identity="ann")
    user.user.payload = b"hello"
    streams = TextStreams()
    nothing = said(
        b"\xff\xff nonsense",
        b"",
        user.SerializeToString(),
        DataPacket(participant_identity="ann", stream_header=file).SerializeToString(),
        chunk("f", 0, b"x"),
        trailer("f"),
        *(header("t", topic="other"), chunk("t", 0, b"x"), trailer("t")),
        *(header("n", sender=""), chunk("n", 0, b"x", sender=""), trailer("n", sender="")),
        *(header("e"), trailer("e")),
        *(header("i"), chunk("i", 0, b"x"), trailer("i", reason="interrupted")),
        *(header("g"), chunk("g", 1, b"x"), trailer("g")),
        *(header("u"), chunk("u", 0, b"\xff"), trailer("u")),
        *(chunk("no header", 0, b"x"), trailer("no header")),
        streams=streams,
    )
    assert nothing == []
    assert len(streams) == 0


def test_a_text_may_have_so_many_characters_and_no_more() -> None:
    fits, too_long = "♫" * LONGEST, "♫" * (LONGEST + 1)
    for text, found in ((fits, 1), (too_long, 0)):
        data = text.encode()
        parts = [chunk("a", n, data[at : at + 5000]) for n, at in enumerate(range(0, len(data), 5000))]
        assert len(said(header("a"), *parts, trailer("a"))) == found


def test_what_grows_too_large_is_forgotten_before_it_ends() -> None:
    streams = TextStreams()
    said(header("a"), *(chunk("a", n, bytes(5000)) for n in range(4)), streams=streams)
    assert len(streams) == 0
    said(header("b", length=10**9), streams=streams)
    assert len(streams) == 0


def test_a_chunk_that_comes_twice_counts_once() -> None:
    streams = TextStreams()
    packets = [header("a"), *(chunk("a", 0, b"y" * 3000) for _ in range(20)), trailer("a")]
    assert said(*packets, streams=streams) == [Text("ann", "a", "y" * 3000)]


def test_only_so_many_are_open_and_not_for_ever() -> None:
    streams = TextStreams()
    said(*(header(str(n)) for n in range(50)), streams=streams)
    assert len(streams) == OPEN_PER_SENDER
    said(header("x", sender="bob"), streams=streams)
    assert len(streams) == OPEN_PER_SENDER + 1
    for number in range(2 * OPEN_IN_ROOM):
        said(header("x", sender=f"guest {number}"), streams=streams)
    assert len(streams) == OPEN_IN_ROOM
    said(header("late"), streams=streams, now=text_streams.PATIENCE_S + 1)
    assert len(streams) == 1
