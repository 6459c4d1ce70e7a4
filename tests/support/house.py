"""A house: a LiveKit server, a Drift that uses it, and people who are in both."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientTimeout, CookieJar
from livekit import api

from tests.support.live import Live, eventually
from tests.support.livekit import LiveKit
from tests.support.server import Server
from tests.support.stock_client import StockClient

REFUSED_S = 2.0
"""LiveKit does not answer to a track that it does not want; one that it wants is there much sooner."""


@dataclass
class House:
    """A LiveKit server and a Drift that uses it."""

    folder: Path
    livekit: LiveKit
    drift: Server
    start: Callable[[], Server]

    @property
    def logs(self) -> str:
        return self.drift.log

    def kill_drift(self) -> None:
        """As a crash; it is started again on the same data."""
        self.drift.process.kill()
        self.drift.process.wait()
        self.drift = self.start()

    @asynccontextmanager
    async def person(self) -> AsyncIterator[Person]:
        """Somebody of whom nothing is known yet."""
        jar = CookieJar(unsafe=True)
        async with ClientSession(self.drift.url, timeout=ClientTimeout(60), cookie_jar=jar) as client:
            yield Person(client, self)

    async def inside(self, room: str) -> dict[str, api.ParticipantInfo]:
        """Whom LiveKit has in a room, by identity."""
        async with self.livekit.api() as lk:
            found = await lk.room.list_participants(api.ListParticipantsRequest(room=room))
        return {one.identity: one for one in found.participants}


class Person(Live):
    """A browser, and perhaps a connection to LiveKit."""

    def __init__(self, client: ClientSession, house: House) -> None:
        super().__init__(client)
        self.house = house
        self.room: dict[str, Any] = {}
        self.stock: StockClient

    @property
    def heard(self) -> list[dict[str, Any]]:
        """The data packets that came."""
        return [{"topic": topic, **json.loads(data)} for topic, data in self.stock.packets]

    @property
    def id(self) -> str:
        return str(self.room["you"]["participantId"])

    @property
    def where(self) -> str:
        """LiveKit's name of the room."""
        return self.stock.room

    @property
    def identity(self) -> str:
        return self.stock.identity

    async def create(self, name: str, **_: Any) -> dict[str, Any]:
        """Make a session and be its host."""
        made = await self.do("POST", "/api/sessions.create", {"sessionName": name, "displayName": "Host"})
        self.room = made["room"]
        return made

    async def join(self, session: str, name: str, code: str = "") -> dict[str, Any]:
        document = {"sessionId": session, "displayName": name, "code": code}
        self.room = await self.do("POST", "/api/sessions.join", document)
        return self.room

    async def post(self, what: str, **document: Any) -> dict[str, Any]:
        """Something that one may do in the session."""
        document["sessionId"] = self.room["sessionId"]
        return await self.do("POST", f"/api/sessions.{what}", document)

    async def look(self) -> dict[str, Any]:
        return await self.do("GET", f"/api/sessions.room?sessionId={self.room['sessionId']}")

    async def enter(self) -> None:
        """Connect to the LiveKit room with the token that came with the room."""
        await self.stock.connect(self.room["livekit"]["url"], self.room["livekit"]["token"])

    async def sees_inside(self, *names: str) -> None:
        """Wait until exactly these are seen in the LiveKit room."""

        async def so() -> bool:
            people = (await self.look())["participants"]
            return {one["name"] for one in people if one["inRoom"]} == set(names)

        await eventually(so, f"{names} to be seen inside")

    async def listeners(self, count: int) -> None:
        """Wait until the session has so many."""

        async def so() -> bool:
            return bool((await self.info(self.room["sessionId"]))["listeners"] == count)

        await eventually(so, f"{count} listeners")

    async def talk(self) -> None:
        """Try to publish a microphone, for a moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REFUSED_S):
                await self.stock.publish_microphone()

    async def until_may_talk(self, may: bool) -> None:
        """Wait until LiveKit says so."""

        async def so() -> bool:
            return bool((await self.house.inside(self.where))[self.identity].permission.can_publish == may)

        await eventually(so, "the permission")

    async def until_tracks(self, *names: str) -> None:
        """Wait until LiveKit has these tracks of one's own."""

        async def so() -> bool:
            return await self.tracks() == list(names)

        await eventually(so, f"the tracks {names}")

    async def tracks(self) -> list[str]:
        """Which tracks of one's own LiveKit has."""
        return [track.name for track in (await self.house.inside(self.where))[self.identity].tracks]


@asynccontextmanager
async def entered(person: Person) -> AsyncIterator[Person]:
    async with StockClient.start(person.house.folder) as person.stock:
        await person.enter()
        yield person
