"""Chat of stock LiveKit clients: texts that come as streams of data packets on one topic."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError
from livekit.protocol.models import DataPacket

TOPIC = "lk.chat"

LONGEST = 4_000
"""Characters of a text; a longer one is forgotten."""

_LONGEST_BYTES = 4 * LONGEST

OPEN_PER_SENDER = 4
"""Texts that one participant may be amid of; then the oldest one is forgotten."""

OPEN_IN_ROOM = 200
"""The same, of all participants together."""

PATIENCE_S = 30.0
"""A text that has not ended after so long is forgotten."""


@dataclass(frozen=True, slots=True)
class Text:
    """What a participant has written.

    Attributes:
        identity: the sender's, as LiveKit vouches for it.
        stream: its id, made up by the sender.
    """

    identity: str
    stream: str
    text: str


@dataclass(slots=True)
class _Open:
    begun: float
    size: int = 0
    chunks: dict[int, bytes] = field(default_factory=dict)


class TextStreams:
    """Puts the texts of one room together."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, str], _Open] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def take(self, data: bytes, now: float) -> Text | None:
        """The text that a data packet completes, if it does.

        Args:
            data: a ``DataPacket`` as it came through the data channel; anything else counts for nothing.
            now: in seconds, by any clock.
        """
        packet = DataPacket()
        try:
            packet.ParseFromString(data)
        except DecodeError:
            return None
        sender = packet.participant_identity
        kind = packet.WhichOneof("value")
        if kind == "stream_header":
            header = packet.stream_header
            if header.topic == TOPIC and header.WhichOneof("content_header") == "text_header":
                self._begin((sender, header.stream_id), header.total_length, now)
        elif kind == "stream_chunk":
            chunk = packet.stream_chunk
            self._add((sender, chunk.stream_id), chunk.chunk_index, chunk.content)
        elif kind == "stream_trailer":
            found = self._open.pop((sender, packet.stream_trailer.stream_id), None)
            if found is not None and not packet.stream_trailer.reason:
                return _whole(sender, packet.stream_trailer.stream_id, found)
        return None

    def _begin(self, key: tuple[str, str], length: int, now: float) -> None:
        if length > _LONGEST_BYTES or not key[0]:
            return
        self._open.pop(key, None)
        self._open[key] = _Open(now)
        while (oldest := next(iter(self._open.items())))[1].begun < now - PATIENCE_S:
            del self._open[oldest[0]]
        of_sender = [one for one in self._open if one[0] == key[0]]
        if len(of_sender) > OPEN_PER_SENDER:
            del self._open[of_sender[0]]
        if len(self._open) > OPEN_IN_ROOM:
            self._open.popitem(last=False)

    def _add(self, key: tuple[str, str], index: int, content: bytes) -> None:
        """One that is sent again counts once."""
        found = self._open.get(key)
        if found is None or not content:
            return
        found.size += len(content) - len(found.chunks.get(index, b""))
        found.chunks[index] = content
        if found.size > _LONGEST_BYTES:
            del self._open[key]


def _whole(sender: str, stream: str, found: _Open) -> Text | None:
    """None: chunks are missing, or it is no text, or too long, or empty."""
    if sorted(found.chunks) != list(range(len(found.chunks))):
        return None
    try:
        text = b"".join(found.chunks[index] for index in sorted(found.chunks)).decode()
    except UnicodeDecodeError:
        return None
    return Text(sender, stream, text) if 0 < len(text) <= LONGEST else None
