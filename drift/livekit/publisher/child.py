"""The publisher process: ``python -m drift.livekit.publisher.child FD``, started by ``process``.

It is in the rooms that it is told of, and sends each room's packets into it, one every 20 ms. Whether a room
is tried again is the parent's to decide. When the parent is gone, the socket ``FD`` ends, and so does this.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from dataclasses import dataclass

import aiohttp
import uvloop

from drift.livekit.publisher.client import RoomClient
from drift.livekit.publisher.frames import Audio, Control
from drift.livekit.publisher.link import Link
from drift.livekit.publisher.pacing import TICK_S, Lane
from drift.livekit.publisher.text_streams import TextStreams
from drift.supervisor import Supervisor
from drift.telemetry import configure_logging, logger

log = logger(__name__)

_LEAVE_S = 1.0
_REPORT_S = 1.0


@dataclass(frozen=True, slots=True)
class _Room:
    client: RoomClient
    lane: Lane


class Publisher:
    """All rooms of this process. Time is the event loop's: to import the mixer's takes half a second."""

    def __init__(self) -> None:
        self._rooms: dict[int, _Room] = {}
        self._keepers: set[asyncio.Task[None]] = set()
        self._tick = 0
        self._packets = 0
        self._late = 0

    async def run(self, sock: socket.socket) -> None:
        """Serve the parent on the other end of ``sock`` until it is gone."""
        gone = asyncio.Event()
        async with aiohttp.ClientSession() as self._http, Supervisor() as self._tasks:
            self._link = await Link.over(sock, self._hear, gone.set)
            self._tasks.spawn(self._pace(), "pace")
            self._tasks.spawn(self._report(), "report")
            await gone.wait()
            for room in self._rooms.values():
                room.client.leave()
            if self._keepers:
                await asyncio.wait(self._keepers, timeout=_LEAVE_S)

    def _hear(self, message: Control | Audio) -> None:
        """Do what the parent says. What is for a room that has just been lost comes too late."""
        if isinstance(message, Audio):
            room = self._rooms.get(message.room)
            if room is not None:
                late = round(message.late_ms / 1000 / TICK_S)
                room.lane.put(message.sample, message.packets, self._tick, late)
        elif message["say"] == "join":
            number = int(message["room"])
            work = self._keep(number, self._open(number), message["url"], message["token"])
            keeper = self._tasks.spawn(work, f"room {number}")
            self._keepers.add(keeper)
            keeper.add_done_callback(self._keepers.discard)
        elif message["say"] == "leave" and message["room"] in self._rooms:
            self._rooms[message["room"]].client.leave()

    def _open(self, number: int) -> _Room:
        texts = TextStreams()

        def take(data: bytes) -> None:
            text = texts.take(data, asyncio.get_running_loop().time())
            if text is not None:
                told = {"say": "chat", "room": number, "identity": text.identity}
                self._link.mention({**told, "stream": text.stream, "text": text.text})

        client = RoomClient(lambda: self._link.say({"say": "connected", "room": number}), take)
        room = self._rooms[number] = _Room(client, Lane())
        return room

    async def _keep(self, number: int, room: _Room, url: str, token: str) -> None:
        """Be in a room until it is lost."""
        reason = "fault"
        try:
            reason = await room.client.run(self._http, url, token)
        except aiohttp.WSServerHandshakeError as error:
            reason = f"LiveKit refuses: {error.status}"  # more of it would tell the whole address
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = str(error) or type(error).__name__
        finally:
            del self._rooms[number]
            self._late += room.lane.late
            self._link.say({"say": "lost", "room": number, "reason": reason[:200]})

    async def _pace(self) -> None:
        """Send what is due, in all rooms; after a standstill, all that has become due since."""
        now = asyncio.get_running_loop().time
        begun = now()
        while True:
            for room in self._rooms.values():
                for timestamp, packet in room.lane.take(self._tick):
                    room.client.track.put(timestamp, packet)
                    self._packets += 1
            self._tick += 1
            await asyncio.sleep(max(0.0, begun + self._tick * TICK_S - now()))

    async def _report(self) -> None:
        """Tell how it goes; that it is told shows that this process is well."""
        while True:
            late = self._late + sum(room.lane.late for room in self._rooms.values())
            self._link.mention({"say": "figures", "packets": self._packets, "late": late})
            await asyncio.sleep(_REPORT_S)


def main() -> None:
    """See the module. A Ctrl-C is for the parent, which then ends this process in its own way."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    configure_logging()
    sock = socket.socket(fileno=int(sys.argv[1]))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(Publisher().run(sock))


if __name__ == "__main__":
    main()
