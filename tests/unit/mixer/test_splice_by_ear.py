"""Copied and encoded packets, joined: against one continuous encoder, and as one stream."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from mixer import FORMATS, Beats, BitRates, DriftAudioMixer, Format, MixSettings, Source
from mixer.clock import QUANTUM
from mixer.codecs import open_container
from mixer.decks import Decks
from mixer.frame_store import FrameStore
from mixer.live import LivePackets
from mixer.pcm import Block, silence, to_s16
from mixer.render import render
from mixer.splice import stretches
from tests.unit.mixer.signals import decoded, ffmpeg

pytestmark = pytest.mark.long

RATES = BitRates(mp3=128, opus=128)
MIXES = 10
TRANSITIONS = 20
_MUSIC = 1_000_000
"""Bytes; smaller files are sound effects."""

_LONG_S = 60

Music = dict[Path, int]
"""Files, and how many samples they have at least."""


@pytest.fixture(scope="module")
def music(real_music: Path, tmp_path_factory: pytest.TempPathFactory) -> Music:
    """Real music as it is, in Opus, and in FLAC, which takes the least time to decode."""
    folder = tmp_path_factory.mktemp("music")
    real = sorted(
        file
        for file in real_music.rglob("*")
        if file.suffix in {".ogg", ".mp3"} and file.stat().st_size > _MUSIC
    )
    for file in real[1:8]:
        suffix, codec = (".opus", "libopus") if file in real[5:] else (".flac", "flac")
        made = folder / file.with_suffix(suffix).name
        ffmpeg("-i", file, "-t", "100", "-vn", "-ar", "48000", "-c:a", codec, made)
    lengths = {path: length_s(path) for path in [*sorted(folder.iterdir()), real[0], real[3]]}
    return {path: round(found * 48_000) for path, found in lengths.items() if found > _LONG_S}


def length_s(path: Path) -> float:
    """How long a file says that it is, less what its last packets may lack."""
    with av.open(str(path)) as file:
        return (file.duration or 0) / av.time_base - 1.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FrameStore]:
    store = FrameStore(tmp_path / "frames", 1 << 30)
    yield store
    store.close()


def excerpts(music: Music, dice: random.Random) -> Iterator[Source]:
    """Parts of 5 to 14 s: the longer ones have a joint between two chunks; some have beats to match."""
    while True:
        path = dice.choice(list(music))
        length = round(dice.choice([5, 6, 7, 14]) * 48_000 * dice.uniform(0.95, 1.05))
        begin = dice.randrange(48_000, music[path] - length)
        key = f"{path.name}-{begin}-{length}"
        beats = Beats(begin, 15_000 * dice.uniform(0.97, 1.03)) if dice.random() < 0.4 else None
        yield Source(
            key,
            path,
            begin,
            begin + length,
            -14.0,
            -1.0,
            ending=dice.choice(["fade", "fade", "cold"]),
            first_beats=beats,
            last_beats=beats,
            tempo_confidence=1.0,
        )


@dataclass
class Mix:
    """What a mixer with a store made: packets by quantum, how many were copied, and the PCM behind them."""

    quanta: list[list[bytes]]
    copied: int
    pcm: Block

    @property
    def packets(self) -> list[bytes]:
        return [packet for quantum in self.quanta for packet in quantum]


def mixed(music: Music, store: FrameStore, made_as: Format, seed: int, transitions: int) -> Mix:
    """Play until so many transitions have passed, some of them skips; the store is never late."""
    dice = random.Random(seed)
    codec = made_as.codec
    sources = excerpts(music, dice)
    settings = MixSettings(fade_s=dice.choice([0.0, 1.0, 1.5, 2.0]), skip_fade_s=dice.choice([0.3, 1.0]))
    mixer = DriftAudioMixer(lambda: next(sources), settings, RATES, store)
    decks = Decks()
    made, pcm, copied, at = [], [], 0, 0
    heard: set[int] = set()
    while len(heard) <= transitions:
        count = dice.randint(1, 8)
        mixer.plan((at + count + 25) * QUANTUM)
        first, end = codec.first_packet(at), codec.first_packet(at + count)
        for stretch in stretches(mixer.timeline, codec, RATES.of(codec), first, end - first):
            if stretch.encoding:
                assert len(store.wait(stretch.encoding, stretch.index, stretch.count, 60)) == stretch.count
        got = mixer.copied(codec, at, count) or mixer.packets(codec, at, count)
        made += got.packets
        copied += got.copied
        pcm.append(render(mixer.timeline, at * QUANTUM, count * QUANTUM, decks))
        at += count
        playing = mixer.timeline.at(at * QUANTUM - 1)
        heard |= {playing.start} if playing else set()
        if dice.random() < 0.02:
            mixer.skip()
    mixer.rest()
    decks.close()
    return Mix(made, copied, np.concatenate(pcm, axis=1))


def streamed(made_as: Format, packets: list[bytes]) -> Block:
    """What FFmpeg hears of a stream of these packets."""
    container = open_container(made_as, RATES, 0)
    return decoded(container.header + container.mux(packets) + container.mux([]))


def one_run(made_as: Format, mix: Mix) -> list[bytes]:
    """The same mix by one encoder that never stops."""

    def span(start: int, n: int) -> Block:
        out = silence(n)
        part = mix.pcm[:, max(0, start) : max(0, start + n)]
        out[:, max(0, -start) : max(0, -start) + part.shape[1]] = part
        return out

    return LivePackets(span, made_as.codec, RATES.of(made_as.codec)).take(0, len(mix.packets))


def snr_by_packet(wanted: Block, got: Block, size: int) -> npt.NDArray[np.float64]:
    """Decibels; what is near silence counts as if it lay at the noise of 16 bits."""
    n = min(wanted.shape[1], got.shape[1]) // size * size
    signal = wanted[:, :n].reshape(2, -1, size).astype(np.float64)
    error = signal - got[:, :n].reshape(2, -1, size)
    floor = 2 * size * (1 / 32_768) ** 2 / 12
    ratio = (np.sum(signal**2, axis=(0, 2)) + floor) / (np.sum(error**2, axis=(0, 2)) + floor)
    decibels: npt.NDArray[np.float64] = 10 * np.log10(ratio)
    return decibels


def delay(wanted: Block, got: Block) -> int:
    window = wanted[0, 48_000:144_000].astype(np.float64)
    return max(range(2_000), key=lambda lag: float(np.dot(got[0, 48_000 + lag : 144_000 + lag], window)))


@pytest.mark.parametrize(("name", "worst_loss_db"), [("mp3", 0.5), ("opus", 3.0)])
def test_two_hundred_transitions_are_as_good_as_by_one_encoder(
    music: Music, store: FrameStore, name: str, worst_loss_db: float
) -> None:
    made_as = FORMATS[name]
    size = made_as.codec.packet

    def one_mix(seed: int) -> tuple[float, str, int, int]:
        mix = mixed(music, store, made_as, seed, TRANSITIONS)
        assert len(mix.packets) * size == mix.pcm.shape[1]
        spliced, continuous = streamed(made_as, mix.packets), streamed(made_as, one_run(made_as, mix))
        assert spliced.shape == continuous.shape
        late = delay(mix.pcm, continuous)
        reference = snr_by_packet(mix.pcm, continuous[:, late:], size)
        assert float(np.mean(reference)) > 10
        loss = reference - snr_by_packet(mix.pcm, spliced[:, late:], size)
        where = f"mix {seed}, packet {int(np.argmax(loss))}"
        return float(np.max(loss)), where, mix.copied, len(mix.packets)

    with ThreadPoolExecutor(2) as pool:
        losses, places, copied, sent = zip(*pool.map(one_mix, range(MIXES)), strict=True)
    assert max(losses) <= worst_loss_db, places[losses.index(max(losses))]
    assert sum(copied) / sum(sent) > 0.5


def test_flac_is_the_mix_at_16_bits(music: Music, store: FrameStore) -> None:
    mix = mixed(music, store, FORMATS["flac"], 1, TRANSITIONS)
    got = streamed(FORMATS["flac"], mix.packets)
    assert np.array_equal(np.rint(got.T * 32_768).astype(np.int16), to_s16(mix.pcm))


@pytest.mark.parametrize("name", FORMATS)
def test_a_stream_stays_valid_across_fifty_transitions_whenever_one_joins(
    music: Music, store: FrameStore, tmp_path: Path, name: str
) -> None:
    made_as = FORMATS[name]
    mix = mixed(music, store, made_as, 50, 50)
    container = open_container(made_as, RATES, 0)
    pieces = [container.mux(quantum) for quantum in mix.quanta]
    dice = random.Random(7)
    for joined in (0, *(dice.randrange(len(pieces) - 100) for _ in range(4))):
        stream = tmp_path / f"{joined}.{name}"
        stream.write_bytes(container.header + b"".join(pieces[joined:]))
        command = ["ffprobe", "-v", "error", "-show_entries", "format=format_name", str(stream)]
        probed = subprocess.run(command, capture_output=True, check=True)
        assert probed.stderr == b"", probed.stderr.decode()
        heard_s = decoded(stream.read_bytes()).shape[1] / 48_000
        assert heard_s == pytest.approx((len(pieces) - joined) * 0.12, abs=0.3)
