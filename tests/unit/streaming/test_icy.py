from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.streaming import icy
from mixer.codecs import FORMATS
from tests.unit.streaming_parser import without_icy


@given(
    pieces=st.lists(
        st.tuples(st.binary(max_size=300), st.sampled_from(["one", "two", "drei ü"])), max_size=12
    ),
    every=st.integers(1, 120),
    start=st.integers(0, 50),
)
def test_a_client_gets_audio_and_titles_back_however_it_is_cut(
    pieces: list[tuple[bytes, str]], every: int, start: int
) -> None:
    begin = start * every  # a client joins on the grid
    offset, stream, expected = begin, b"", []
    for data, title in pieces:
        stream += icy.insert(data, offset, every, icy.metadata(title))
        expected += [title] * ((offset + len(data)) // every - offset // every)
        offset += len(data)
    audio, titles = without_icy(stream, every)
    assert audio == b"".join(data for data, _ in pieces)
    assert titles == expected


@given(st.text())
def test_any_title_is_a_well_formed_block(title: str) -> None:
    block = icy.metadata(title)
    assert len(block) == 1 + block[0] * 16
    text = block[1:].rstrip(b"\0").decode()  # valid UTF-8, even when cut
    assert text.startswith("StreamTitle='")
    assert text.endswith("';")
    assert text.count("';") == 1 or title.endswith("'")
    assert not set(text) & set("\0\r\n")


def test_a_title_cannot_end_itself_or_start_another_field() -> None:
    assert b"';StreamUrl" not in icy.metadata("x';StreamUrl='http://elsewhere")
    assert "It's “quoted”".encode() in icy.metadata("It's “quoted”")


def test_a_long_title_is_cut_between_characters() -> None:
    block = icy.metadata("ü" * 5000)
    assert block[0] == 255
    assert 4070 <= len(block[1:].rstrip(b"\0").decode().encode()) <= 255 * 16


def test_what_cannot_be_encoded_is_replaced() -> None:
    assert b"StreamTitle='a?b';" in icy.metadata("a\udcffb")


@pytest.mark.parametrize("kbps", [64, 96, 128, 160, 192, 224, 256, 320])
def test_the_interval_is_whole_mp3_packets_of_about_16_kb(kbps: int) -> None:
    every = icy.interval(FORMATS["mp3"], kbps)
    assert every % (kbps * 1152 * 1000 // (8 * 48_000)) == 0
    assert 15_000 < every < 17_000


def test_the_interval_of_containers() -> None:
    assert icy.interval(FORMATS["aac"], 160) == 16_000
