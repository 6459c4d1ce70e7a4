from dataclasses import replace
from pathlib import Path

import pytest

from mixer import encoding as encoding_module
from mixer.clock import QUANTUM as Q
from mixer.codecs import CODECS, BitRates, CodecName
from mixer.decks import Decks
from mixer.encoding import ChunkEncoder, Encoding
from mixer.live import LivePackets
from mixer.pcm import Block
from mixer.render import ClipFault, render
from mixer.timeline import Clip, Source, Timeline
from tests.unit.mixer.signals import source

SPLICEABLE: list[CodecName] = ["mp3", "opus"]
CHUNK = 10


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding_module, "CHUNK_QUANTA", CHUNK)


def encoding(track: Source, name: CodecName = "mp3", gain: float = 0.5) -> Encoding:
    return Encoding(track, gain, CODECS[name], BitRates().of(CODECS[name]))


def one_run(wanted: Encoding) -> list[bytes]:
    """All packets of a track, by one encoder that runs through."""
    track, decks = wanted.source, Decks()
    timeline = Timeline((Clip(track, 0, track.playable, track.cue_in, wanted.gain),))

    def rendered(start: int, n: int) -> Block:
        return render(timeline, start, n, decks)

    packets = LivePackets(rendered, wanted.codec, wanted.kbps).take(0, wanted.packets)
    decks.close()
    return packets


def made(wanted: Encoding, number: int) -> list[bytes]:
    encoder = ChunkEncoder(wanted, number)
    while not encoder.step():
        pass
    encoder.close()
    return encoder.chunk.packets


def joined(chunks: list[list[bytes]]) -> list[bytes]:
    return [packet for chunk in chunks for packet in chunk]


def test_the_digest_names_the_content_not_the_file(tracks: list[Source]) -> None:
    track = tracks[1]
    same = encoding(replace(track, path=Path("/elsewhere.flac"), loudness_lufs=-3.0))
    assert same.digest == encoding(track).digest
    assert len(same.digest) == 32


def test_whatever_changes_the_packets_changes_the_digest(
    tracks: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    track, mp3 = tracks[1], CODECS["mp3"]
    others = [
        encoding(replace(track, key="another")),
        encoding(replace(track, cue_in=1)),
        encoding(replace(track, cue_out=track.cue_out - 1)),
        encoding(track, gain=0.5000001),
        encoding(track, "opus"),
        Encoding(track, 0.5, mp3, 128),
        Encoding(track, 0.5, replace(mp3, preroll=3), 192),
        Encoding(track, 0.5, replace(mp3, options={**mp3.options, "compression_level": "5"}), 192),
        encoding(track),
    ]
    monkeypatch.setattr(encoding_module, "CHUNK_QUANTA", CHUNK + 1)
    others.append(encoding(track))
    monkeypatch.setattr(encoding_module, "implementation", lambda codec: "another encoder")
    others.append(encoding(track))
    assert len({one.digest for one in others}) == len(others)


@pytest.mark.parametrize("name", SPLICEABLE)
def test_only_whole_packets_count(tracks: list[Source], name: CodecName) -> None:
    size = CODECS[name].packet
    for samples, packets in ((1, 0), (size - 1, 0), (size, 1), (3 * size - 1, 2), (480_000, 480_000 // size)):
        wanted = encoding(replace(tracks[1], cue_in=777, cue_out=777 + samples), name)
        assert wanted.packets == packets
    assert wanted.per_chunk == CHUNK * Q // size
    assert wanted.seconds(wanted.per_chunk) == pytest.approx(CHUNK * 0.12)


def test_chunks_of_mp3_are_one_run_to_the_bit(tracks: list[Source]) -> None:
    wanted = encoding(replace(tracks[3], cue_in=12_345))
    whole, per_chunk = one_run(wanted), wanted.per_chunk
    chunks = [made(wanted, number) for number in range(-(-wanted.packets // per_chunk))]
    assert [len(chunk) for chunk in chunks] == [per_chunk] * (len(chunks) - 1) + [wanted.packets % per_chunk]
    assert joined(chunks) == whole


@pytest.mark.parametrize("name", SPLICEABLE)
def test_a_chunk_is_the_same_whoever_makes_it_and_when(tracks: list[Source], name: CodecName) -> None:
    wanted = encoding(tracks[3], name)
    last = wanted.packets // wanted.per_chunk
    assert made(wanted, last) == made(wanted, last)
    assert made(wanted, 0) == one_run(wanted)[: wanted.per_chunk]


@pytest.mark.parametrize("name", SPLICEABLE)
@pytest.mark.parametrize("samples", [960, 1_152, 5_000, CHUNK * Q, CHUNK * Q + 1_152])
def test_tracks_about_as_short_as_a_packet_or_a_chunk(
    tracks: list[Source], name: CodecName, samples: int
) -> None:
    wanted = encoding(replace(tracks[1], cue_in=4_800, cue_out=4_800 + samples), name)
    chunks = [made(wanted, number) for number in range(-(-wanted.packets // wanted.per_chunk))]
    assert sum(map(len, chunks)) == wanted.packets
    if name == "mp3":
        assert joined(chunks) == one_run(wanted)


def test_what_is_made_so_far_is_at_hand(tracks: list[Source]) -> None:
    encoder = ChunkEncoder(encoding(tracks[1]), 3)
    assert (encoder.begun, encoder.chunk.take(0, 100)) == (False, [])
    assert encoder.step() is False
    assert encoder.begun
    assert encoder.chunk.take(0, 100) == made(encoding(tracks[1]), 3)[:40]
    assert encoder.step()
    assert len(encoder.chunk.take(0, 100)) == 50
    encoder.close()


def test_a_track_that_cannot_be_played_is_a_fault(tracks: list[Source], tmp_path: Path) -> None:
    whole = tracks[1].path.read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 2])
    cut = encoding(source(tmp_path / "cut.wav", tracks[1].cue_out))
    assert made(cut, 0) == made(encoding(tracks[1]), 0)
    for number in (5, 7):
        with pytest.raises(ClipFault):
            made(cut, number)
    with pytest.raises(ClipFault):
        made(encoding(source(tmp_path / "none.wav", 480_000)), 0)
