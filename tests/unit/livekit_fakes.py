"""Stand-ins for a LiveKit server, and for what brings the mix into its rooms."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from drift.config import LiveKitConfig
from drift.errors import LiveKitError
from drift.livekit import MIX, LiveKit, Occupant, participant_of
from drift.livekit.publisher import Connection
from drift.livekit.tokens import metadata, permission
from drift.models import Role
from drift.telemetry import Metrics
from mixer.clock import VirtualClock

SECRET = "a-secret-of-at-least-32-characters"
CONFIGURED = LiveKitConfig(url="ws://livekit.test", api_key="key", api_secret=SECRET)
WALL_S = 1_800_000_000.0


class FakeServer(LiveKit):
    """A LiveKit server whose rooms are dictionaries.

    Attributes:
        down: it answers nothing.
        stubborn: it refuses to remove or restrict anybody.
        hold: it removes nobody before this happens.
        asked: what was asked of it, and of whom.
    """

    def __init__(self, clock: VirtualClock, config: LiveKitConfig = CONFIGURED) -> None:
        super().__init__(config, Metrics(), clock.now, lambda: WALL_S + clock.now())
        self.there: dict[str, dict[str, Occupant]] = {}
        self.down = False
        self.stubborn = False
        self.hold: asyncio.Event | None = None
        self.asked: list[tuple[str, str]] = []
        self.sent: list[dict[str, Any]] = []

    @property
    def trouble(self) -> str:
        return "LiveKit is down." if self.down else super().trouble

    def enter(self, room: str, token: str, kind_person: bool = True) -> str:
        """Somebody joins with a token, which is believed; who it is."""
        claims = self.read(token)
        grants = claims["video"]
        assert grants["room"] == room
        assert room in self.there, "rooms are not made by joining"
        role: Role = json.loads(claims["metadata"])["role"] or "host"
        may = permission(role, muted=not grants["canPublishData"])
        identity = str(claims["sub"])
        self.there[room][identity] = Occupant(
            identity,
            participant_of(identity),
            datetime.now(UTC),
            kind_person,
            may,
            str(claims["metadata"]),
        )
        return identity

    def enter_as(self, room: str, identity: str, *, person: bool = True) -> None:
        """Somebody with a token that Drift has not made."""
        may = permission("host", muted=False)
        self.there[room][identity] = Occupant(
            identity, participant_of(identity), datetime.now(UTC), person, may, ""
        )

    def restart(self) -> None:
        """It has crashed, and knows of nothing any more."""
        self.there.clear()

    @staticmethod
    def read(token: str) -> dict[str, Any]:
        """What a token says."""
        import jwt

        found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        return found

    def people(self, room: str) -> set[str]:
        """Who is in a room, the mix aside."""
        return set(self.there.get(room, {})) - {MIX}

    async def _asked(self, what: str, about: str) -> None:
        self.asked.append((what, about))
        await asyncio.sleep(0)
        if not self.configured or self.down:
            raise LiveKitError(self.trouble)

    async def ensure_room(self, name: str) -> None:
        await self._asked("ensure", name)
        self.there.setdefault(name, {})

    async def close_room(self, name: str) -> None:
        await self._asked("close", name)
        self.there.pop(name, None)

    async def rooms(self) -> dict[str, int]:
        await self._asked("rooms", "")
        return {name: len(found) for name, found in self.there.items()}

    async def occupants(self, name: str) -> list[Occupant]:
        await self._asked("occupants", name)
        return list(self.there.get(name, {}).values())

    async def remove(self, name: str, identity: str) -> None:
        await self._asked("remove", identity)
        if self.stubborn:
            raise LiveKitError("LiveKit has refused.")
        if self.hold is not None:
            await self.hold.wait()
        self.there[name].pop(identity, None)

    async def restrict(self, name: str, identity: str, role: Role, *, muted: bool) -> None:
        await self._asked("restrict", identity)
        if self.stubborn:
            raise LiveKitError("LiveKit has refused.")
        found = self.there[name][identity]
        self.there[name][identity] = replace(
            found,
            permission=permission(role, muted=muted),
            metadata=metadata(found.participant_id, role),
        )

    async def send(self, name: str, topic: str, payload: bytes) -> None:
        await self._asked("send", name)
        self.sent.append({"topic": topic, **json.loads(payload)})


class FakePublishers:
    """Puts the mix into a :class:`FakeServer`'s rooms when asked to ``play``."""

    def __init__(self) -> None:
        self.on_chat: Callable[[str, str, str, str], None] = lambda _key, _identity, _stream, _text: None
        self.on: dict[str, tuple[Any, Callable[[], Awaitable[Connection]]]] = {}
        self.times = 0

    def publish(self, key: str, station: Any, connect: Callable[[], Awaitable[Connection]]) -> None:
        self.on[key] = (station, connect)
        self.times += 1

    def withdraw(self, key: str) -> None:
        self.on.pop(key, None)

    async def connect(self, key: str) -> Connection:
        """A publisher connects, or does again."""
        return await self.on[key][1]()
