import os
import struct
from array import array
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryFile
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixer.chunk import MappedChunk, MemoryChunk, SpoiledError, pack

PACKETS = [b"first", b"", b"the third", bytes(range(256))]


def mapped(data: bytes) -> mmap:
    """A file of these bytes, mapped."""
    with TemporaryFile() as file:
        file.write(data)
        file.flush()
        return mmap(file.fileno(), 0, access=ACCESS_READ)


def image(packets: list[bytes]) -> bytes:
    return b"".join(pack(packets))


def in_a_file(path: Path) -> mmap:
    with path.open("rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_READ)


@given(
    packets=st.lists(st.binary(max_size=400), max_size=50), first=st.integers(0, 60), count=st.integers(0, 60)
)
def test_what_is_packed_is_taken_whole_or_in_part(packets: list[bytes], first: int, count: int) -> None:
    data = image(packets)
    chunk = MappedChunk(mapped(data))
    assert chunk.size == len(data)
    assert chunk.take(0, 1_000) == packets
    assert chunk.take(first, count) == packets[first : first + count]


def test_every_torn_beginning_is_refused() -> None:
    data = image(PACKETS)
    for length in range(1, len(data)):
        with pytest.raises(SpoiledError):
            MappedChunk(mapped(data[:length]))


@pytest.mark.parametrize("more", [b"\0", image(PACKETS), bytes(4096)])
def test_anything_after_the_last_packet_is_refused(more: bytes) -> None:
    with pytest.raises(SpoiledError, match="torn"):
        MappedChunk(mapped(image(PACKETS) + more))


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_a_flipped_byte_anywhere_is_noticed(flip: int) -> None:
    data = image(PACKETS)
    for at in range(len(data)):
        damaged = bytearray(data)
        damaged[at] ^= flip
        with pytest.raises(SpoiledError):
            MappedChunk(mapped(bytes(damaged))).take(0, len(PACKETS))


def test_what_is_undamaged_in_a_damaged_file_can_still_be_taken() -> None:
    damaged = bytearray(image(PACKETS))
    damaged[-1] ^= 1
    chunk = MappedChunk(mapped(bytes(damaged)))
    assert chunk.take(0, 3) == PACKETS[:3]
    with pytest.raises(SpoiledError, match="overwritten"):
        chunk.take(2, 2)


@given(data=st.binary(min_size=1, max_size=200), headed=st.booleans())
def test_garbage_is_refused(data: bytes, headed: bool) -> None:
    with pytest.raises(SpoiledError):
        MappedChunk(mapped(b"DrFr\1\0\0\0" + data if headed else data))


@pytest.mark.parametrize("ends", [[0xFFFFFFFF, 0xFFFFFFFF], [0xFFFFFFFF, 8], [8, 4], [4, 0]])
def test_an_index_that_lies_is_refused_although_its_checksum_fits(ends: list[int]) -> None:
    index = array("I", [word for end in ends for word in (end, crc32(b"data"))]).tobytes()
    data = struct.pack("<4sIII", b"DrFr", 1, len(ends), crc32(index)) + index + b"data" * (ends[-1] // 4 % 3)
    with pytest.raises(SpoiledError):
        MappedChunk(mapped(data)).take(0, 2)


@pytest.mark.parametrize("left", [0, 1, 4_000, 200_000])
def test_a_file_that_is_truncated_while_it_is_mapped_is_refused_and_ends_nothing(
    tmp_path: Path, left: int
) -> None:
    path = tmp_path / "a"
    path.write_bytes(image([bytes([n]) * 1_000 for n in range(250)]))
    chunk = MappedChunk(in_a_file(path))
    assert len(chunk.take(0, 250)) == 250
    os.truncate(path, left)
    for first in (0, 100, 249):
        with pytest.raises(SpoiledError, match="truncated"):
            chunk.take(first, 1)


def test_a_file_that_is_overwritten_while_it_is_mapped_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(image([bytes([n]) * 1_000 for n in range(250)]))
    chunk = MappedChunk(in_a_file(path))
    with path.open("r+b") as file:
        file.seek(100_000)
        file.write(bytes(50_000))
    assert len(chunk.take(0, 90)) == 90
    with pytest.raises(SpoiledError, match="overwritten"):
        chunk.take(120, 1)


def test_a_file_that_is_removed_or_replaced_while_it_is_mapped_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(image(PACKETS))
    chunk = MappedChunk(in_a_file(path))
    (tmp_path / "b").write_bytes(b"another")
    (tmp_path / "b").replace(path)
    path.unlink()
    assert chunk.take(0, 4) == PACKETS


def test_packets_in_memory_can_be_taken_while_more_are_added() -> None:
    chunk = MemoryChunk()
    assert chunk.take(0, 2) == []
    chunk.add(PACKETS[:2])
    assert (chunk.take(0, 4), chunk.take(1, 1), chunk.take(2, 1)) == (PACKETS[:2], [b""], [])
    chunk.add(PACKETS[2:])
    assert chunk.take(1, 10) == PACKETS[1:]
    assert chunk.size == sum(map(len, PACKETS))
