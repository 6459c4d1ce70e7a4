"""The mix in rooms of a real LiveKit server."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from drift.livekit.publisher import Connection, Publishers
from drift.livekit.publisher.crew import Child
from drift.livekit.publisher.frames import Control
from drift.livekit.publisher.process import PublisherProcess
from drift.livekit.tokens import Tokens
from drift.models import SessionId, Track
from drift.sessions import Session
from drift.supervisor import Supervisor
from drift.telemetry import Metrics
from mixer import BitRates, MixSettings
from mixer.clock import MonotonicClock
from mixer.codecs import Codec
from mixer.encoding import Encoding
from mixer.frame_store import FrameStore
from tests.support.ears import RATE, Pcm
from tests.support.livekit import LiveKit
from tests.support.rtp_tap import Tap, opus_decoded, tap, until
from tests.support.server import REPOSITORY
from tests.support.stock_client import StockClient
from tests.support.tones import tone
from tests.unit.fakes import FakeLibrary, track
from tests.unit.studio import InOrder

LEFT = (300.0, 500.0, 800.0)
RIGHT = (1100.0, 1500.0, 2000.0)
TRACK_S = 40
AUDIBLE = 0.006
"""32 dB below the tones: 25 ms after the beginning of a skip's fade."""
_LIMIT_S = 30


