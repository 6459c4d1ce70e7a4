"""What is said in Drift, on its way to those who are in the LiveKit room with other clients."""

from __future__ import annotations

import json
from collections import deque

from drift.errors import LiveKitError
from drift.livekit import LiveKit
from drift.models import Message
from drift.rooms.room import message_view
from drift.supervisor import Supervisor
from drift.telemetry import Metrics

WAITING = 100
"""Messages that may wait for LiveKit; past that the oldest are left out. All are in the history anyway."""
TOPIC = "lk-chat-topic"
"""Where LiveKit's own components look for messages."""


class Outbox:
    """One room's messages: sent in their order, by a task that is there while any wait.

    Args:
        name: LiveKit's, of the room.
    """

    def __init__(self, livekit: LiveKit, name: str, supervisor: Supervisor, metrics: Metrics) -> None:
        self._livekit = livekit
        self._name = name
        self._supervisor = supervisor
        self._outcomes = metrics.livekit_messages
        self._waiting: deque[Message] = deque()
        self._sending = False

    def put(self, message: Message) -> None:
        """Send a message soon."""
        if len(self._waiting) == WAITING:
            self._waiting.popleft()
            self._outcomes.labels("dropped").inc()
        self._waiting.append(message)
        if not self._sending:
            self._sending = True
            self._supervisor.spawn(self._send(), "send-to-livekit")

    def clear(self) -> None:
        """Nobody is to have what waits."""
        self._waiting.clear()

    async def _send(self) -> None:
        try:
            while self._waiting:
                try:
                    await self._livekit.send(self._name, TOPIC, _payload(self._waiting.popleft()))
                except LiveKitError:
                    self._outcomes.labels("failed").inc()
                else:
                    self._outcomes.labels("sent").inc()
        finally:
            self._sending = False


def _payload(message: Message) -> bytes:
    """A message as LiveKit's own components expect it, and as Drift's clients know it from elsewhere."""
    said = {
        **message_view(message),
        "id": str(message.id),
        "timestamp": round(message.sent_at.timestamp() * 1000),
        "message": message.text,
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
