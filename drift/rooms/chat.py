"""Saying something: cleaned, limited, written, then told. What was told is on disk, and in the same order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from drift.config import RoomsConfig
from drift.errors import ForbiddenError, MutedError, NotFoundError, TooManyError
from drift.models import Message, Participant, ParticipantId
from drift.rooms import words
from drift.rooms.room import Room
from drift.store import Store, rooms
from drift.telemetry import Metrics, logger
from drift.throttle import Throttle

log = logger(__name__)

_ROOM_BURST_S = 5
"""A room takes at once what it takes on average in so many seconds."""

OnMessage = Callable[[Room, Message], None]


class Chat:
    """See the module.

    Args:
        now: seconds of a clock that never goes back, for the limits.
    """

    def __init__(
        self, store: Store, settings: RoomsConfig, metrics: Metrics, now: Callable[[], float]
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._now = now
        self._each = Throttle(settings.messages_per_s, settings.messages_burst, now)
        burst = max(1, round(settings.room_messages_per_s * _ROOM_BURST_S))
        self._all = Throttle(settings.room_messages_per_s, burst, now)
        self._last: dict[ParticipantId, float] = {}
        self.on_message: OnMessage = lambda _room, _message: None

    async def say(self, room: Room, author: Participant, text: str, message_id: str) -> tuple[Message, bool]:
        """Say something. The same ``message_id`` again is the same message, whatever the text.

        Returns:
            The message, and whether it is new.

        Raises:
            InvalidError: the text is empty or too long, or the id cannot be one.
            MutedError: the author is muted.
            TooManyError: too much at once, by one or by all, or the room is in slow mode.
            StoreError: the database failed; nothing was said.
        """
        wanted = Message(
            0,
            room.session_id,
            author.id,
            author.name,
            author.role,
            words.message(text),
            datetime.now(UTC),
            words.message_id(message_id),
        )
        message, new = await self._say(room, wanted, author)
        if new:
            self.on_message(room, message)
        return message, new

    async def said_in_livekit(self, room: Room, wanted: Message, author: Participant | None) -> Message:
        """Take up what was said in the LiveKit room, where all have it already.

        Raises:
            DriftError: as :meth:`say`.
        """
        cleaned = replace(wanted, text=words.message(wanted.text))
        return (await self._say(room, cleaned, author))[0]

    async def _say(self, room: Room, wanted: Message, author: Participant | None) -> tuple[Message, bool]:
        async with room.saying:
            for known in room.messages:
                if (known.author, known.message_id) == (wanted.author, wanted.message_id):
                    return known, False
            try:
                self._allow(room, wanted.author, author)
            except (MutedError, TooManyError) as error:
                self._metrics.messages.labels(error.code).inc()
                raise
            message, new = await rooms.say(self._store, wanted)
            if new:
                room.session.touch()
                room.said(message)
        self._metrics.messages.labels("said" if new else "known").inc()
        return message, new

    def _allow(self, room: Room, key: str, author: Participant | None) -> None:
        if author is not None and author.muted:
            raise MutedError("A host has muted you in this room.")
        slow_s = 0 if author is not None and author.role == "host" else room.record.slow_s
        wait_s = self._last.get(ParticipantId(key), -slow_s) + slow_s - self._now()
        if slow_s and wait_s > 0:
            raise TooManyError(f"Slow mode: one message every {slow_s} s.", wait_s)
        wait_s = self._each.wait_s(key)
        if wait_s > 0:
            raise TooManyError("You are writing too fast.", wait_s)
        wait_s = self._all.wait_s(room.session_id)
        if wait_s > 0:
            raise TooManyError("Too many are writing at once.", wait_s)
        if slow_s:
            self._last[ParticipantId(key)] = self._now()

    async def erase(self, room: Room, number: int, by: Participant) -> Message:
        """Take a message's text away for good.

        Raises:
            NotFoundError: there is no such message in the room.
            ForbiddenError: it is another one's, and ``by`` is no host.
            StoreError: the database failed.
        """
        async with room.saying:
            found = await rooms.message(self._store, room.session_id, number)
            if found is None:
                raise NotFoundError("There is no such message.")
            if by.role != "host" and found.author != by.id:
                raise ForbiddenError("Only a host can delete what others have written.")
            erased = replace(found, text="", deleted=True)
            if not found.deleted:
                await rooms.erase(self._store, number)
                room.erased(erased)
        log.info("message-deleted", session=room.session_id, message=number, by=by.id)
        return erased

    async def earlier(self, room: Room, before: int | None, most: int) -> list[Message]:
        """The latest messages before one; the oldest first.

        Raises:
            StoreError: the database failed.
        """
        return await rooms.latest(self._store, room.session_id, most, before)
