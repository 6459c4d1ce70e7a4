"""What ``hot_loop`` measures. Each case says in ``what`` how much audio or how many listeners it is."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

import numpy as np
import pytest

from drift.streaming import Mount, StreamSettings, Variant
from drift.telemetry import Metrics
from mixer import FORMATS, Beats, BitRates, Clip, DriftAudioMixer, MixSettings, Source, Timeline
from mixer.clock import QUANTUM, VirtualClock
from mixer.codecs import CODECS, Codec, CodecName
from mixer.decks import Decks
from mixer.encoder import open_encoder
from mixer.frame_store import FrameStore
from mixer.render import render
from mixer.transition import choose, crossfade, first_clip
from tests.unit.fakes import FakeStation, FakeTransport
from tests.unit.mixer.signals import noise, source, wav

TICK = 4
"""Quanta."""

RATES = BitRates(mp3=128, opus=128)


class Benchmark(Protocol):
    """What pytest-benchmark's fixture is used for here."""

    extra_info: dict[str, str]

    def __call__(self, function: object, *arguments: object) -> object:
        """Measure ``function(*arguments)``."""


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> list[Source]:
    """Two minutes of noise each, loud enough to bring the limiter to work where they overlap."""
    folder = tmp_path_factory.mktemp("tracks")
    return [
        source(wav(folder / f"{seed}.wav", noise(120, rms=0.2, seed=seed)), 120 * 48_000, -14.0, -1.0)
        for seed in (1, 2)
    ]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrameStore]:
    """An empty cache."""
    store = FrameStore(tmp_path_factory.mktemp("frames"), 1 << 30)
    yield store
    store.close()


def _forward(timeline: Timeline, begin: int, end: int, benchmark: Benchmark) -> None:
    """Render tick after tick; at the end, begin again."""
    decks = Decks()
    starts = itertools.cycle(range(begin, end - TICK * QUANTUM, TICK * QUANTUM))
    render(timeline, begin, QUANTUM, decks)
    benchmark(lambda: render(timeline, next(starts), TICK * QUANTUM, decks))
    decks.close()


def test_render(tracks: list[Source], benchmark: Benchmark) -> None:
    benchmark.extra_info["what"] = "render 0.48 s of one WAV track"
    clip = Clip(tracks[0], 0, tracks[0].playable, 0)
    _forward(Timeline((clip,)), 0, 110 * 48_000, benchmark)


def test_transition(tracks: list[Source], benchmark: Benchmark) -> None:
    benchmark.extra_info["what"] = "render 0.48 s of a transition, limiter at work"
    mix = MixSettings(fade_s=30)
    pair = crossfade(first_clip(tracks[0], 0, mix), tracks[1], mix)
    _forward(Timeline(pair), pair[1].start, pair[0].end, benchmark)


def test_beatmatched_transition(tracks: list[Source], benchmark: Benchmark) -> None:
    beats = [Beats(0.0, period) for period in (24_000.0, 23_200.0)]
    sure = [
        replace(track, first_beats=grid, last_beats=grid, tempo_confidence=1.0)
        for track, grid in zip(tracks, beats, strict=True)
    ]
    pair = choose(first_clip(sure[0], 0, MixSettings()), sure[1], MixSettings())
    assert pair[1].join.kind == "beatmatch"
    begin, end = pair[1].start, pair[0].end
    ticks = (end - begin) // (TICK * QUANTUM)
    decks = Decks()

    def whole() -> None:
        decks.close()
        for tick in range(ticks):
            render(Timeline(pair), begin + tick * TICK * QUANTUM, TICK * QUANTUM, decks)

    benchmark(whole)
    benchmark.extra_info["what"] = f"render {ticks * TICK * 0.12:.1f} s of a beat-matched transition"
    decks.close()


@pytest.mark.parametrize("name", ["mp3", "opus", "flac", "aac"])
def test_encode(name: CodecName, benchmark: Benchmark) -> None:
    benchmark.extra_info["what"] = f"encode 40 packets of {name}"
    codec = CODECS[name]
    encoder = open_encoder(codec, RATES.of(codec))
    pcm = np.random.default_rng(1).normal(0, 0.1, (2, 40 * codec.packet)).astype(np.float32)
    benchmark(encoder.encode, pcm)


def test_splice(tracks: list[Source], store: FrameStore, benchmark: Benchmark) -> None:
    benchmark.extra_info["what"] = "copy 0.48 s of MP3 from the frame store"
    codec = CODECS["mp3"]
    mixer = DriftAudioMixer(itertools.cycle(tracks).__next__, MixSettings(), RATES, store)
    mixer.plan(110 * 48_000 // QUANTUM * QUANTUM)
    quanta = range(50, 800, TICK)
    for quantum in quanta:
        mixer.packets(codec, quantum, TICK)
    while store.figures.queue:
        mixer.packets(codec, quanta[0], TICK)
    turn = itertools.cycle(quanta)

    def copy() -> None:
        assert mixer.copied(codec, next(turn), TICK) is not None

    benchmark(copy)
    mixer.rest()


def test_pump_tick(benchmark: Benchmark) -> None:
    benchmark.extra_info["what"] = "one tick of a mount's pump, 100 listeners"
    loop = asyncio.new_event_loop()
    clock = VirtualClock(1000.0)
    mount = Mount(
        _Prepared(clock, RATES), FORMATS["mp3"], StreamSettings(RATES, 25, 10, 30), clock, Metrics()
    )

    async def begin() -> asyncio.Task[None]:
        for _ in range(100):
            listener, _ = mount.join(Variant(icy=False, chunked=True))
            listener.start(_Nowhere())
        return loop.create_task(mount.run())

    async def one_tick() -> None:
        clock.advance(TICK * 0.12)
        for _ in range(12):
            await asyncio.sleep(0)

    task = loop.run_until_complete(begin())
    loop.run_until_complete(one_tick())
    benchmark(lambda: loop.run_until_complete(one_tick()))
    mount.end("shutdown")
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()


class _Prepared(FakeStation):
    """Its packets cost nothing: that is measured elsewhere."""

    def __init__(self, clock: VirtualClock, rates: BitRates) -> None:
        super().__init__(clock, rates)
        self._made = self.quantum(CODECS["mp3"], 0)

    async def packets(self, codec: Codec, quantum: int, count: int) -> list[list[bytes]]:
        return [self._made] * count


class _Nowhere(FakeTransport):
    """Keeps nothing."""

    def write(self, data: bytes) -> None:
        """Forget it."""
