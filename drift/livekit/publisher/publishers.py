"""Sessions' mixes in LiveKit rooms: which ones, and that they stay there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from drift.livekit.publisher.crew import Crew, StartChild, Worker
from drift.livekit.publisher.feed import Feed, Station
from drift.livekit.publisher.frames import Audio, Control
from drift.livekit.publisher.process import PublisherProcess
from drift.supervisor import Supervisor
from drift.telemetry import logger
from mixer.clock import Clock

log = logger(__name__)

ROOMS_PER_CHILD = 50

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 4.0
_STEADY_S = 10.0
"""A room that was connected for so long is tried again soon when it is lost."""

_CONNECT_S = 10.0


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a room is, and a token that lets the mix in: it has to allow to publish a screen's audio."""

    url: str
    token: str = field(repr=False)


Connect = Callable[[], Awaitable[Connection]]
OnChat = Callable[[str, str, str, str], None]


@dataclass(frozen=True, slots=True)
class PublisherFigures:
    """How it goes; the last four count from the beginning.

    Attributes:
        rooms: that the mix should be in.
        connected: that it is in.
        children: processes.
        restarts: processes that ended by themselves.
        packets: sent into rooms.
        late: of them, those that missed their time.
        dropped: pieces of audio that a process did not take.
    """

    rooms: int
    connected: int
    children: int
    restarts: int
    packets: int
    late: int
    dropped: int


@dataclass(slots=True, eq=False)
class _Publication:
    key: str
    station: Station
    connect: Connect
    worker: Worker | None = None
    connected: bool = False
    news: asyncio.Queue[tuple[str, str]] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None


class Publishers:
    """See the module. Processes are started when they are needed.

    Args:
        supervisor: owns the tasks.
        clock: when packets are due, and when a lost room is tried again.
        rooms_per_child: in one process.
        start_child: starts a process.

    Attributes:
        on_chat: called with what stock clients write: key, identity of the sender, id of the text, text.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        clock: Clock,
        *,
        rooms_per_child: int = ROOMS_PER_CHILD,
        start_child: StartChild = PublisherProcess.start,
    ) -> None:
        self.on_chat: OnChat = lambda _key, _identity, _stream, _text: None
        self._supervisor = supervisor
        self._clock = clock
        self._feed = Feed(clock, supervisor)
        self._crew = Crew(
            supervisor, clock, hear=self._hear, rooms_per_child=rooms_per_child, start=start_child
        )
        self._publications: dict[str, _Publication] = {}
        self._rooms: dict[int, _Publication] = {}
        self._numbers = count(1)

    @property
    def figures(self) -> PublisherFigures:
        """How it goes."""
        return PublisherFigures(
            rooms=len(self._publications),
            connected=sum(one.connected for one in self._publications.values()),
            children=len(self._crew.workers),
            restarts=self._crew.restarts,
            packets=self._crew.packets,
            late=self._crew.late,
            dropped=self._crew.dropped,
        )

    def connected(self, key: str) -> bool:
        """Whether the mix is in a room now."""
        found = self._publications.get(key)
        return found is not None and found.connected

    def publish(self, key: str, station: Station, connect: Connect) -> None:
        """Let a session's mix be in a room until it is withdrawn. Takes the place of the one before.

        Args:
            key: names it; for the caller's use.
            station: the session. It is the caller's to attach to it, so that its time passes.
            connect: makes sure that the room is there and gives what lets the mix in, for each connection
                anew. It may fail; then it is asked again.
        """
        self.withdraw(key)
        publication = self._publications[key] = _Publication(key, station, connect)
        publication.task = self._supervisor.spawn(self._keep(publication), f"publisher of {key}")

    def withdraw(self, key: str) -> None:
        """Leave a room; twice is fine."""
        publication = self._publications.pop(key, None)
        if publication is not None and publication.task is not None:
            publication.task.cancel()

    def hurry(self, station: Station) -> None:
        """A command has changed what is heard: rooms that hear the session should hear so soon."""
        self._feed.hurry(station)

    async def stop(self) -> None:
        """Leave all rooms and end all processes; takes two seconds at most."""
        tasks = [one.task for one in self._publications.values() if one.task is not None]
        for key in list(self._publications):
            self.withdraw(key)
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._crew.stop()

    async def _keep(self, publication: _Publication) -> None:
        """Be in the room; when it is lost, try again, at longer and longer intervals."""
        wait_s, known = _FIRST_WAIT_S, ""
        try:
            while True:
                begun = self._clock.now()
                reason = await self._once(publication)
                if self._clock.now() - begun >= _STEADY_S:
                    wait_s = _FIRST_WAIT_S
                if reason != known:
                    log.warning("mix-not-in-room", room=publication.key, reason=reason)
                    known = reason
                await self._clock.sleep_until(self._clock.now() + wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
        finally:
            if publication.worker is not None:
                self._crew.leave(publication.worker)

    async def _once(self, publication: _Publication) -> str:
        """Be in the room until it is lost; returns why it was."""
        try:
            async with asyncio.timeout(_CONNECT_S):
                connection = await publication.connect()
            worker = await self._seat(publication)
        except Exception as error:  # noqa: BLE001 - whatever keeps LiveKit from working may be over soon
            return str(error) or type(error).__name__
        number = next(self._numbers)
        self._rooms[number] = publication
        publication.news = asyncio.Queue()
        worker.child.say({"say": "join", "room": number, "url": connection.url, "token": connection.token})
        try:
            return await self._stay(publication, worker, number)
        finally:
            del self._rooms[number]
            worker.child.say({"say": "leave", "room": number})

    async def _seat(self, publication: _Publication) -> Worker:
        """A process for it: the one that it has had, if that is alive."""
        worker = publication.worker
        if worker is None or worker.gone.done():
            publication.worker = None
            worker = publication.worker = await self._crew.seat()

            def gone(_: object) -> None:
                publication.news.put_nowait(("lost", "the publisher process has ended"))

            worker.gone.add_done_callback(gone)
        return worker

    async def _stay(self, publication: _Publication, worker: Worker, number: int) -> str:
        """From joining to losing the room."""

        def send(sample: int, packets: Sequence[bytes], late_s: float) -> None:
            worker.child.play(Audio(number, sample, packets, round(late_s * 1000)))

        if worker.gone.done():
            return "the publisher process has ended"
        said, reason = await publication.news.get()
        if said != "connected":
            return reason
        log.info("mix-in-room", room=publication.key, pid=worker.child.pid)
        publication.connected = True
        close = self._feed.open(publication.station, send)
        try:
            while said == "connected":
                said, reason = await publication.news.get()
            return reason
        finally:
            publication.connected = False
            close()

    def _hear(self, message: Control) -> None:
        """A process tells of a room; if that is of the past, nobody cares."""
        publication = self._rooms.get(message["room"])
        if publication is None:
            return
        if message["say"] == "chat":
            self.on_chat(publication.key, message["identity"], message["stream"], message["text"])
        else:
            publication.news.put_nowait((message["say"], message.get("reason", "")))
