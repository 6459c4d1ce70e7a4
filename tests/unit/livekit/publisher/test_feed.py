"""The pump of all rooms, on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from drift.errors import NotReadyError
from drift.livekit.publisher.feed import Feed
from drift.supervisor import Supervisor
from mixer.clock import QUANTUM, VirtualClock, samples
from mixer.codecs import Codec
from tests.unit.fakes import settle


class FakeStation:
    """Its packets are their own numbers."""

    def __init__(self, clock: VirtualClock, phase_s: float = 0.0) -> None:
        self._clock = clock
        self.epoch = clock.now() - phase_s
        self.announced = 0
        self.resumed: list[int] = []
        self.asked: list[tuple[int, int]] = []
        self.fails: Exception | None = None
        self.hangs: asyncio.Event | None = None

    @property
    def position(self) -> int:
        return samples(self._clock.now() - self.epoch) // QUANTUM * QUANTUM

    def announce(self) -> None:
        self.announced += 1

    def resume_from(self, sample: int) -> None:
        self.resumed.append(sample)
        self.epoch = self._clock.now() - sample / 48_000

    async def packets(self, codec: Codec, quantum: int, count: int) -> list[list[bytes]]:
        assert codec.name == "opus"
        if self.hangs is not None:
            await self.hangs.wait()
        if self.fails is not None:
            raise self.fails
        self.asked.append((quantum, count))
        return [[b"%d" % (6 * one + n) for n in range(6)] for one in range(quantum, quantum + count)]


class Ear:
    """Takes what a room gets: when, from which sample on, how many packets."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.heard: list[tuple[float, int, int]] = []
        self.late_s: list[float] = []

    def __call__(self, sample: int, packets: Sequence[bytes], late_s: float) -> None:
        assert list(packets) == [b"%d" % (sample // 960 + n) for n in range(len(packets))]
        self.heard.append((self._clock.now(), sample, len(packets)))
        self.late_s.append(late_s)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(1000.0)


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    async with Supervisor() as made:
        yield made


@pytest.fixture
def feed(clock: VirtualClock, supervisor: Supervisor) -> Feed:
    return Feed(clock, supervisor)


async def passes(clock: VirtualClock, seconds: float, step_s: float = 0.02) -> None:
    for _ in range(round(seconds / step_s)):
        await settle(10)
        clock.advance(step_s)
    await settle(10)


async def test_each_quantum_is_sent_once_it_is_due(feed: Feed, clock: VirtualClock) -> None:
    ears, stations = [], []
    for phase in (0.0, 0.05, 0.111):
        ears.append(Ear(clock))
        stations.append(FakeStation(clock, 10 + phase))
        feed.open(stations[-1], ears[-1])
    await passes(clock, 2.4)
    for ear, station in zip(ears, stations, strict=True):
        assert len(ear.heard) in {19, 20}
        for at, sample, count in ear.heard:
            assert count == 6
            end = station.epoch + (sample + QUANTUM) / 48_000
            assert -0.001 <= at - end <= 0.021
        assert station.announced == len(ear.heard)


async def test_what_a_command_has_changed_is_made_before_it_is_due(feed: Feed, clock: VirtualClock) -> None:
    station, other = FakeStation(clock, 10.03), FakeStation(clock, 10.03)
    ear, bystander = Ear(clock), Ear(clock)
    feed.open(station, ear)
    feed.open(other, bystander)
    await passes(clock, 1.2)
    before = len(ear.heard)
    feed.hurry(station)
    feed.hurry(station)
    await settle()
    assert len(ear.heard) in {before + 1, before + 2}
    assert len(bystander.heard) == before
    await passes(clock, 1.2)
    assert len(ear.heard) == len(bystander.heard)
    quanta = [sample // QUANTUM for _, sample, _ in ear.heard]
    assert quanta == list(range(quanta[0], quanta[0] + len(quanta)))


async def test_a_slow_room_delays_no_other(feed: Feed, clock: VirtualClock) -> None:
    slow, fast = FakeStation(clock, 1), FakeStation(clock, 1)
    slow.hangs = asyncio.Event()
    slow_ear, fast_ear = Ear(clock), Ear(clock)
    feed.open(slow, slow_ear)
    feed.open(fast, fast_ear)
    await passes(clock, 1.2)
    assert (len(slow_ear.heard), len(fast_ear.heard)) in {(0, 9), (0, 10)}
    slow.hangs.set()
    await passes(clock, 0.6)
    assert 0.9 < slow_ear.late_s[0] < 1.2
    assert fast_ear.late_s == [0.0] * len(fast_ear.late_s)
    quanta = [(sample // QUANTUM, count) for _, sample, count in slow_ear.heard]
    assert (quanta[1][0] - quanta[0][0], quanta[1][1]) == (8, 12), "the past is not played any more"


async def test_while_nothing_can_be_played_nothing_is_sent(
    feed: Feed, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    station, ear = FakeStation(clock, 1), Ear(clock)
    station.fails = NotReadyError("no music")
    feed.open(station, ear)
    await passes(clock, 3)
    assert ear.heard == []
    station.fails = RuntimeError("broken")
    await passes(clock, 3)
    assert ear.heard == []
    station.fails = None
    await passes(clock, 1)
    assert ear.heard[-1][1] == station.position - QUANTUM, "it goes on at the live edge"
    assert station.resumed == []


async def test_time_that_was_lost_is_taken_back(feed: Feed, clock: VirtualClock) -> None:
    station, ear = FakeStation(clock, 1), Ear(clock)
    feed.open(station, ear)
    await passes(clock, 1)
    following = ear.heard[-1][1] + QUANTUM
    clock.advance(60)
    await passes(clock, 0.5)
    assert station.resumed == [following]
    assert following in [sample for _, sample, _ in ear.heard]


async def test_a_live_edge_that_was_moved_back_is_followed(feed: Feed, clock: VirtualClock) -> None:
    station, ear = FakeStation(clock, 100), Ear(clock)
    feed.open(station, ear)
    await passes(clock, 1)
    station.epoch += 50
    await passes(clock, 1)
    assert ear.heard[-1][1] == station.position - QUANTUM


async def test_what_is_closed_gets_nothing_and_the_pump_ends_with_the_last(
    feed: Feed, clock: VirtualClock, supervisor: Supervisor
) -> None:
    station, ear = FakeStation(clock, 1), Ear(clock)
    station.hangs = asyncio.Event()
    close = feed.open(station, ear)
    await passes(clock, 0.5)
    close()
    close()
    station.hangs.set()
    await passes(clock, 0.5)
    assert ear.heard == []
    assert len(feed) == 0
    assert len(supervisor) == 0
    feed.open(station, ear)
    await passes(clock, 0.5)
    assert ear.heard
