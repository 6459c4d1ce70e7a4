"""All sessions: the master, named ones, and followers, behind one interface.

A name is one session's at a time. Whatever makes or ends sessions happens one thing after another, so that
of many who want the same name exactly one gets it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from drift import names
from drift.errors import ConflictError, FollowerError, InvalidError, NotFoundError, TooManyError
from drift.models import SessionId, SessionRecord, TrackId
from drift.sessions.memory import Follower, Memory
from drift.sessions.session import Session, new_uid
from drift.telemetry import logger
from mixer.clock import Clock

log = logger(__name__)

MASTER = SessionId("master")
_FULL_RETRY_S = 60.0

Entry = Session | Follower
"""One that is there."""


class Make(Protocol):
    """Makes sessions that nothing is known of yet."""

    def __call__(
        self, session_id: SessionId, *, name: str, uid: str = "", created_at: datetime | None = None
    ) -> Session:
        """A session, not started."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a new session is to begin with."""

    starting_track: TrackId | None = None
    direction: str | None = None


EndClient = Callable[[str], None]
"""Ends one client of a session, for a reason."""


@dataclass(slots=True)
class _Visits:
    """Clients of a follower, and when the last one came or left."""

    touched: float
    clients: set[EndClient] = field(default_factory=set)


class SessionRegistry:
    """See the module.

    Args:
        make: makes sessions.
        memory: where they are remembered.
        clock: for how long a session has not been touched.
        unload_after_s: after so long, one that nobody uses is put away.
        most: sessions that may be there at once.

    Attributes:
        on_end: each is called when a session is no longer there, to end what belongs to it.
    """

    def __init__(
        self,
        make: Make,
        memory: Memory,
        clock: Clock,
        *,
        unload_after_s: float,
        most: int,
    ) -> None:
        self._make = make
        self._memory = memory
        self._clock = clock
        self._unload_after_s = unload_after_s
        self._most = most
        self.on_end: list[Callable[[Session], None]] = []
        self._sessions: dict[SessionId, Session] = {}
        self._followers: dict[SessionId, Follower] = {}
        self._visits: dict[str, _Visits] = {}
        self._changing = asyncio.Lock()

    # What is there

    def __iter__(self) -> Iterator[Entry]:
        """The master, then all others, the oldest first."""
        entries: list[Entry] = [*self._sessions.values(), *self._followers.values()]
        return iter(sorted(entries, key=lambda one: (one.id != MASTER, one.created_at)))

    def __len__(self) -> int:
        return len(self._sessions) + len(self._followers)

    @property
    def sessions(self) -> list[Session]:
        """Those that have a mix of their own."""
        return list(self._sessions.values())

    @property
    def master(self) -> Session:
        """The one that is always there."""
        return self._sessions[MASTER]

    def get(self, session_id: str) -> Entry | None:
        """One that is there, by its id; the master by its uid, too."""
        found = self._there(SessionId(session_id))
        return self.master if found is None and session_id == self.master.uid else found

    def heard(self, entry: Entry) -> Session:
        """Whose mix one hears.

        Raises:
            NotFoundError: the one that is followed is not there.
        """
        if isinstance(entry, Session):
            return entry
        session = self._sessions.get(entry.target)
        if session is None:
            raise NotFoundError(f"'{entry.id}' follows '{entry.target}', which is not there now.")
        return session

    async def open(self, session_id: str) -> Entry:
        """One that is there, or that is taken up again because somebody asks for it.

        Raises:
            NotFoundError: there is none, and none is remembered.
            StoreError: the database failed.
        """
        found = self.get(session_id)
        if found is None:
            found = await self._reopen(session_id)
        if isinstance(found, Follower) and found.target not in self._sessions:
            await self._reopen(found.target)
        if found is None:
            raise NotFoundError(f"There is no session '{session_id}'.")
        return found

    async def _reopen(self, session_id: str) -> Entry | None:
        if len(session_id) > names.LONGEST or "\0" in session_id:
            return None
        async with self._changing:
            found = self.get(session_id)
            if found is not None:
                return found
            record = await self._memory.find(SessionId(session_id))
            return None if record is None else self._add(await self._taken_up(record))

    # Making

    async def start(self, named: tuple[str, ...] = ()) -> None:
        """Take up what was there when the program ended; the master and the ``named`` in any case.

        Raises:
            InvalidError: a name cannot be one.
            StoreError: the database failed.
        """
        records = {record.id: record for record in await self._memory.every()}
        for record in records.values():
            if record.live:
                self._add(await self._taken_up(record))
        for wanted in (MASTER, *named):
            session_id = MASTER if wanted == MASTER else names.session_id(wanted)
            if self._there(session_id) is not None:
                continue
            if session_id in records:
                self._add(await self._taken_up(records[session_id]))
            else:
                self._add(self._make(session_id, name=names.shown(wanted)))

    def _there(self, session_id: SessionId) -> Entry | None:
        return self._sessions.get(session_id) or self._followers.get(session_id)

    async def create(self, name: str, wishes: Wishes | None = None) -> tuple[Session, bool]:
        """Make a named session, or go on with one of that name that was put away.

        Returns:
            The session, and whether it goes on.

        Raises:
            ConflictError: one of that name is there.
            InvalidError: no session can be called so, or a wish cannot be met.
            NotFoundError: the track wished for is not in the library.
            TooManyError: there is no room for another one.
            StoreError: the database failed.
        """
        session_id, name = names.session_id(name), names.shown(name)
        self._refuse_taken(session_id)
        async with self._changing:
            self._refuse_taken(session_id)
            self._refuse_crowd()
            record = await self._memory.find(session_id)
            session = self._make(session_id, name=name) if record is None else await self._restored(record)
            if wishes is not None:
                _grant(session, wishes)
            self._add(session)
        log.info("session-created", session=session_id, resumed=record is not None)
        return session, record is not None

    async def follow(self, target: str, name: str = "") -> Follower:
        """Make a follower of a session; who follows a follower follows what that one follows.

        Args:
            target: an id.
            name: of the follower; "": one is made up.

        Raises:
            NotFoundError: there is nothing to follow.
            InvalidError: no session can be called so.
            ConflictError: one of that name is there.
            TooManyError: there is no room for another one.
            StoreError: the database failed.
        """
        entry = await self.open(target)
        followed = entry.target if isinstance(entry, Follower) else entry.id
        if name:
            session_id, shown = names.session_id(name), names.shown(name)
        else:
            session_id = SessionId(f"{followed[: names.LONGEST - 10]}-f-{secrets.token_hex(3)}")
            shown = session_id
        if session_id == followed:
            raise InvalidError(f"'{session_id}' cannot follow itself: give the follower another name.")
        async with self._changing:
            self._refuse_taken(session_id)
            self._refuse_crowd()
            if await self._memory.find(session_id) is not None:
                raise ConflictError(f"There is a session '{session_id}' already; it was put away.")
            follower = Follower(session_id, new_uid(), shown, datetime.now(UTC), followed)
            await self._memory.add(follower)
            self._add(follower)
        log.info("session-followed", session=session_id, following=followed)
        return follower

    def _refuse_taken(self, session_id: SessionId) -> None:
        if self._there(session_id) is not None:
            raise ConflictError(f"There is a session '{session_id}' already.")

    def _refuse_crowd(self) -> None:
        if len(self) >= self._most:
            raise TooManyError(f"There are {self._most} sessions, and no room for more.", _FULL_RETRY_S)

    async def _taken_up(self, record: SessionRecord) -> Entry:
        """One that is remembered, as it was."""
        if record.following is None:
            return await self._restored(record)
        return Follower(record.id, record.uid, record.name, record.created_at, record.following)

    async def _restored(self, record: SessionRecord) -> Session:
        session = self._make(record.id, name=record.name, uid=record.uid, created_at=record.created_at)
        await self._memory.recall(record, session)
        return session

    def _add(self, entry: Entry) -> Entry:
        if isinstance(entry, Follower):
            self._followers[entry.id] = entry
            self._visits[entry.uid] = _Visits(self._clock.now())
            return entry
        self._sessions[entry.id] = entry
        entry.on_change = lambda: self._memory.note(entry)
        self._memory.note(entry)
        return entry

    # Ending

    async def end(self, session_id: str) -> None:
        """End a session for good: its streams and events end, its journey is forgotten. Followers stay.

        Raises:
            ConflictError: it is the master.
            NotFoundError: there is none.
            StoreError: the database failed; it is still there.
        """
        entry = self.get(session_id)
        if entry is not None and entry.id == MASTER:
            raise ConflictError("The master session is always there.")
        async with self._changing:
            entry = self.get(session_id)
            known = await self._memory.forget(SessionId(session_id), entry.uid if entry else "")
            if entry is None and not known:
                raise NotFoundError(f"There is no session '{session_id}'.")
            if entry is not None:
                self._remove(entry, "deleted")
        log.info("session-deleted", session=session_id)

    def _remove(self, entry: Entry, reason: str) -> None:
        if isinstance(entry, Follower):
            self._followers.pop(entry.id, None)
            for end_client in list(self._visits.pop(entry.uid).clients):
                end_client(reason)
            return
        self._sessions.pop(entry.id, None)
        entry.on_change = _nothing
        entry.end(reason)
        for end in self.on_end:
            end(entry)

    async def unload_idle(self) -> list[SessionId]:
        """Put away what nobody has used for a while: their journeys stay. Followers are forgotten.

        Returns:
            What was put away.

        Raises:
            StoreError: the database failed.
        """
        gone = []
        for entry in [one for one in self if self._unused(one)]:
            async with self._changing:
                if self._there(entry.id) is not entry or not self._unused(entry):
                    continue
                if isinstance(entry, Follower):
                    await self._memory.forget(entry.id)
                else:
                    await self._memory.put_away(entry)
                    if not self._unused(entry):  # somebody has come in the meantime
                        self._memory.note(entry)
                        continue
                self._remove(entry, "unloaded")
                gone.append(entry.id)
                log.info("session-unloaded", session=entry.id)
        return gone

    def _unused(self, entry: Entry) -> bool:
        before = self._clock.now() - self._unload_after_s
        if isinstance(entry, Follower):
            visits = self._visits[entry.uid]
            return not visits.clients and visits.touched <= before
        idle = not entry.attended and entry.state != "playing"
        return entry.id != MASTER and idle and entry.touched <= before

    # Using

    @contextmanager
    def visiting(self, entry: Entry, end_client: EndClient) -> Iterator[None]:
        """Around the visit of a client that streams or watches through a session.

        Args:
            entry: the session.
            end_client: called if it is a follower and ends before the client leaves. The clients of other
                sessions end with their streams and events.
        """
        self.touch(entry)
        visits = self._visits.get(entry.uid)
        if visits is not None:
            visits.clients.add(end_client)
        try:
            yield
        finally:
            self.touch(entry)
            if visits is not None:
                visits.clients.discard(end_client)

    def touch(self, entry: Entry) -> None:
        """Somebody has just used a session."""
        if isinstance(entry, Session):
            entry.touch()
        elif entry.uid in self._visits:
            self._visits[entry.uid].touched = self._clock.now()

    def steered(self, entry: Entry) -> Session:
        """The session to which a command applies.

        Raises:
            FollowerError: it only follows.
        """
        if isinstance(entry, Follower):
            text = f"'{entry.id}' follows '{entry.target}': only that session can be steered."
            raise FollowerError(text, entry.target)
        entry.touch()
        return entry

    async def settle(self, session: Session) -> None:
        """Have a session written now: something else that is remembered is to refer to it.

        Raises:
            StoreError: the database failed.
        """
        self._memory.note(session)
        await self._memory.write()

    def disconnect(self) -> None:
        """The program ends: let all event clients go; they will come back."""
        for session in self._sessions.values():
            session.close()

    async def close(self) -> None:
        """Write where every session is.

        Raises:
            StoreError: the database failed.
        """
        for session in self._sessions.values():
            self._memory.note(session)
        await self._memory.write()


def _nothing() -> None:
    pass


def _grant(session: Session, wishes: Wishes) -> None:
    """Let a session begin as wished."""
    if wishes.starting_track is not None:
        session.play([wishes.starting_track], now=True)
    if wishes.direction is not None:
        session.steer(wishes.direction)
