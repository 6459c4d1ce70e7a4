"""A LiveKit server as Drift uses it: rooms, who is in them, what they may do, and words to all of them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp
from google.protobuf.message import DecodeError, Message
from livekit.protocol.models import DataPacket, ParticipantInfo, ParticipantPermission, Room
from livekit.protocol.room import (
    CreateRoomRequest,
    DeleteRoomRequest,
    DeleteRoomResponse,
    ListParticipantsRequest,
    ListParticipantsResponse,
    ListRoomsRequest,
    ListRoomsResponse,
    RemoveParticipantResponse,
    RoomParticipantIdentity,
    SendDataRequest,
    SendDataResponse,
    UpdateParticipantRequest,
)

from drift.config import LiveKitConfig
from drift.errors import LiveKitError
from drift.livekit.fuse import Fuse
from drift.livekit.tokens import Tokens, metadata, participant_of, permission
from drift.models import ParticipantId, Role
from drift.telemetry import Metrics, logger

log = logger(__name__)

TIMEOUT_S = 3.0
"""An answer takes milliseconds; who waits for longer waits for nothing."""
_LONGEST_REASON = 400
_GRANTED = ("can_subscribe", "can_publish", "can_publish_sources", "can_publish_data", "can_update_metadata")
_HERE = {ParticipantInfo.State.JOINED, ParticipantInfo.State.ACTIVE}

_FROM_ROOMS = {"RemoveParticipant", "UpdateParticipant", "SendData"}
"""What a room answers itself. If it has just closed nobody does: that is not the server's failure."""

AnswerT = TypeVar("AnswerT", bound=Message)


@dataclass(frozen=True, slots=True)
class Occupant:
    """Somebody in a LiveKit room.

    Attributes:
        identity: of the connection.
        participant_id: whose connection it is; None: no participant's.
        joined_at: when it came.
        person: whether it is a client for people; False: a recorder, an agent, a telephone line.
        permission: what it may do.
        metadata: what others may know of it.
    """

    identity: str
    participant_id: ParticipantId | None
    joined_at: datetime
    person: bool
    permission: ParticipantPermission
    metadata: str

    def is_as(self, role: Role, *, muted: bool) -> bool:
        """Whether it may do exactly what a participant of that role may, and says so."""
        wanted, found = permission(role, muted=muted), self.permission
        same = all(getattr(found, name) == getattr(wanted, name) for name in _GRANTED)
        return same and self.metadata == metadata(self.participant_id, role)


