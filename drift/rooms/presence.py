"""Who is there: a participant is while at least one connection of theirs lasts, and for a moment after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drift.models import ParticipantId

GRACE_S = 5.0
"""Who is back within this time was never away: a page that is loaded again, a network that is changed."""

JOINING = "joining"
"""Stands for a connection that is on its way, until one comes."""

LIVEKIT = "livekit:"
"""How connections through LiveKit begin; the identity follows."""


class Presence:
    """Connections by participant.

    Args:
        on_change: told of a participant who has come, has gone, or has entered or left the LiveKit room.
    """

    def __init__(self, on_change: Callable[[ParticipantId], None]) -> None:
        self._on_change = on_change
        self._connections: dict[ParticipantId, set[str]] = {}
        self._leaving: dict[ParticipantId, asyncio.TimerHandle] = {}

    def __contains__(self, participant: ParticipantId) -> bool:
        return participant in self._connections

    def __len__(self) -> int:
        return len(self._connections)

    @property
    def present(self) -> list[ParticipantId]:
        """Who is there, in the order of their coming."""
        return list(self._connections)

    def in_livekit(self, participant: ParticipantId) -> bool:
        """Whether they are in the LiveKit room."""
        return any(one.startswith(LIVEKIT) for one in self._connections.get(participant, ()))

    def arrive(self, participant: ParticipantId, connection: str) -> None:
        """A connection has come."""
        before = participant in self, self.in_livekit(participant)
        self._stay(participant)
        connections = self._connections.setdefault(participant, set())
        if connection != JOINING or not connections:
            connections.add(connection)
        if connection != JOINING:
            connections.discard(JOINING)
        if before != (True, self.in_livekit(participant)):
            self._on_change(participant)

    def depart(self, participant: ParticipantId, connection: str) -> None:
        """A connection has gone; after the last one the participant does, a little later."""
        connections = self._connections.get(participant, set())
        if connection not in connections:
            return
        before = self.in_livekit(participant)
        connections.discard(connection)
        if not connections and participant not in self._leaving:
            later = asyncio.get_running_loop().call_later(GRACE_S, self.leave, participant)
            self._leaving[participant] = later
        if before != self.in_livekit(participant):
            self._on_change(participant)

    def leave(self, participant: ParticipantId) -> None:
        """A participant goes now, with all connections."""
        self._stay(participant)
        if self._connections.pop(participant, None) is not None:
            self._on_change(participant)

    def close(self) -> None:
        """Nobody is there any more, and nobody is told."""
        for later in self._leaving.values():
            later.cancel()
        self._leaving.clear()
        self._connections.clear()

    def _stay(self, participant: ParticipantId) -> None:
        later = self._leaving.pop(participant, None)
        if later is not None:
            later.cancel()
