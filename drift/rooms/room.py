"""One session's room: its participants, who of them is there, the latest messages, and how all that looks."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from drift.access import may
from drift.events import Subscription
from drift.models import Message, Participant, ParticipantId, PersonId, RoomRecord, SessionId
from drift.rooms.presence import Presence
from drift.sessions import Session
from drift.sessions.views import Json


class Room:
    """See the module. What is to outlive the program, :class:`drift.rooms.Rooms` writes first.

    Args:
        record: what is remembered of it.
        session: whose room it is; its events carry the room's, to participants only.
        messages: the latest, the oldest first.
        history: so many of them are kept.

    Attributes:
        changing: held while participants are changed.
        saying: held from before a message is written until it is told: the order is the same for all.
    """

    def __init__(
        self, record: RoomRecord, session: Session, messages: Iterable[Message], history: int
    ) -> None:
        self.record = record
        self.session = session
        self.presence = Presence(self._tell_of)
        self.changing = asyncio.Lock()
        self.saying = asyncio.Lock()
        self.messages = deque(messages, maxlen=history)
        self._known: dict[ParticipantId, Participant] = {}
        self._ids: dict[PersonId, ParticipantId] = {}
        self._watching: dict[ParticipantId, set[Subscription]] = {}

    @property
    def session_id(self) -> SessionId:
        """The session's."""
        return self.record.session_id

    @property
    def livekit_name(self) -> str:
        """What LiveKit calls it."""
        return self.record.livekit_name

    # Participants

    @property
    def participants(self) -> dict[ParticipantId, Participant]:
        """All that this program has to do with so far, there or not."""
        return self._known

    def of_person(self, person: PersonId) -> Participant | None:
        """A person's participant, if it is known so far."""
        found = self._ids.get(person)
        return self._known[found] if found else None

    def know(self, participant: Participant) -> Participant:
        """Have a participant as it is now, without telling anybody."""
        self._known[participant.id] = participant
        self._ids[participant.person] = participant.id
        return participant

    def change(self, participant: Participant) -> None:
        """Have a participant as it is now; those inside are told, if it is there."""
        self.know(participant)
        if participant.id in self.presence:
            self._tell_of(participant.id)

    def _tell_of(self, participant: ParticipantId) -> None:
        if participant in self._known:
            self.tell("participant", {"participant": self.participant_view(self._known[participant])})

    def tell(self, name: str, data: Json) -> None:
        """Have those inside told."""
        self.session.events.publish(name, data, inside=True)

    # Who is there

    def arrive(self, participant: ParticipantId, connection: str) -> None:
        """A connection of a participant has come."""
        self.session.touch()
        self.presence.arrive(participant, connection)

    def depart(self, participant: ParticipantId, connection: str) -> None:
        """A connection of a participant has gone."""
        self.session.touch()
        self.presence.depart(participant, connection)

    @contextmanager
    def watching(self, participant: Participant, subscription: Subscription) -> Iterator[None]:
        """Around the time in which a participant gets the room's events."""
        mine = self._watching.setdefault(participant.id, set())
        mine.add(subscription)
        self.arrive(participant.id, f"events:{id(subscription)}")
        try:
            yield
        finally:
            mine.discard(subscription)
            if not mine:
                self._watching.pop(participant.id, None)
            self.depart(participant.id, f"events:{id(subscription)}")

    def show_out(self, participant: ParticipantId, reason: str) -> None:
        """Let a participant have nothing of the room any more, and tell it why."""
        said = f"event: removed\ndata: {json.dumps({'reason': reason})}\n\n".encode()
        for subscription in self._watching.pop(participant, set()):
            subscription.inside = False
            subscription.offer(said)
        self.presence.leave(participant)

    # Messages

    def said(self, message: Message) -> None:
        """A message has been written: those inside get it."""
        self.messages.append(message)
        self.tell("chat", {"message": message_view(message)})

    def erased(self, message: Message) -> None:
        """A message has lost its text."""
        kept = [message if one.id == message.id else one for one in self.messages]
        self.messages = deque(kept, maxlen=self.messages.maxlen)
        self.tell("chat", {"message": message_view(message)})

    # How it looks

    def participant_view(self, one: Participant) -> Json:
        """A participant as others see it."""
        return {
            "participantId": one.id,
            "name": one.name,
            "role": one.role,
            "muted": one.muted,
            "present": one.id in self.presence,
            "inRoom": self.presence.in_livekit(one.id),
            "joinedAt": one.joined_at.isoformat(timespec="milliseconds"),
        }

    def view(self, you: Participant, duck_db: float) -> Json:
        """The room as one participant sees it; what LiveKit adds is not in it."""
        there = (self._known[one] for one in self.presence.present if one in self._known)
        return {
            "sessionId": self.session_id,
            "settings": self.settings_view(duck_db),
            "you": {**self.participant_view(you), "may": sorted(may(you.role, muted=you.muted))},
            "participants": [self.participant_view(one) for one in there],
            "messages": [message_view(one) for one in self.messages],
        }

    def settings_view(self, duck_db: float) -> Json:
        """What a host can set, and what the configuration says."""
        return {"slowS": self.record.slow_s, "duckDb": duck_db}


def message_view(one: Message) -> Json:
    """A message as everybody sees it."""
    return {
        "id": one.id,
        "participantId": None if one.author.startswith("livekit:") else one.author,
        "name": one.name,
        "role": one.role,
        "text": one.text,
        "sentAt": one.sent_at.isoformat(timespec="milliseconds"),
        "messageId": one.message_id,
        "deleted": one.deleted,
    }
