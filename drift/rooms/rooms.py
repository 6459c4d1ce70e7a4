"""All rooms: finds or makes a session's, lets people in and out, and does what hosts ask for.

Whatever is to outlive the program is written first and told afterwards.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from drift.access import Codes, Lock, best, seal
from drift.config import RoomsConfig
from drift.errors import (
    BannedError,
    ConflictError,
    FullError,
    NotFoundError,
    NotJoinedError,
    TooManyError,
)
from drift.models import (
    Membership,
    Message,
    Participant,
    ParticipantId,
    PersonId,
    Role,
    RoomRecord,
    SessionId,
)
from drift.rooms import words
from drift.rooms.chat import Chat
from drift.rooms.presence import JOINING
from drift.rooms.room import Room
from drift.sessions import Session, SessionRegistry
from drift.sessions.views import Json
from drift.store import Store
from drift.store import rooms as stored
from drift.telemetry import Metrics, logger
from drift.throttle import Throttle

log = logger(__name__)

JOINS_PER_S = 1.0
JOINS_BURST = 30
"""New participants that one client may make: a family behind one address, no made-up crowd."""

_JOINING_S = 15.0
"""Who has joined is there for so long without a connection: the page is on its way."""

OnPermissions = Callable[[Room, Participant], None]


def new_record(session_id: SessionId) -> RoomRecord:
    """A room that nobody has been in. Its name in LiveKit tells nothing of its session."""
    return RoomRecord(session_id, f"drift-{secrets.token_hex(8)}", datetime.now(UTC))


async def give_codes(store: Store, session_id: SessionId, codes: Codes) -> None:
    """Let these codes open the room of a session that is in the store, and no others any more.

    Raises:
        StoreError: the database failed, or the session is not there.
    """
    lock = await seal(codes)
    await stored.add(store, new_record(session_id))
    await stored.set_lock(store, session_id, (lock.salt, lock.host, lock.collaborator, lock.viewer))


class Rooms:
    """See the module.

    Args:
        now: seconds of a clock that never goes back, for limits.

    Attributes:
        chat: what is said in them.
        on_permissions: told of a participant who may do more or less than before, or has gone.
        on_close: told of a room whose session is no longer there.
    """

    def __init__(
        self,
        store: Store,
        registry: SessionRegistry,
        settings: RoomsConfig,
        metrics: Metrics,
        now: Callable[[], float],
    ) -> None:
        self.settings = settings
        self.chat = Chat(store, settings, metrics, now)
        self.on_permissions: OnPermissions = lambda _room, _participant: None
        self.on_close: Callable[[Room], None] = lambda _room: None
        self._store = store
        self._registry = registry
        self._rooms: dict[SessionId, Room] = {}
        self._opening = asyncio.Lock()
        self._joins = Throttle(JOINS_PER_S, JOINS_BURST, now)

    # Finding

    @property
    def open_rooms(self) -> list[Room]:
        """Those that this program has to do with."""
        return list(self._rooms.values())

    async def room(self, session_id: SessionId) -> Room:
        """A session's room; made if it has none yet. A follower's is that of the session that it follows.

        Raises:
            NotFoundError: there is no such session.
            StoreError: the database failed.
        """
        session = await self._session(session_id)
        found = self._rooms.get(session.id)
        if found is not None:
            return found
        async with self._opening:
            found = self._rooms.get(session.id)
            if found is None:
                await self._registry.settle(session)
                record = await stored.add(self._store, new_record(session.id))
                latest = await stored.latest(self._store, session.id, self.settings.history)
                if self._registry.get(session.id) is not session:
                    raise NotFoundError(f"The session '{session_id}' has just ended.")
                found = self._rooms[session.id] = Room(record, session, latest, self.settings.history)
        return found

    async def _session(self, session_id: SessionId) -> Session:
        return self._registry.heard(await self._registry.open(session_id))

    async def called(self, livekit_name: str) -> Room | None:
        """The room that LiveKit calls so; None: it is none of ours, or its session has ended.

        Raises:
            StoreError: the database failed.
        """
        for room in self._rooms.values():
            if room.livekit_name == livekit_name:
                return room
        session_id = await stored.called(self._store, livekit_name)
        try:
            return await self.room(session_id) if session_id is not None else None
        except NotFoundError:
            return None

    async def lock(self, session_id: SessionId) -> Lock | None:
        """What codes are held against, None if there are none; read anew, as another program may set them.

        Raises:
            NotFoundError: there is no such session.
            StoreError: the database failed.
        """
        record = await stored.find(self._store, (await self._session(session_id)).id)
        return Lock(*record.lock) if record is not None and record.lock is not None else None

    async def member(self, session_id: SessionId, person: PersonId | None) -> Participant | None:
        """A person who has joined a room, and is not there for the first time; None: nobody who has.

        Raises:
            NotFoundError: there is no such session.
            StoreError: the database failed.
        """
        found = await self._find(session_id, person)
        return found if found is not None and found.state == "joined" else None

    async def returning(self, session_id: SessionId, person: PersonId | None) -> Participant | None:
        """A person who may come back without a code.

        Raises:
            BannedError: that person may not come back at all.
            NotFoundError: there is no such session.
            StoreError: the database failed.
        """
        found = await self._find(session_id, person)
        if found is not None and found.state == "banned":
            raise BannedError("A host has banned you from this room.")
        return found if found is not None and found.state in {"joined", "left"} else None

    async def role(self, session_id: SessionId, person: PersonId) -> Role | None:
        """A person's role in a room; None: has not joined.

        Raises:
            NotFoundError: there is no such session.
            StoreError: the database failed.
        """
        found = await self.member(session_id, person)
        return found.role if found else None

    async def participant(self, session_id: SessionId, person: PersonId | None) -> Participant:
        """A person who has joined a room.

        Raises:
            NotJoinedError: has not.
            BannedError: has been banned.
            NotFoundError: there is no such session.
            StoreError: the database failed.
        """
        found = await self.returning(session_id, person)
        if found is None or found.state != "joined":
            raise NotJoinedError("Join this session first.")
        return found

    async def _find(self, session_id: SessionId, person: PersonId | None) -> Participant | None:
        if person is None:
            return None
        session = await self._session(session_id)
        room = self._rooms.get(session.id)
        found = room.of_person(person) if room else None
        if found is None:
            found = await stored.participant_of(self._store, session.id, person)
            if found is not None:
                (await self.room(session.id)).know(found)
        return found

    async def known(self, room: Room, participant_id: str) -> Participant:
        """A participant by its id.

        Raises:
            NotFoundError: there is none in the room.
            StoreError: the database failed.
        """
        wanted = ParticipantId(participant_id)
        found = room.participants.get(wanted) or await stored.participant(self._store, wanted)
        if found is None or found.session_id != room.session_id:
            raise NotFoundError("There is no such participant in this room.")
        return room.know(found)

    # Coming and going

    async def set_codes(self, session_id: SessionId, codes: Codes) -> None:
        """Let these codes open a room, and no others any more.

        Raises:
            NotFoundError: there is no such session.
            StoreError: the database failed.
        """
        room = await self.room(session_id)
        await give_codes(self._store, room.session_id, codes)
        log.info("codes-made", session=room.session_id)

    async def join(
        self, session_id: SessionId, person: PersonId, name: str, role: Role, *, client: str = ""
    ) -> Participant:
        """Let a person in. The same one is the same participant; a role is raised, never lowered.

        Args:
            session_id: where.
            person: who.
            name: for others to see.
            role: as the code says.
            client: where from, for the limit.

        Raises:
            InvalidError: nobody can be called so.
            BannedError: that person may not come back.
            FullError: there is no room for another one.
            TooManyError: too many new participants come from one client.
            NotFoundError: there is no such session.
            StoreError: the database failed.
        """
        name = words.name(name)
        room = await self.room(session_id)
        async with room.changing:
            known = await self.returning(session_id, person) or room.of_person(person)
            if (known is None or known.id not in room.presence) and len(room.presence) >= self.settings.most:
                raise FullError(
                    f"This room is full: {len(room.presence)} are there.", most=self.settings.most
                )
            if known is None:
                wait_s = self._joins.wait_s(client)
                if wait_s > 0:
                    raise TooManyError("Too many new participants from one place.", wait_s)
                made = ParticipantId(secrets.token_hex(16))
                one = Participant(made, room.session_id, person, name, role, datetime.now(UTC))
            else:
                kept = role if known.state == "removed" else best(known.role, role)
                one = replace(known, name=name, role=kept, state="joined")
            if one != known:
                await stored.save_participant(self._store, one)
            room.change(one)
            self._greet(room, one)
        if known is not None and known.role != one.role:
            self.on_permissions(room, one)
        log.info(
            "joined", session=room.session_id, participant=one.id, role=one.role, again=known is not None
        )
        return one

    def _greet(self, room: Room, one: Participant) -> None:
        """Somebody is there from now on, and stays if a connection comes soon."""
        room.arrive(one.id, JOINING)
        asyncio.get_running_loop().call_later(_JOINING_S, room.depart, one.id, JOINING)

    async def leave(self, room: Room, one: Participant) -> None:
        """Let a participant go, who may come back without a code.

        Raises:
            StoreError: the database failed.
        """
        await self._part(room, one, "left")

    async def remove(self, room: Room, one: Participant, *, ban: bool) -> None:
        """Show a participant out, who needs a code to come back, or never may.

        Raises:
            ConflictError: it is a host.
            StoreError: the database failed.
        """
        if one.role == "host":
            raise ConflictError("A host cannot be removed.")
        await self._part(room, one, "banned" if ban else "removed")
        log.info("participant-removed", session=room.session_id, participant=one.id, banned=ban)

    async def _part(self, room: Room, one: Participant, state: Membership) -> None:
        async with room.changing:
            gone = replace(room.participants[one.id], state=state)
            await stored.save_participant(self._store, gone)
            room.know(gone)
            room.show_out(one.id, state)
        self.on_permissions(room, gone)

    # What hosts do

    async def mute(self, room: Room, one: Participant, *, muted: bool) -> Participant:
        """Let a participant write nothing, or write again.

        Raises:
            ConflictError: it is a host.
            StoreError: the database failed.
        """
        if muted and one.role == "host":
            raise ConflictError("A host cannot be muted.")
        return await self._change(room, one, lambda now: replace(now, muted=muted))

    async def promote(self, room: Room, one: Participant, role: Role) -> Participant:
        """Give a participant another role, higher or lower.

        Raises:
            ConflictError: the room would be without a host.
            StoreError: the database failed.
        """
        lowered = one.role == "host" and role != "host"
        if lowered and await stored.hosts(self._store, room.session_id) <= {one.id}:
            raise ConflictError("You are the only host here: make somebody else one first.")
        return await self._change(room, one, lambda now: replace(now, role=role))

    async def _change(
        self, room: Room, which: Participant, change: Callable[[Participant], Participant]
    ) -> Participant:
        async with room.changing:
            one = change(room.participants[which.id])  # as it is now, not as it was looked up
            await stored.save_participant(self._store, one)
            room.change(one)
        self.on_permissions(room, one)
        return one

    async def set_slow(self, room: Room, slow_s: int) -> Json:
        """Let participants wait so long between two messages; how the settings look then.

        Raises:
            StoreError: the database failed.
        """
        await stored.set_slow(self._store, room.session_id, slow_s)
        room.record = replace(room.record, slow_s=slow_s)
        view = room.settings_view(self.settings.duck_db)
        room.tell("room-settings", {"settings": view})
        return view

    # What others tell

    async def said_in_livekit(
        self, session_id: SessionId, identity: str, stream_id: str, text: str
    ) -> Message:
        """Take up what somebody has written in the LiveKit room with another client than ours.

        Args:
            session_id: whose room.
            identity: LiveKit's; a participant's id, ``#`` and something else, if Drift has made it.
            stream_id: LiveKit's id of the message.
            text: what was written.

        Raises:
            DriftError: it cannot be taken up: too long, too much, or its author is muted or has left.
        """
        room = await self.room(session_id)
        try:
            author = await self.known(room, identity.partition("#")[0])
        except NotFoundError:
            author = None
        if author is not None and author.state != "joined":
            raise NotJoinedError("Join this session first.")
        wanted = Message(
            0,
            room.session_id,
            author.id if author else f"livekit:{identity[:100]}",
            author.name if author else words.name(identity[: words.LONGEST_NAME]),
            author.role if author else None,
            text,
            datetime.now(UTC),
            words.message_id(stream_id[: words.LONGEST_MESSAGE_ID]),
        )
        return await self.chat.said_in_livekit(room, wanted, author)

    def forget(self, session: Session) -> None:
        """A session is no longer there, and so its room. What was written stays as long as it does."""
        room = self._rooms.get(session.id)
        if room is not None and room.session is session:
            del self._rooms[session.id]
            room.presence.close()
            self.on_close(room)