@pytest.fixture(scope="module")
def livekit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKit]:
    server = LiveKit(tmp_path_factory.mktemp("livekit"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> list[Track]:
    """Each with a tone on the left and another one on the right."""
    folder = tmp_path_factory.mktemp("tones")
    made = []
    for number, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        path = tone(folder / f"{number}.wav", left, TRACK_S, right)
        made.append(track(number, path=path, seconds=TRACK_S))
    return made


class RecordingStore(FrameStore):
    """Knows what it has given."""

    given: set[bytes]

    def take(self, encoding: Encoding, first: int, count: int) -> list[bytes]:
        taken = super().take(encoding, first, count)
        self.given.update(taken)
        return taken


class Heard(Session):
    """Knows what Opus packets were made of it, in their order."""

    given: list[bytes]

    async def packets(self, codec: Codec, quantum: int, count: int) -> list[list[bytes]]:
        quanta = await super().packets(codec, quantum, count)
        self.given += [packet for one in quanta for packet in one]
        return quanta


class House:
    """Sessions that are listened to, and their mixes in rooms."""

    def __init__(self, livekit: LiveKit, tracks: list[Track], store: RecordingStore) -> None:
        self.livekit = livekit
        self.children: list[PublisherProcess] = []
        self.supervisor = Supervisor()
        self.clock = MonotonicClock()
        self.publishers = Publishers(
            self.supervisor, self.clock, rooms_per_child=1, start_child=self._start_child
        )
        self.sessions: dict[str, Heard] = {}
        self.store = store
        self._tracks = tracks
        self._tokens = Tokens(livekit.api_key, livekit.api_secret, 60, time.time)
        self._workers = ThreadPoolExecutor(2)

    async def _start_child(self, hear: Callable[[Control], None]) -> Child:
        self.children.append(await PublisherProcess.start(hear))
        return self.children[-1]

    def publish(self, room: str) -> Heard:
        """A session of its own in a room, which is made when it is connected to."""
        library = FakeLibrary(*self._tracks)
        session = Heard(
            SessionId(room),
            chooser=InOrder(library),
            library=library,
            clock=self.clock,
            workers=self._workers,
            metrics=Metrics(),
            mix=MixSettings(fade_s=1.0),
            rates=BitRates(),
            store=self.store,
            start_quanta=5,
            idle_pause_s=30,
            replay=100,
        )
        session.given = []
        session.attach()
        self.sessions[room] = session

        async def connect() -> Connection:
            await self.livekit.create_room(room)
            return Connection(self.livekit.url, self._tokens.publisher(room))

        self.publishers.publish(room, session, connect)
        return session

    async def until_connected(self, *rooms: str) -> None:
        """Return when the mix is in all of them."""
        await until(lambda: all(map(self.publishers.connected, rooms)), _LIMIT_S)

    @asynccontextmanager
    async def listening(self, room: str) -> AsyncIterator[Tap]:
        """Somebody is in a room that the mix is in."""
        async with tap(self.livekit.url, self.livekit.token(room, f"tap-{time.monotonic()}")) as made:
            await made.until(1)
            yield made

    async def close(self) -> None:
        """All of it."""
        await self.publishers.stop()
        for session in self.sessions.values():
            session.detach()
            session.close()
        await self.supervisor.stop()
        self._workers.shutdown()


@pytest.fixture
async def house(livekit: LiveKit, tracks: list[Track], tmp_path: Path) -> AsyncIterator[House]:
    store = RecordingStore(tmp_path / "packets", 100_000_000, threads=1)
    store.given = set()
    made = House(livekit, tracks, store)
    yield made
    await made.close()
    store.close()


def open_sockets() -> int:
    """Sockets and pipes; sessions may keep files open."""
    fds = Path("/proc/self/fd")
    targets = [os.readlink(fds / fd) for fd in os.listdir(fds) if os.path.lexists(fds / fd)]  # noqa: PTH115, PTH208
    return sum(not target.startswith("/") for target in targets)


def level(pcm: Pcm, hz: float) -> tuple[float, float]:
    """How loud a tone is on the left and on the right; 1: as loud as can be."""
    window = np.hanning(pcm.shape[1])
    wave = np.exp(-2j * np.pi * hz * np.arange(pcm.shape[1]) / RATE) * window
    left, right = 2 * np.abs(pcm @ wave) / window.sum()
    return float(left), float(right)


@pytest.mark.alone
async def test_the_mix_arrives_in_stereo_as_the_packets_of_the_store(house: House) -> None:
    session = house.publish("stereo")
    await house.until_connected("stereo")
    async with house.listening("stereo") as listener:
        await listener.until(250)
        await until(lambda: set(listener.payloads[-100:]) <= house.store.given, _LIMIT_S)
    assert "sprop-stereo=1" in listener.offer
    assert listener.gaps() == []

    heard = listener.payloads
    begin = session.given.index(heard[0])
    assert heard == session.given[begin : begin + len(heard)]

    pcm = opus_decoded(heard)[:, RATE : 4 * RATE]
    of_left, of_right = level(pcm, LEFT[0]), level(pcm, RIGHT[0])
    assert of_left[0] > 100 * of_left[1]
    assert of_right[1] > 100 * of_right[0]

    figures = house.publishers.figures
    assert (figures.rooms, figures.connected, figures.children, figures.dropped) == (1, 1, 1, 0)
    assert figures.packets >= 200


@pytest.mark.alone
async def test_a_skip_is_heard_within_300_ms(house: House) -> None:
    session = house.publish("skips")
    await house.until_connected("skips")
    async with house.listening("skips") as listener:
        delays = []
        for following in (1, 2, 0, 1):
            await asyncio.sleep(1.5 + 0.07 * following)
            begin, asked = len(listener.packets) - 25, time.monotonic()
            session.skip()
            house.publishers.hurry(session)
            await asyncio.sleep(1.0)
            packets = listener.packets[begin:]
            windows = opus_decoded([one.payload for one in packets]).reshape(2, -1, 960)
            levels = [level(windows[:, number], LEFT[following])[0] for number in range(len(packets))]
            assert max(levels[5:20]) < AUDIBLE, "it is heard before it is asked for"
            heard = next(number for number, found in enumerate(levels) if number > 20 and found > AUDIBLE)
            delays.append(packets[heard].at - asked)
    assert min(delays) > 0, delays
    assert sorted(delays)[-2] < 0.3, delays  # one may be the machine's doing


async def test_chat_of_stock_clients_is_handed_up(house: House, tmp_path: Path) -> None:
    heard: asyncio.Queue[tuple[str, str, str, str]] = asyncio.Queue()
    house.publishers.on_chat = lambda *said: heard.put_nowait(said)
    house.publish("chat")
    await house.until_connected("chat")
    async with StockClient.start(tmp_path) as guest:
        await guest.connect(house.livekit.url, house.livekit.token("chat", "guest"))
        stream = await guest.send_text("Hé, more of this ♫", "lk.chat")
        await guest.send_text("elsewhere", "other")
        await guest.send_text("x" * 4_001, "lk.chat")
        await guest.send_text("y" * 4_000, "lk.chat")
        async with asyncio.timeout(_LIMIT_S):
            assert await heard.get() == ("chat", "guest", stream, "Hé, more of this ♫")
            assert (await heard.get())[3] == "y" * 4_000


@pytest.mark.alone
async def test_a_publisher_that_is_killed_is_back_soon_and_no_other_room_notices(house: House) -> None:
    house.publish("first")
    await house.until_connected("first")
    house.publish("second")
    await house.until_connected("second")
    assert len(house.children) == 2
    async with house.listening("first") as first, house.listening("second") as second:
        os.kill(house.children[0].pid, signal.SIGKILL)
        killed = time.monotonic()
        await until(lambda: first.packets[-1].at > killed + 0.2, 5)
        back = first.packets[-1].at
        await until(lambda: second.packets[-1].at > back, 5)
        assert second.gaps() == []
    assert house.publishers.figures.restarts == 1
    assert len(house.children) == 3


@pytest.mark.alone
async def test_after_a_restart_of_livekit_the_mix_is_back(house: House) -> None:
    house.publish("again")
    await house.until_connected("again")
    await asyncio.to_thread(house.livekit.kill)
    await until(lambda: not house.publishers.connected("again"), 5)
    await asyncio.sleep(3)
    await asyncio.to_thread(house.livekit.start)
    started = time.monotonic()
    await house.until_connected("again")
    async with house.listening("again") as listener:
        await listener.until(50)
    assert time.monotonic() - started < 15
    assert len(house.children) == 1


@pytest.mark.alone
async def test_stopping_takes_no_longer_than_two_seconds_and_leaves_nothing(house: House) -> None:
    before = open_sockets()
    for number in range(3):
        house.publish(f"room {number}")
    await house.until_connected("room 0", "room 1")
    begin = time.monotonic()
    await house.publishers.stop()
    assert time.monotonic() - begin < 2
    for child in house.children:
        with pytest.raises(ProcessLookupError):
            os.kill(child.pid, 0)  # it would be there as a zombie, too
    await house.supervisor.stop()
    assert open_sockets() <= before


async def test_a_room_that_is_withdrawn_is_left(house: House) -> None:
    house.publish("left")
    await house.until_connected("left")
    async with house.listening("left") as listener:
        house.publishers.withdraw("left")
        await asyncio.sleep(0.5)
        count = len(listener.packets)
        await asyncio.sleep(0.5)
        assert len(listener.packets) == count
    assert house.publishers.figures.children == 0


_PARENT = """
import asyncio
from drift.livekit.publisher.process import PublisherProcess

async def main():
    well = asyncio.Event()
    child = await PublisherProcess.start(lambda message: well.set())
    await well.wait()
    print(child.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_a_publisher_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, cwd=REPOSITORY)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.stdout.close()
    parent.kill()
    parent.wait()
    end = time.monotonic() + 5
    while _alive(pid):
        assert time.monotonic() < end
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
