"""Rooms of real sessions over a real store; time is virtual, and the sessions' tracks have no files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from drift.access import new_person
from drift.config import RoomsConfig
from drift.models import Participant, Role, SessionId
from drift.rooms import Room, Rooms
from drift.sessions import Memory, Session
from drift.store import ScannedFile, Store
from drift.store import tracks as track_rows
from tests.unit.sessions.house import TRACKS, House

KITCHEN = SessionId("kitchen")


class Company:
    """One run of the program after another over the same store."""

    def __init__(self, store: Store, **settings: Any) -> None:
        self.store = store
        self.settings = RoomsConfig(**settings)
        self.houses: list[House] = []

    async def begin(self, *names: str) -> Company:
        """Start the program; what ran before has been killed."""
        await track_rows.save_files(self.store, [ScannedFile(one.path, 0, 0, 1, one) for one in TRACKS])
        playable = {one.id: one for one in TRACKS}
        house = House(Memory(self.store, playable.get))
        self.houses.append(house)
        await house.registry.start(names)
        self.rooms = Rooms(self.store, house.registry, self.settings, house.studio.metrics, house.clock.now)
        house.registry.on_end.append(self.rooms.forget)
        return self

    @property
    def house(self) -> House:
        return self.houses[-1]

    def session(self, session_id: str = KITCHEN) -> Session:
        found = self.house.registry.get(session_id)
        assert isinstance(found, Session)
        return found

    async def join(self, name: str = "Ann", role: Role = "host", where: SessionId = KITCHEN) -> Participant:
        """Somebody new."""
        return await self.rooms.join(where, new_person(), name, role)

    async def room(self, where: SessionId = KITCHEN) -> Room:
        return await self.rooms.room(where)

    async def say(self, author: Participant, *texts: str) -> None:
        """One message after another."""
        room = await self.room(author.session_id)
        for text in texts:
            await self.rooms.chat.say(room, author, text, f"{author.id[:8]}-{text}")

    async def said(self, where: SessionId = KITCHEN) -> list[str]:
        return texts((await self.room(where)).messages)

    def close(self) -> None:
        """Let go of all sessions."""
        for room in self.rooms.open_rooms:
            room.presence.close()
        for house in self.houses:
            house.close()


def texts(messages: Iterable[Any]) -> list[str]:
    """What was said."""
    return [one.text for one in messages]
