"""What the parent and a publisher process say to each other, as frames on a stream socket.

A frame is its length (32 bits), its kind (8 bits) and a body. Control is JSON; audio is a room's number, the
timeline's sample that it begins with, how late it is, and packets, each after its length (16 bits). All in
network order.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

LIMIT_BYTES = 65_536
"""No frame is longer. Six packets of Opus at its highest bit rate are a ninth of it."""

_HEAD = struct.Struct("!IB")
_AUDIO = struct.Struct("!Iqh")
_LATEST_MS = 32_767
_SIZE = struct.Struct("!H")
_CONTROL_KIND = 1
_AUDIO_KIND = 2

Control: TypeAlias = dict[str, Any]
"""What is said; ``["say"]`` is what it is about."""


class FrameError(ValueError):
    """The other side does not keep to the format."""


@dataclass(frozen=True, slots=True)
class Audio:
    """Packets of one room that follow one another.

    Attributes:
        room: its number.
        sample: where on the timeline the first one begins.
        late_ms: how long ago they were due; negative: they are early.
    """

    room: int
    sample: int
    packets: Sequence[bytes]
    late_ms: int = 0


def control_frame(message: Control) -> bytes:
    """A frame with a control message."""
    return _framed(_CONTROL_KIND, json.dumps(message).encode())


def audio_frame(audio: Audio) -> bytes:
    """A frame with packets."""
    parts = [_AUDIO.pack(audio.room, audio.sample, max(-_LATEST_MS, min(audio.late_ms, _LATEST_MS)))]
    for packet in audio.packets:
        parts += (_SIZE.pack(len(packet)), packet)
    return _framed(_AUDIO_KIND, b"".join(parts))


def _framed(kind: int, body: bytes) -> bytes:
    if len(body) > LIMIT_BYTES:
        raise FrameError(f"a frame of {len(body)} bytes")
    return _HEAD.pack(len(body), kind) + body


class Parser:
    """Turns bytes, as they come, into frames."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[Control | Audio]:
        """The frames that ``data`` completes.

        Raises:
            FrameError: these are no frames; nothing after it can be read.
        """
        self._waiting += data
        at = 0
        while len(self._waiting) - at >= _HEAD.size:
            length, kind = _HEAD.unpack_from(self._waiting, at)
            if length > LIMIT_BYTES:
                raise FrameError(f"a frame of {length} bytes")
            begin = at + _HEAD.size
            if len(self._waiting) < begin + length:
                break
            body = bytes(memoryview(self._waiting)[begin : begin + length])
            at = begin + length
            yield _parsed(kind, body)
        del self._waiting[:at]


def _parsed(kind: int, body: bytes) -> Control | Audio:
    if kind == _AUDIO_KIND:
        return _audio(body)
    if kind != _CONTROL_KIND:
        raise FrameError(f"a frame of kind {kind}")
    try:
        message = json.loads(body)
    except ValueError as error:
        raise FrameError("control that is no JSON") from error
    if not isinstance(message, dict):
        raise FrameError("control that is no object")
    return message


def _audio(body: bytes) -> Audio:
    packets = []
    try:
        room, sample, late_ms = _AUDIO.unpack_from(body)
        at = _AUDIO.size
        while at < len(body):
            (size,) = _SIZE.unpack_from(body, at)
            at += _SIZE.size + size
            packets.append(body[at - size : at])
    except struct.error as error:
        raise FrameError("audio that ends early") from error
    if at != len(body):
        raise FrameError("a packet that ends early")
    return Audio(room, sample, packets, late_ms)
