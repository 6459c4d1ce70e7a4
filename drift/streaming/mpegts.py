"""MP3 packets in an MPEG transport stream, as ISO/IEC 13818-1 numbers its clauses.

All HLS players take them so; some take no MP3 packets as they are.
"""

from __future__ import annotations

from functools import cache

MIME = "video/mp2t"

TICKS_HZ = 90_000
"""Units of time per second; times are counted modulo 2 ** 33."""

_PACKET = 188
_PROGRAM_PID = 0x1000
_AUDIO_PID = 0x100
_MPEG_AUDIO = 0x03
_DELAY = TICKS_HZ // 2
"""Decoders' clocks run behind by so much: the time in which a packet has to arrive."""


def segment(packets: bytes, *, piece: int, begin: int, step: int, number: int) -> bytes:
    """A stretch of the stream that can be played by itself.

    Args:
        packets: whole MP3 packets.
        piece: of so many bytes is each part with a time of its own; whole packets, too, below 64 kB.
        begin: when the first part begins, in ticks.
        step: length of a part in ticks.
        number: of the segment; when all are of one size, packet counters go on from one to the next.
    """
    made = [_tables(number)]
    pieces = range(0, len(packets), piece)
    for order, at in enumerate(pieces):
        time = (begin + order * step + _DELAY) % 2**33
        part = _timed(packets[at : at + piece], time)
        count = -(-(len(part) + 8) // (_PACKET - 4))
        made.append(_cut(_AUDIO_PID, part, (number * len(pieces) + order) * count, _clock(time - _DELAY)))
    return b"".join(made)


def _timed(packets: bytes, time: int) -> bytes:
    """A PES packet: audio that begins at a time (2.4.3.7)."""
    stamp = [
        0x21 | time >> 29 & 0x0E,
        time >> 22 & 0xFF,
        time >> 14 & 0xFE | 1,
        time >> 7 & 0xFF,
        time << 1 & 0xFE | 1,
    ]
    length = 3 + len(stamp) + len(packets)
    head = b"\0\0\x01\xc0" + length.to_bytes(2, "big") + bytes([0x84, 0x80, len(stamp)])
    return head + bytes(stamp) + packets


def _clock(time: int) -> bytes:
    """The content of an adaptation field: one may begin here, and what a decoder's clock shows (2.4.3.4)."""
    return b"\x50" + (time % 2**33 << 15 | 0x7E00).to_bytes(6, "big")


def _cut(pid: int, payload: bytes, counter: int, field: bytes = b"") -> bytes:
    """Transport packets with a payload, the last one filled up (2.4.3.2).

    The first one has the given counter and adaptation field.
    """
    made = []
    at = 0
    while at < len(payload):
        extra = bytes([len(field)]) + field if field else b""
        room = _PACKET - 4 - len(extra)
        missing = room - (len(payload) - at)
        if missing > 0:
            if not extra:
                field = b"\0"[: missing - 1]
                missing -= 1 + len(field)
            field += b"\xff" * missing
            extra = bytes([len(field)]) + field
            room = len(payload) - at
        begins = 0x40 if at == 0 else 0
        head = bytes([0x47, begins | pid >> 8, pid & 0xFF, (0x30 if extra else 0x10) | counter & 0x0F])
        made.append(head + extra + payload[at : at + room])
        at += room
        counter += 1
        field = b""
    return b"".join(made)


def _tables(counter: int) -> bytes:
    """What is in the stream, in a transport packet for each table."""
    programs, program = _sections()
    return _filled(0, programs, counter) + _filled(_PROGRAM_PID, program, counter)


@cache
def _sections() -> tuple[bytes, bytes]:
    """One program of one MP3 stream (2.4.4.3, 2.4.4.8): always the same."""
    programs = _table(0, b"\0\x01" + (0xE000 | _PROGRAM_PID).to_bytes(2, "big"))
    audio = (0xE000 | _AUDIO_PID).to_bytes(2, "big")
    program = _table(2, audio + b"\xf0\0" + bytes([_MPEG_AUDIO]) + audio + b"\xf0\0")
    return programs, program


def _table(kind: int, content: bytes) -> bytes:
    """A section: table ``kind``, number 1, version 0, the only one."""
    body = bytes([kind]) + (0xB000 | len(content) + 9).to_bytes(2, "big") + b"\0\x01\xc1\0\0" + content
    return body + _crc(body).to_bytes(4, "big")


def _filled(pid: int, table: bytes, counter: int) -> bytes:
    """A section in a transport packet of its own."""
    return _cut(pid, (b"\0" + table).ljust(_PACKET - 4, b"\xff"), counter)


def _crc(data: bytes) -> int:
    """CRC-32 as MPEG has it (annex A)."""
    found = 0xFFFFFFFF
    for byte in data:
        found ^= byte << 24
        for _ in range(8):
            found = (found << 1 ^ (0x04C11DB7 if found & 0x80000000 else 0)) & 0xFFFFFFFF
    return found
