"""What sessions remember beyond the program's end: records, journeys, and how far each has come.

A session is written when it changes course, a moment later and together with others. While any plays, a pulse
is written now and then, one for all: from it and from the moment of its last change follows how far a session
has come. So what is written does not grow with what plays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from drift.errors import DriftError
from drift.models import Place, SessionId, SessionRecord, StepRecord, Track, TrackId
from drift.sessions.journey import KEPT_STEPS, By, Step
from drift.sessions.session import Session
from drift.store import Store, sessions, tracks
from drift.telemetry import logger
from mixer.clock import samples

log = logger(__name__)

GATHER_S = 0.5
"""So long changes are gathered before they are written."""

PULSE_S = 2.0
"""How often it is written that sessions play."""

RETRY_S = 5.0


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Follower:
    """A session that has no mix of its own: who listens to it hears another one.

    Attributes:
        target: whom it follows; may not be there (now).
    """

    id: SessionId
    uid: str
    name: str
    created_at: datetime
    target: SessionId

    @property
    def record(self) -> SessionRecord:
        """What is remembered of it."""
        return SessionRecord(self.id, self.uid, "follower", self.name, self.created_at, self.target)


def record_of(session: Session, now: datetime, *, live: bool = True) -> SessionRecord:
    """What is to be remembered of a session."""
    session.announce()  # the journey has what is on, even if nobody has listened since it began
    found = session.place
    return SessionRecord(
        session.id,
        session.uid,
        session.kind,
        session.name,
        session.created_at,
        live=live,
        direction=session.direction,
        paused=session.state == "paused",
        requests=tuple(session.program.requests),
        place=Place(*found, at=now, moving=session.state == "playing") if found else None,
        steps=session.journey.count,
        last_event=session.events.last_id,
    )


class Memory:
    """See the module. ``run`` writes; its owner keeps it running.

    Args:
        find: a playable track by its id, None if there is none.
        now: the time of day.
    """

    def __init__(
        self, store: Store, find: Callable[[TrackId], Track | None], now: Callable[[], datetime] = _now
    ) -> None:
        self._store = store
        self._find = find
        self._now = now
        self._changed: dict[SessionId, Session] = {}
        self._moving: set[SessionId] = set()
        self._written: dict[str, tuple[int, int]] = {}
        self._due = asyncio.Event()
        self._writing = asyncio.Lock()
        self._last_pulse: datetime | None = None

    # Writing

    def note(self, session: Session) -> None:
        """Write a session soon."""
        self._changed[session.id] = session
        self._due.set()

    async def run(self) -> None:
        """Write what was noted, for ever. Trouble with the store is told and tried again: nothing is lost."""
        while True:
            try:
                async with asyncio.timeout(PULSE_S if self._moving else None):
                    await self._due.wait()
                await asyncio.sleep(GATHER_S)
            except TimeoutError:
                pass
            try:
                await self.write()
            except DriftError as error:
                log.warning("sessions-not-written", reason=str(error))
                await asyncio.sleep(RETRY_S)

    async def write(self) -> None:
        """Write what was noted, and a pulse while anything plays.

        Raises:
            StoreError: the database failed; what was noted is still to be written.
        """
        async with self._writing:
            changed, self._changed = self._changed, {}
            self._due.clear()
            now = self._now()
            saved = [_saved(one, record_of(one, now), self._written.get(one.uid)) for one in changed.values()]
            marks = {one.uid: (one.journey.renewals, one.journey.count) for one in changed.values()}
            for one in saved:
                place = one.record.place
                moves = place is not None and place.moving
                (self._moving.add if moves else self._moving.discard)(one.record.id)
            try:
                await sessions.save(self._store, saved, now if self._moving else None)
            except DriftError:
                self._changed = changed | self._changed
                self._due.set()
                raise
            self._written |= marks

    async def put_away(self, session: Session) -> None:
        """Write a session that is no longer there, to be opened again some day.

        Raises:
            StoreError: the database failed.
        """
        async with self._writing:
            record = record_of(session, self._now(), live=False)
            await sessions.save(self._store, [_saved(session, record, self._written.get(session.uid))])
            self._drop(session.id, session.uid)

    async def add(self, follower: Follower) -> None:
        """Write a follower.

        Raises:
            StoreError: the database failed.
        """
        await sessions.save(self._store, [sessions.Saved(follower.record)])

    async def forget(self, session_id: SessionId, uid: str = "") -> bool:
        """Remove a session and its journey for good; whether there was one.

        Raises:
            StoreError: the database failed.
        """
        async with self._writing:
            known = await sessions.forget(self._store, session_id)
            self._drop(session_id, uid)  # only now: it may have changed in the meantime
            return known

    def _drop(self, session_id: SessionId, uid: str) -> None:
        self._changed.pop(session_id, None)
        self._moving.discard(session_id)
        self._written.pop(uid, None)

    # Reading

    async def every(self) -> list[SessionRecord]:
        """All sessions that are remembered, the oldest first.

        Raises:
            StoreError: the database failed.
        """
        return await sessions.every(self._store)

    async def find(self, session_id: SessionId) -> SessionRecord | None:
        """A session that is remembered.

        Raises:
            StoreError: the database failed.
        """
        return await sessions.find(self._store, session_id)

    async def recall(self, record: SessionRecord, session: Session) -> None:
        """Let a session that has just been made go on where its record says.

        Raises:
            StoreError: the database failed.
        """
        rows = await sessions.journey(self._store, record.id, KEPT_STEPS)
        known = await self._tracks({row.track_id for row in rows})
        steps = [_step(row, known[row.track_id]) for row in rows if row.track_id in known]
        into = 0
        if record.place is not None:
            into = record.place.into_samples + samples(self._moved_s(record.place, await self._pulse()))
        session.take_up(record, steps, into)
        self._written[session.uid] = (session.journey.renewals, session.journey.count)

    async def _tracks(self, ids: set[TrackId]) -> dict[TrackId, Track]:
        """Tracks by their ids, also such as have gone."""
        known = {one: track for one in ids if (track := self._find(one)) is not None}
        gone = await tracks.remembered_tracks(self._store, list(ids - known.keys()))
        return known | {track.id: track for track in gone}

    async def _pulse(self) -> datetime | None:
        if self._last_pulse is None:
            self._last_pulse = await sessions.last_pulse(self._store)
        return self._last_pulse

    @staticmethod
    def _moved_s(place: Place, pulse: datetime | None) -> float:
        """How long the session went on after its record was written."""
        if not place.moving or pulse is None:
            return 0.0
        return max(timedelta(), pulse - place.at).total_seconds()


def _saved(session: Session, record: SessionRecord, written: tuple[int, int] | None) -> sessions.Saved:
    """What has changed of a session since its journey was ``written``: renewals and steps at that time."""
    journey = session.journey
    anew = written is None or written[0] != journey.renewals
    first = 0 if written is None or anew else written[1]
    steps = [StepRecord(n, step.track.id, step.by, step.direction) for n, step in journey.since(first)]
    return sessions.Saved(record, steps, 0 if anew else None)


def _step(row: StepRecord, track: Track) -> Step:
    return Step(track, cast("By", row.by), row.direction)
