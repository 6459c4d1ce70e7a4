"""One LiveKit room, while somebody is in it or may come soon: who is there, the mix, and what is said.

What LiveKit answers is the truth, looked at again and again; what it tells by itself only makes Drift look
sooner. So nothing depends on its telling, and nothing that is told twice, late or never does harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from drift.errors import LiveKitError, NotFoundError, StoreError
from drift.livekit import MANUAL, MIX, LiveKit, Occupant
from drift.livekit.publisher import Connection
from drift.models import Message, Participant, ParticipantId
from drift.rooms.outbox import Outbox
from drift.rooms.presence import LIVEKIT
from drift.rooms.room import Room
from drift.sessions import Session
from drift.supervisor import Supervisor
from drift.telemetry import Metrics, logger
from mixer.clock import Clock

log = logger(__name__)

LOOK_S = 30.0
"""How often a room is looked at in which nothing is expected to happen."""
BRISK_S = 1.0
"""How often one is in which something is."""
TOLD_S = 5.0
"""The same, while LiveKit is known to tell what happens."""
GAP_S = 0.1
"""Time between two looks at least, however much is told."""
EXPECT_S = 30.0
"""So long after a token was made its bearer is expected."""
SETTLE_S = 5.0
"""So long after something has happened more of it is expected."""
STOP_S = 5.0
"""So long after the last one has gone the mix goes on, for who loads the page again."""
LOST_S = 15.0
"""So long after LiveKit was heard of last, who was in its rooms counts as there."""
RETURN_S = 60.0
"""So long after LiveKit was lost those who were there may come back: its clients try for 44 s."""


class Publishers(Protocol):
    """Whoever brings the mix into LiveKit rooms: :class:`drift.livekit.publisher.Publishers`."""

    on_chat: Callable[[str, str, str, str], None]

    def publish(self, key: str, station: Session, connect: Callable[[], Awaitable[Connection]]) -> None:
        """Let a room hear a session, until told otherwise; a connection that is lost is made again."""

    def withdraw(self, key: str) -> None:
        """Let it hear nothing any more."""


@dataclass(frozen=True, slots=True)
class Crew:
    """What all scenes work with.

    Attributes:
        known: a participant of a room by its id; raises NotFoundError.
        manual: whether those are let in who have a token that was made by hand.
        told: whether LiveKit tells what happens.
    """

    livekit: LiveKit
    publishers: Publishers
    supervisor: Supervisor
    clock: Clock
    metrics: Metrics
    known: Callable[[Room, str], Awaitable[Participant]]
    manual: bool
    told: Callable[[], bool]


class Scene:
    """See the module."""

    def __init__(self, room: Room, crew: Crew) -> None:
        self.room = room
        self._name = room.livekit_name
        self._crew = crew
        self._livekit = crew.livekit
        self._seats: dict[str, ParticipantId | None] = {}
        self._shown_out: set[ParticipantId] = set()
        self._wake = asyncio.Event()
        self._ended = False
        self._expecting_until = self._returning_until = self._emptied_at = crew.clock.now()
        self._lost_at: float | None = None
        self._publishing = self._connected = False
        self._outbox = Outbox(crew.livekit, self._name, crew.supervisor, crew.metrics)

    def expect(self, for_s: float) -> None:
        """Look now, and often for a while."""
        self._expecting_until = max(self._expecting_until, self._crew.clock.now() + for_s)
        self._wake.set()

    def show_out(self, participant: ParticipantId) -> None:
        """A participant is none any more: its connections count no longer, and are ended by the next look."""
        self._shown_out.add(participant)
        for identity in [one for one, who in self._seats.items() if who == participant]:
            self._leave(identity)

    async def connect(self) -> Connection:
        """What lets the mix in; the room is there. Called for each connection.

        Raises:
            LiveKitError: it cannot be had now.
        """
        if self._connected and self._seats:
            # The mix has lost its connection, perhaps as all have: the server has died.
            self._returning_until = self._crew.clock.now() + RETURN_S
        self._connected = True
        self.expect(SETTLE_S)
        await self._livekit.ensure_room(self._name)
        return Connection(self._livekit.url, self._livekit.tokens.publisher(self._name))

    async def run(self) -> None:
        """Look after the room until nobody is in it nor expected."""
        while not self._over:
            self._wake.clear()
            await self._look()
            if not self._over:
                await self._rest()

    @property
    def _over(self) -> bool:
        expected = self._crew.clock.now() < self._expecting_until or self._wake.is_set()
        return self._ended or not (self._seats or self._publishing or expected)

    def end(self) -> None:
        """Be done with it: the session has ended."""
        self._ended = True
        self._seat({})
        self._stop()
        self._outbox.clear()
        self._wake.set()

    # Looking

    async def _look(self) -> None:
        self._shown_out.clear()
        try:
            if self._lost_at is not None:
                await self._livekit.ensure_room(self._name)
            found = await self._livekit.occupants(self._name)
            if self._seats and not found:
                # Not even the mix is there: the server has begun anew, and its clients try to come back.
                await self._livekit.ensure_room(self._name)
                self._returning_until = self._crew.clock.now() + RETURN_S
            there = {one.identity: one.participant_id for one in found if await self._may_stay(one)}
        except LiveKitError:
            self._miss()
        except StoreError as error:
            log.warning("livekit-room-not-looked-after", session=self.room.session_id, reason=str(error))
        else:
            self._lost_at = None
            if not self._ended:  # nor does anybody count who was shown out while we looked
                self._seat({one: who for one, who in there.items() if who not in self._shown_out})
        if not self._ended:
            self._play()

    async def _may_stay(self, one: Occupant) -> bool:
        """Whether somebody counts as there. Who may not be is removed, who may do too much is restricted."""
        if one.identity == MIX or not one.person:
            return False
        if one.participant_id is None and self._crew.manual and one.identity.startswith(f"{MANUAL}#"):
            return True
        participant = await self._participant(one)
        try:
            if participant is None or participant.state != "joined":
                log.info("livekit-shown-out", session=self.room.session_id, identity=one.identity)
                await self._livekit.remove(self._name, one.identity)
                return False
            if not one.is_as(participant.role, muted=participant.muted):
                role, muted = participant.role, participant.muted
                await self._livekit.restrict(self._name, one.identity, role, muted=muted)
        except LiveKitError as error:
            # The next look tries again.
            log.warning("livekit-not-obeyed", session=self.room.session_id, reason=str(error))
            self.expect(SETTLE_S)
        return participant is not None and participant.state == "joined"

    async def _participant(self, one: Occupant) -> Participant | None:
        try:
            return await self._crew.known(self.room, one.participant_id or "")
        except NotFoundError:
            return None

    def _miss(self) -> None:
        """LiveKit cannot be asked. For a while everything counts as it was."""
        now = self._crew.clock.now()
        if self._lost_at is None:
            self._lost_at = now
            if self._seats:
                self._returning_until = now + RETURN_S
        elif now - self._lost_at >= LOST_S:
            self._seat({})

    async def _rest(self) -> None:
        """Wait until it is time to look again, or something happens."""
        clock = self._crew.clock
        begin = clock.now()
        await clock.sleep_until(begin + GAP_S)
        async with asyncio.TaskGroup() as tasks:
            until = tasks.create_task(clock.sleep_until(begin + self._every_s))
            waking = tasks.create_task(self._wake.wait())
            await asyncio.wait((until, waking), return_when=asyncio.FIRST_COMPLETED)
            until.cancel()
            waking.cancel()

    @property
    def _every_s(self) -> float:
        leaving = self._publishing and not self._seats
        if self._lost_at is not None or leaving:
            return BRISK_S
        if self._crew.clock.now() < self._expecting_until:
            return TOLD_S if self._crew.told() else BRISK_S
        return LOOK_S

    # Who is there

    def _seat(self, there: dict[str, ParticipantId | None]) -> None:
        """Have exactly these connections count as listeners, each once."""
        for identity in self._seats.keys() - there.keys():
            self._leave(identity)
        for identity, who in there.items():
            if identity not in self._seats:
                self._enter(identity, who)

    def _enter(self, identity: str, who: ParticipantId | None) -> None:
        self._seats[identity] = who
        self.room.session.attach()
        self._crew.metrics.livekit_participants.inc()
        if who is not None:
            self.room.arrive(who, LIVEKIT + identity)
        self._returning_until = 0.0
        log.info("livekit-entered", session=self.room.session_id, identity=identity)

    def _leave(self, identity: str) -> None:
        who = self._seats.pop(identity)
        self.room.session.detach()
        self._crew.metrics.livekit_participants.dec()
        if who is not None:
            self.room.depart(who, LIVEKIT + identity)
        self._emptied_at = self._crew.clock.now()
        log.info("livekit-left", session=self.room.session_id, identity=identity)

    # The mix

    def _play(self) -> None:
        """Have the mix in the room while somebody is there, or may come back at any moment."""
        until = max(self._emptied_at + STOP_S, self._returning_until)
        if self._seats and not self._publishing:
            self._publishing, self._connected = True, False
            self._crew.publishers.publish(self._name, self.room.session, self.connect)
        elif not self._seats and self._crew.clock.now() >= until:
            self._stop()

    def _stop(self) -> None:
        if self._publishing:
            self._publishing = False
            self._crew.publishers.withdraw(self._name)

    # What is said

    def say(self, message: Message) -> None:
        """Let those in the LiveKit room have a message, soon."""
        if self._seats:
            self._outbox.put(message)
