"""Rooms, who is in them, and what was said there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import ColumnElement, select, update

from drift.models import Message, Participant, ParticipantId, PersonId, RoomRecord, SessionId
from drift.store.engine import Store
from drift.store.schema import messages, participants, rooms
from drift.store.upsert import insert, upsert

_LOCK = ("salt", "host", "collaborator", "viewer")
_ROOM = tuple(field.name for field in fields(RoomRecord) if field.name != "lock")
_PARTICIPANT = tuple(field.name for field in fields(Participant))
_MESSAGE = tuple(field.name for field in fields(Message))

Lock = tuple[bytes, bytes, bytes, bytes]


# Rooms


async def find(store: Store, session_id: SessionId) -> RoomRecord | None:
    """The room of a session."""
    async with store.reading() as connection:
        found = await connection.execute(select(rooms).where(rooms.c.session_id == session_id))
        row = found.mappings().first()
        return None if row is None else _room(row)


async def called(store: Store, livekit_name: str) -> SessionId | None:
    """Whose room LiveKit calls so."""
    query = select(rooms.c.session_id).where(rooms.c.livekit_name == livekit_name)
    async with store.reading() as connection:
        return (await connection.execute(query)).scalar()


async def add(store: Store, record: RoomRecord) -> RoomRecord:
    """Remember a room, unless there is one already; the one that there is then. The session is there."""
    row = {name: getattr(record, name) for name in _ROOM}
    row |= dict(zip(_LOCK, record.lock or (None,) * 4, strict=True))
    async with store.writing() as connection:
        await connection.execute(insert(store, rooms).values(row).on_conflict_do_nothing())
        found = await connection.execute(select(rooms).where(rooms.c.session_id == record.session_id))
        return _room(found.mappings().one())


async def set_lock(store: Store, session_id: SessionId, lock: Lock) -> None:
    """Let other codes open a room."""
    await _change_room(store, session_id, dict(zip(_LOCK, lock, strict=True)))


async def set_slow(store: Store, session_id: SessionId, slow_s: int) -> None:
    """Let participants wait so long between two messages."""
    await _change_room(store, session_id, {"slow_s": slow_s})


async def _change_room(store: Store, session_id: SessionId, values: dict[str, Any]) -> None:
    async with store.writing() as connection:
        await connection.execute(update(rooms).where(rooms.c.session_id == session_id).values(values))


# Participants


async def participant(store: Store, participant_id: ParticipantId) -> Participant | None:
    """A participant by its id."""
    return await _participant(store, participants.c.id == participant_id)


async def participant_of(store: Store, session_id: SessionId, person: PersonId) -> Participant | None:
    """A person in a room."""
    of_both = (participants.c.session_id == session_id) & (participants.c.person == person)
    return await _participant(store, of_both)


async def hosts(store: Store, session_id: SessionId) -> set[ParticipantId]:
    """The hosts of a room who have not left it."""
    mine = (participants.c.session_id == session_id) & (participants.c.state == "joined")
    query = select(participants.c.id).where(mine & (participants.c.role == "host"))
    async with store.reading() as connection:
        return set((await connection.execute(query)).scalars())


async def _participant(store: Store, which: ColumnElement[bool]) -> Participant | None:
    async with store.reading() as connection:
        row = (await connection.execute(select(participants).where(which))).mappings().first()
        return None if row is None else Participant(**{name: row[name] for name in _PARTICIPANT})


async def save_participant(store: Store, one: Participant) -> None:
    """Write a participant as it is now."""
    row = {name: getattr(one, name) for name in _PARTICIPANT}
    async with store.writing() as connection:
        await connection.execute(upsert(store, participants), [row])


# Messages


async def say(store: Store, wanted: Message) -> tuple[Message, bool]:
    """Write a message, unless its author has sent the same one before.

    Args:
        store: the database.
        wanted: the message; its id does not matter.

    Returns:
        The message that was written, with its id, now or before; and whether it was now.
    """
    row = {name: getattr(wanted, name) for name in _MESSAGE if name != "id"}
    statement = insert(store, messages).values(row).on_conflict_do_nothing().returning(messages.c.id)
    same = (
        (messages.c.session_id == wanted.session_id)
        & (messages.c.author == wanted.author)
        & (messages.c.message_id == wanted.message_id)
    )
    async with store.writing() as connection:
        number = (await connection.execute(statement)).scalar()
        if number is not None:
            return replace(wanted, id=number), True
        return _message((await connection.execute(select(messages).where(same))).mappings().one()), False


async def latest(store: Store, session_id: SessionId, most: int, before: int | None = None) -> list[Message]:
    """The latest messages of a room, those before one of them if that is given; the oldest first."""
    query = select(messages).where(messages.c.session_id == session_id)
    if before is not None:
        query = query.where(messages.c.id < before)
    query = query.order_by(messages.c.id.desc()).limit(most)
    async with store.reading() as connection:
        return [_message(row) for row in (await connection.execute(query)).mappings()][::-1]


async def message(store: Store, session_id: SessionId, number: int) -> Message | None:
    """A message of a room."""
    which = (messages.c.session_id == session_id) & (messages.c.id == number)
    async with store.reading() as connection:
        row = (await connection.execute(select(messages).where(which))).mappings().first()
        return None if row is None else _message(row)


async def erase(store: Store, number: int) -> None:
    """Take a message's text away for good; that there was one stays."""
    erased = update(messages).where(messages.c.id == number).values(text="", deleted=True)
    async with store.writing() as connection:
        await connection.execute(erased)


def _room(row: Mapping[Any, Any]) -> RoomRecord:
    lock = tuple(row[name] for name in _LOCK)
    found = RoomRecord(**{name: row[name] for name in _ROOM})
    return found if lock[0] is None else replace(found, lock=lock)


def _message(row: Mapping[Any, Any]) -> Message:
    return Message(**{name: row[name] for name in _MESSAGE})
