"""Takes MPEG transport streams apart as players do, and checks what holds everywhere in them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

_AUDIO = 0x100


@dataclass
class Audio:
    """What is in a stream.

    Attributes:
        parts: times in ticks, each with the packets that begin then.
        clocks: what decoders' clocks show.
    """

    parts: list[tuple[int, bytes]] = field(default_factory=list)
    clocks: list[int] = field(default_factory=list)

    @property
    def data(self) -> bytes:
        return b"".join(data for _, data in self.parts)


def taken_apart(stream: bytes) -> Audio:
    assert len(stream) % 188 == 0
    payloads: dict[int, list[bytes]] = defaultdict(list)
    counters: dict[int, int] = {}
    audio = Audio()
    for at in range(0, len(stream), 188):
        packet = stream[at : at + 188]
        assert packet[0] == 0x47
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        assert packet[3] & 0xF0 in {0x10, 0x30}
        assert counters.get(pid) in {None, (packet[3] - 1) & 0x0F}
        counters[pid] = packet[3] & 0x0F
        begin = 4
        if packet[3] & 0x20:
            begin += 1 + packet[4]
            assert begin < 188
            if packet[4] and packet[5] & 0x10:
                audio.clocks.append(int.from_bytes(packet[6:12], "big") >> 15)
        if packet[1] & 0x40:
            payloads[pid].append(b"")
        payloads[pid][-1] += packet[begin:]
    assert set(payloads) == {0, 0x1000, _AUDIO}
    audio.parts = [_part(payload) for payload in payloads[_AUDIO]]
    return audio


def _part(payload: bytes) -> tuple[int, bytes]:
    """Time and content of a PES packet."""
    assert payload[:4] == b"\0\0\x01\xc0"
    assert int.from_bytes(payload[4:6], "big") == len(payload) - 6
    assert payload[7:9] == b"\x80\x05"
    a, b, c, d, e = payload[9:14]
    assert a & 1 == c & 1 == e & 1 == 1
    return (a >> 1 & 7) << 30 | b << 22 | (c >> 1) << 15 | d << 7 | e >> 1, payload[14:]
