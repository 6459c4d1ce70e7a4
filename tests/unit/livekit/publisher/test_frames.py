"""Frames between the parent and a publisher process."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.livekit.publisher.frames import (
    LIMIT_BYTES,
    Audio,
    Control,
    FrameError,
    Parser,
    audio_frame,
    control_frame,
)
from drift.livekit.publisher.link import UNSENT_BYTES, Link

MESSAGES = st.one_of(
    st.builds(
        Audio,
        st.integers(0, 2**32 - 1),
        st.integers(-(2**63), 2**63 - 1),
        st.lists(st.binary(max_size=1500), max_size=12),
        st.integers(-32_767, 32_767),
    ),
    st.dictionaries(st.text(max_size=5), st.one_of(st.integers(), st.text(max_size=20)), max_size=4),
)


@given(st.lists(MESSAGES, max_size=6), st.integers(1, 50))
def test_what_is_framed_comes_out_however_it_is_cut(messages: list[Audio | Control], size: int) -> None:
    data = b"".join(audio_frame(one) if isinstance(one, Audio) else control_frame(one) for one in messages)
    parser = Parser()
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    assert [one for part in parts for one in parser.feed(part)] == messages


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("!IB", LIMIT_BYTES + 1, 1),
        struct.pack("!IB", 0, 9),
        struct.pack("!IB", 2, 1) + b"[]",
        struct.pack("!IB", 2, 1) + b"{,",
        struct.pack("!IB", 3, 2) + b"abc",
        struct.pack("!IBIqHH", 16, 2, 1, 1, 0, 5),
        struct.pack("!IBIqHB", 15, 2, 1, 1, 0, 5),
    ],
)
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(FrameError):
        list(Parser().feed(data))


def test_nothing_longer_than_the_limit_is_sent() -> None:
    with pytest.raises(FrameError):
        control_frame({"say": "x" * LIMIT_BYTES})


async def linked() -> tuple[Link, Link, list[Control | Audio], asyncio.Event]:
    heard: list[Control | Audio] = []
    gone = asyncio.Event()
    left, right = socket.socketpair()
    near = await Link.over(left, lambda message: None, lambda: None)
    far = await Link.over(right, heard.append, gone.set)
    return near, far, heard, gone


async def test_a_link_carries_both_and_notices_the_end() -> None:
    near, _, heard, gone = await linked()
    audio = Audio(1, 5760, [b"abc", b""])
    near.say({"say": "join"})
    assert near.play(audio)
    assert near.mention({"say": "figures"})
    near.close()
    await gone.wait()
    assert heard == [{"say": "join"}, audio, {"say": "figures"}]
    near.say({"say": "too late"})
    assert not near.play(audio)


async def test_who_does_not_read_gets_no_more_audio_but_all_control() -> None:
    near, far, heard, gone = await linked()
    assert far._transport is not None
    far._transport.pause_reading()  # type: ignore[attr-defined]
    audio = Audio(1, 0, [bytes(1000)] * 6)
    sent = 0
    while near.play(audio):
        sent += 1
        assert sent * 6000 < 10 * UNSENT_BYTES
    assert near.dropped == 1
    assert not near.mention({"say": "chat"})
    near.say({"say": "leave"})
    far._transport.resume_reading()  # type: ignore[attr-defined]
    near.close()
    await gone.wait()
    assert heard == [audio] * sent + [{"say": "leave"}]


async def test_nonsense_ends_a_link() -> None:
    near, _, heard, gone = await linked()
    assert near._transport is not None
    near._transport.write(b"GET / HTTP/1.1\r\n\r\n")
    await gone.wait()
    assert heard == []
    near.abort()
