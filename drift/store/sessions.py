"""What outlives the program of sessions: their records and journeys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from drift.models import Place, SessionId, SessionRecord, StepRecord
from drift.store.engine import Store
from drift.store.schema import pulse, sessions, steps
from drift.store.upsert import upsert

_PLACE = tuple(field.name for field in fields(Place))
_PLAIN = tuple(field.name for field in fields(SessionRecord) if field.name not in {"requests", "place"})


@dataclass(frozen=True, slots=True)
class Saved:
    """What has changed of one session.

    Attributes:
        steps: those that have come, ascending by number.
        from_step: of the steps that are remembered, keep those before this number only; None: all.
    """

    record: SessionRecord
    steps: Sequence[StepRecord] = ()
    from_step: int | None = None


async def every(store: Store) -> list[SessionRecord]:
    """All sessions that are remembered, the oldest first."""
    query = select(sessions).order_by(sessions.c.created_at, sessions.c.id)
    async with store.reading() as connection:
        return [_record(row) for row in (await connection.execute(query)).mappings()]


async def find(store: Store, session_id: SessionId) -> SessionRecord | None:
    """A session that is remembered."""
    async with store.reading() as connection:
        found = await connection.execute(select(sessions).where(sessions.c.id == session_id))
        row = found.mappings().first()
        return None if row is None else _record(row)


async def journey(store: Store, session_id: SessionId, most: int) -> list[StepRecord]:
    """The latest steps of a session, at most so many, ascending."""
    query = (
        select(steps.c.number, steps.c.track_id, steps.c.by, steps.c.direction)
        .where(steps.c.session_id == session_id)
        .order_by(steps.c.number.desc())
        .limit(most)
    )
    async with store.reading() as connection:
        return [StepRecord(*row) for row in (await connection.execute(query)).all()][::-1]


async def save(store: Store, changed: Iterable[Saved], now: datetime | None = None) -> None:
    """Write what has changed in one transaction.

    Args:
        store: the database.
        changed: per session.
        now: the program plays at this moment; None: no session does.
    """
    several = list(changed)
    rows = [row for one in several for row in _step_rows(one)]
    async with store.writing() as connection:
        if several:
            await connection.execute(upsert(store, sessions), [_row(one.record) for one in several])
        for one in several:
            if one.from_step is not None:
                late = (steps.c.session_id == one.record.id) & (steps.c.number >= one.from_step)
                await connection.execute(delete(steps).where(late))
        if rows:
            await connection.execute(upsert(store, steps), rows)
        if now is not None:
            await connection.execute(upsert(store, pulse), [{"id": 1, "at": now}])


async def forget(store: Store, session_id: SessionId) -> bool:
    """Remove a session and its journey; whether there was one."""
    async with store.writing() as connection:
        await connection.execute(delete(steps).where(steps.c.session_id == session_id))
        return (await connection.execute(delete(sessions).where(sessions.c.id == session_id))).rowcount > 0


async def last_pulse(store: Store) -> datetime | None:
    """When the program was last seen to play; None: never."""
    async with store.reading() as connection:
        found: datetime | None = (await connection.execute(select(pulse.c.at))).scalar()
        return found


def _row(record: SessionRecord) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(record, name) for name in _PLAIN}
    row["requests"] = json.dumps(record.requests)
    return row | {name: getattr(record.place, name) if record.place else None for name in _PLACE}


def _record(row: Mapping[Any, Any]) -> SessionRecord:
    plain = {name: row[name] for name in _PLAIN}
    record = SessionRecord(**plain, requests=tuple(json.loads(row["requests"])))
    place = [row[name] for name in _PLACE]
    return record if place[0] is None else replace(record, place=Place(*place))


def _step_rows(one: Saved) -> Iterable[dict[str, Any]]:
    for step in one.steps:
        row = {name: getattr(step, name) for name in ("number", "track_id", "by", "direction")}
        yield {"session_id": one.record.id} | row
