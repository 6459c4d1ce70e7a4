"""Who is in which room and comes back: on virtual time, with processes that are not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import pytest

from drift.livekit.publisher.crew import Child
from drift.livekit.publisher.frames import Audio, Control
from drift.livekit.publisher.publishers import Connection, Publishers
from drift.supervisor import Supervisor
from mixer.clock import VirtualClock
from tests.unit.fakes import settle
from tests.unit.livekit.publisher.test_feed import FakeStation


class FakeChild:
    """Remembers what it was told; says what the test lets it say."""

    def __init__(self, pid: int, hear: Callable[[Control], None]) -> None:
        self.pid = pid
        self.dropped = 0
        self.says = hear
        self.told: list[Control] = []
        self.played: list[Audio] = []
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.hangs_at_the_end = False

    def say(self, message: Control) -> None:
        self.told.append(message)

    def play(self, audio: Audio) -> None:
        self.played.append(audio)

    async def ended(self) -> int:
        return await asyncio.shield(self.status)

    def kill(self) -> None:
        self.ends(-9)

    def ends(self, status: int) -> None:
        if not self.status.done():
            self.status.set_result(status)

    async def close(self) -> None:
        self.ends(0)
        await settle(2)

    @property
    def joined(self) -> list[int]:
        """Numbers of the rooms that it was told to join and not to leave."""
        left = {one["room"] for one in self.told if one["say"] == "leave"}
        return [one["room"] for one in self.told if one["say"] == "join" and one["room"] not in left]

    def connects(self) -> None:
        """It is in all its rooms now."""
        for number in self.joined:
            self.says({"say": "connected", "room": number})


class Stage:
    """Publishers with fake processes and a LiveKit that may be away."""

    def __init__(self, supervisor: Supervisor, clock: VirtualClock) -> None:
        self.clock = clock
        self.children: list[FakeChild] = []
        self.fails: Exception | None = None
        self.connections = 0
        self.publishers = Publishers(supervisor, clock, rooms_per_child=2, start_child=self._start)

    async def _start(self, hear: Callable[[Control], None]) -> Child:
        await asyncio.sleep(0)
        self.children.append(FakeChild(len(self.children), hear))
        return self.children[-1]

    async def connect(self) -> Connection:
        await asyncio.sleep(0)
        self.connections += 1
        if self.fails is not None:
            raise self.fails
        return Connection("ws://livekit", f"token {self.connections}")

    async def publish(self, *keys: str) -> None:
        for key in keys:
            self.publishers.publish(key, FakeStation(self.clock, 10), self.connect)
        await settle()

    async def passes(self, seconds: float) -> None:
        """Time passes; processes that are alive tell so."""
        for _ in range(round(seconds / 0.02)):
            self.clock.advance(0.02)
            await settle(6)
            for child in self.children:
                if not child.status.done() and not child.hangs_at_the_end:
                    child.says({"say": "figures", "packets": 7, "late": 1})
        await settle()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Supervisor() as supervisor:
        yield Stage(supervisor, VirtualClock(1000.0))


async def test_rooms_share_processes_and_get_their_session_s_packets(stage: Stage) -> None:
    await stage.publish("a", "b", "c")
    first, second = stage.children
    assert (len(first.joined), len(second.joined)) == (2, 1)
    assert {one["token"] for one in first.told + second.told} == {"token 1", "token 2", "token 3"}
    await stage.passes(1)
    assert first.played == [], "it is not in the room yet"
    first.connects()
    await stage.passes(1)
    assert {one.room for one in first.played} == set(first.joined)
    assert second.played == []
    figures = stage.publishers.figures
    assert (figures.rooms, figures.connected, figures.children) == (3, 2, 2)
    assert (figures.packets, figures.late) == (14, 2)
    assert stage.publishers.connected("a")
    assert not stage.publishers.connected("c")
    assert not stage.publishers.connected("nobody")


async def test_a_room_that_is_lost_is_connected_to_anew_at_longer_and_longer_intervals(stage: Stage) -> None:
    await stage.publish("a")
    child = stage.children[0]
    child.connects()
    await stage.passes(20)
    stage.fails = OSError("nobody answers")
    child.says({"say": "lost", "room": child.joined[0], "reason": "LiveKit is gone"})
    await settle()
    assert not stage.publishers.connected("a")
    asked = []
    for _ in range(20 * 50):
        before = stage.connections
        await stage.passes(0.02)
        if stage.connections > before:
            asked.append(stage.clock.now())
    waits = [round(b - a, 1) for a, b in pairwise(asked)]
    assert waits[:4] == [1.0, 2.0, 4.0, 4.0]
    stage.fails = None
    await stage.passes(4)
    assert len(child.joined) == 1
    child.connects()
    await settle()
    assert stage.publishers.connected("a")
    assert len(stage.children) == 1


async def test_rooms_of_a_dead_process_go_on_in_another_and_no_other_room_is_touched(stage: Stage) -> None:
    await stage.publish("a", "b", "c")
    first, second = stage.children
    first.connects()
    second.connects()
    await settle()
    told = list(second.told)
    first.ends(-11)
    await settle()
    assert [stage.publishers.connected(key) for key in "abc"] == [False, False, True]
    await stage.passes(0.6)
    joined = {one["room"] for child in stage.children[1:] for one in child.told if one["say"] == "join"}
    assert len(joined) == 3
    for child in stage.children[1:]:
        child.connects()
    await stage.passes(0.5)
    figures = stage.publishers.figures
    assert (figures.connected, figures.restarts) == (3, 1)
    assert second.told[: len(told)] == told
    assert not any(one["say"] == "leave" for one in second.told)


async def test_a_process_that_hangs_is_ended(stage: Stage) -> None:
    await stage.publish("a")
    stage.children[0].connects()
    await stage.passes(10)
    assert not stage.children[0].status.done()
    stage.children[0].hangs_at_the_end = True
    await stage.passes(6)
    assert stage.children[0].status.result() == -9
    assert len(stage.children) == 2


async def test_what_is_withdrawn_is_left_and_an_empty_process_ends(stage: Stage) -> None:
    await stage.publish("a", "b")
    child = stage.children[0]
    child.connects()
    stage.publishers.withdraw("a")
    stage.publishers.withdraw("a")
    await settle()
    assert len(child.joined) == 1
    stage.publishers.withdraw("b")
    await settle()
    assert child.joined == []
    assert child.status.result() == 0
    figures = stage.publishers.figures
    assert (figures.rooms, figures.connected, figures.children, figures.restarts) == (0, 0, 0, 0)


async def test_publishing_again_takes_the_place_of_the_one_before(stage: Stage) -> None:
    await stage.publish("a")
    await stage.publish("a")
    assert stage.publishers.figures.rooms == 1
    assert sum(len(child.joined) for child in stage.children) == 1


async def test_chat_is_handed_up_with_the_room_s_name(stage: Stage) -> None:
    heard: list[tuple[str, ...]] = []
    stage.publishers.on_chat = lambda *said: heard.append(said)
    await stage.publish("a")
    child = stage.children[0]
    child.connects()
    number = child.joined[0]
    said = {"say": "chat", "room": number, "identity": "ann", "stream": "1", "text": "hello"}
    child.says(said)
    child.says({**said, "room": number + 99})
    assert heard == [("a", "ann", "1", "hello")]
    stage.publishers.withdraw("a")
    await settle()
    child.says(said)
    assert len(heard) == 1


async def test_stopping_ends_all(stage: Stage) -> None:
    await stage.publish("a", "b", "c")
    stage.children[0].connects()
    await stage.publishers.stop()
    assert [child.status.result() for child in stage.children] == [0, 0]
    assert stage.publishers.figures.children == 0
    await stage.publishers.stop()


def test_a_token_is_in_no_text() -> None:
    assert "secret" not in repr(Connection("ws://livekit", "secret"))