class LiveKit:
    """The configured server. Every request may raise :class:`LiveKitError`, with a text for people.

    Args:
        config: where it is, and a key of its own.
        metrics: of requests.
        now: seconds of a clock that never goes back.
        wall: seconds since 1970.
    """

    def __init__(
        self,
        config: LiveKitConfig,
        metrics: Metrics,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.configured = config.configured
        self.url = config.url
        self.public_url = config.public_url or config.url
        self.tokens = Tokens(config.api_key, config.api_secret, config.token_ttl_s, wall)
        address = urlsplit(config.url)
        self._host = address.netloc.rpartition("@")[2]
        self._base = f"http{'s' * (address.scheme == 'wss')}://{self._host}{address.path}"
        self._ttl_s = config.token_ttl_s
        self._metrics = metrics
        self._wall = wall
        self._fuse = Fuse(now)
        self._closed = False
        self._session: aiohttp.ClientSession | None = None

    @property
    def trouble(self) -> str:
        """Why it cannot be used; "": as far as one knows it can."""
        return self._fuse.trouble if self.configured else "LiveKit is not configured."

    async def close(self) -> None:
        """Ask it nothing any more."""
        self._closed = True
        if self._session is not None:
            await self._session.close()

    # Rooms

    async def ensure_room(self, name: str) -> None:
        """Make a room, or keep the one that is there.

        It closes by itself when nobody has been in it for as long as a token can be used to join: whoever has
        one finds a room.
        """
        wanted = CreateRoomRequest(
            name=name, empty_timeout=int(self._ttl_s), departure_timeout=int(self._ttl_s)
        )
        await self._ask("CreateRoom", wanted, Room, self.tokens.admin(room_create=True))

    async def close_room(self, name: str) -> None:
        """Close a room, whoever is in it; if there is none, that is as well."""
        token = self.tokens.admin(room_create=True)
        await self._ask(
            "DeleteRoom", DeleteRoomRequest(room=name), DeleteRoomResponse, token, gone_is_well=True
        )

    async def rooms(self) -> dict[str, int]:
        """All rooms of the server by name, also those of others, and how many are in each."""
        token = self.tokens.admin(room_list=True)
        found = await self._ask("ListRooms", ListRoomsRequest(), ListRoomsResponse, token)
        return {one.name: one.num_participants for one in found.rooms}

    # Who is in them

    async def occupants(self, name: str) -> list[Occupant]:
        """Who is in a room, the mix included; nobody if there is no such room."""
        wanted = ListParticipantsRequest(room=name)
        found = await self._ask("ListParticipants", wanted, ListParticipantsResponse, self._over(name))
        return [_occupant(one) for one in found.participants if one.state in _HERE]

    async def remove(self, name: str, identity: str) -> None:
        """Take a connection out of a room; if it has gone, that is as well. Its token stays good."""
        wanted = RoomParticipantIdentity(room=name, identity=identity)
        token = self._over(name)
        await self._ask("RemoveParticipant", wanted, RemoveParticipantResponse, token, gone_is_well=True)

    async def restrict(self, name: str, identity: str, role: Role, *, muted: bool) -> None:
        """Let a participant inside do what its role may, from now on; if it has gone, that is as well."""
        wanted = UpdateParticipantRequest(
            room=name,
            identity=identity,
            metadata=metadata(participant_of(identity), role),
            permission=permission(role, muted=muted),
        )
        await self._ask("UpdateParticipant", wanted, ParticipantInfo, self._over(name), gone_is_well=True)

    async def send(self, name: str, topic: str, payload: bytes) -> None:
        """Let all in a room have a message."""
        wanted = SendDataRequest(room=name, data=payload, kind=DataPacket.Kind.RELIABLE, topic=topic)
        await self._ask("SendData", wanted, SendDataResponse, self._over(name))

    def _over(self, name: str) -> str:
        return self.tokens.admin(room=name, room_admin=True)

    # Asking

    async def _ask(
        self, method: str, request: Message, kind: type[AnswerT], token: str, *, gone_is_well: bool = False
    ) -> AnswerT:
        if not self.configured or self._closed:
            raise LiveKitError(self.trouble or "Drift is ending.")
        outcome = "unavailable"
        try:
            with self._fuse.passing():
                status, date, body = await self._post(method, request, token)
                if status == 200:
                    answer = self._read(kind, body)
                elif gone_is_well and _twirp_code(body) == "not_found":
                    answer = kind()
                else:
                    outcome = "refused"
                    raise self._refusal(method, status, date, body)
            outcome = "done"
        finally:
            self._metrics.livekit_requests.labels(method, outcome).inc()
        if self._fuse.mend():
            log.info("livekit-back", url=self.url)
        return answer

    async def _post(self, method: str, request: Message, token: str) -> tuple[int, str, bytes]:
        """Status, date and body of the answer."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))
        url = f"{self._base}/twirp/livekit.RoomService/{method}"
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/protobuf"}
        try:
            async with self._session.post(
                url, data=request.SerializeToString(), headers=headers, allow_redirects=False
            ) as answer:
                return answer.status, answer.headers.get("Date", ""), await answer.read()
        except TimeoutError as error:
            if method in _FROM_ROOMS:
                raise LiveKitError("The LiveKit room does not answer.") from error
            raise self._down(f"it has not answered within {TIMEOUT_S:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._down(_why(error)) from error

    def _read(self, kind: type[AnswerT], body: bytes) -> AnswerT:
        try:
            return kind.FromString(body)
        except DecodeError as error:
            raise self._down("what answers there is something else") from error

    def _refusal(self, method: str, status: int, date: str, body: bytes) -> LiveKitError:
        """What an answer other than 200 means. LiveKit repeats tokens in some: those texts go nowhere."""
        code = _twirp_code(body)
        if status == 401:
            return self._blown(self._distrust(date, body.decode(errors="replace")))
        if not code:
            return self._down(f"what answers there is something else (status {status})")
        # One thing has failed, not the server.
        return LiveKitError(f"LiveKit has refused {method}: {code}.")

    def _distrust(self, date: str, text: str) -> str:
        """Why the server does not take Drift's tokens."""
        if "expired" in text or "not valid yet" in text:
            try:
                apart_s = abs(parsedate_to_datetime(date).timestamp() - self._wall())
            except ValueError:
                return "LiveKit refuses Drift's tokens: its clock and Drift's differ."
            return f"LiveKit refuses Drift's tokens: its clock and Drift's differ by {apart_s:.0f} s."
        if text.startswith("invalid API key"):
            return "LiveKit does not know livekit.api_key."
        return "LiveKit refuses Drift's tokens: livekit.api_secret is not the one that belongs to the key."

    def _down(self, why: str) -> LiveKitError:
        return self._blown(f"LiveKit cannot be reached at {self._host}: {why}.")

    def _blown(self, trouble: str) -> LiveKitError:
        if self._fuse.blow(trouble):
            log.warning("livekit-failed", reason=trouble)
        return LiveKitError(trouble)


def _occupant(one: ParticipantInfo) -> Occupant:
    return Occupant(
        one.identity,
        participant_of(one.identity),
        datetime.fromtimestamp(one.joined_at, UTC),
        one.kind == ParticipantInfo.Kind.STANDARD,
        one.permission,
        one.metadata,
    )


def _twirp_code(body: bytes) -> str:
    """What kind of error it is, as LiveKit's own errors say in JSON; "": it is none of them."""
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    code = found.get("code") if isinstance(found, dict) else None
    return code if isinstance(code, str) else ""


def _why(error: Exception) -> str:
    """What the system says, without what it says of itself."""
    number = getattr(error, "errno", None) or 0
    reason = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or str(error)
    return (reason or type(error).__name__)[:_LONGEST_REASON].rstrip(".").lower()
