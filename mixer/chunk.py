"""A run of packets that were encoded once: in memory while they are made, in a file when they are all there.

Layout of a file, little-endian: a header (magic, version, number of packets n, checksum of the index), the
index (for each packet: where it ends, counted from the end of the index, and its CRC-32), the packets. A
file is complete or it is nothing: its length must be what the index says, and each packet is checked against
its CRC whenever it is read, so that a torn, truncated or overwritten file is never heard.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from mmap import mmap
from typing import Protocol
from zlib import crc32

from mixer.errors import MixerError

_HEADER = struct.Struct("<4sIII")
_MAGIC = b"DrFr"
_VERSION = 1


class SpoiledError(MixerError):
    """A file of packets is not what was written."""

    code = "spoiled"


class Chunk(Protocol):
    """Packets at hand, numbered from 0."""

    @property
    def size(self) -> int:
        """How much memory or file it takes, in bytes."""

    def take(self, first: int, count: int) -> list[bytes]:
        """Packets ``[first, first + count)``, fewer where no more are at hand.

        Raises:
            SpoiledError: they cannot be trusted.
        """


class MemoryChunk:
    """Packets in memory. One thread may add while others take."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.size = 0

    def add(self, packets: Sequence[bytes]) -> None:
        """What has been made next."""
        self.packets += packets
        self.size += sum(map(len, packets))

    def take(self, first: int, count: int) -> list[bytes]:
        """As :meth:`Chunk.take`."""
        return self.packets[first : first + count]


class MappedChunk:
    """Packets in a mapped file.

    Raises:
        SpoiledError: the file was not written whole, or is none of ours.
    """

    def __init__(self, mapped: mmap) -> None:
        self._mapped = mapped
        self.size = len(mapped)
        head = mapped[: _HEADER.size]
        if len(head) < _HEADER.size:
            raise SpoiledError("too short")
        magic, version, count, checksum = _HEADER.unpack(head)
        index = mapped[_HEADER.size : _HEADER.size + 8 * count]
        if magic != _MAGIC or version != _VERSION or crc32(index) != checksum:
            raise SpoiledError("not a file of packets")
        words = _words(index)
        begin = _HEADER.size + len(index)
        self._edges = array("Q", [begin, *(begin + end for end in words[0::2])])
        self._crcs = words[1::2]
        if self._edges[-1] != self.size:
            raise SpoiledError("torn")

    def take(self, first: int, count: int) -> list[bytes]:
        """As :meth:`Chunk.take`."""
        mapped, edges, crcs = self._mapped, self._edges, self._crcs
        if mapped.size() != self.size:  # beyond a file's end, mapped memory must not be touched
            raise SpoiledError("truncated")
        taken = []
        for number in range(first, min(first + count, len(crcs))):
            packet = mapped[edges[number] : edges[number + 1]]
            if crc32(packet) != crcs[number]:
                raise SpoiledError("overwritten")
            taken.append(packet)
        return taken


def pack(packets: Sequence[bytes]) -> list[bytes]:
    """What a file of these packets holds, in parts to be written one after another."""
    index = array("I")
    end = 0
    for packet in packets:
        end += len(packet)
        index.extend((end, crc32(packet)))
    raw = _little_endian(index).tobytes()
    return [_HEADER.pack(_MAGIC, _VERSION, len(packets), crc32(raw)), raw, *packets]


def _words(raw: bytes) -> array[int]:
    words = array("I")
    words.frombytes(raw)
    return _little_endian(words)


def _little_endian(words: array[int]) -> array[int]:
    if struct.pack("=I", 1) != struct.pack("<I", 1):
        words.byteswap()
    return words
