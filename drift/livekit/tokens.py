"""Tokens: what LiveKit lets their bearers do. As little as each needs, and not for long.

A token is checked when a room is joined, and LiveKit renews those of connected clients by itself. Nobody goes
because a token ends: who is to go must be removed, and again on coming back.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import timedelta

import jwt
from livekit.api import AccessToken, TokenVerifier, VideoGrants
from livekit.protocol.models import ParticipantPermission, TrackSource

from drift.access import may
from drift.errors import LiveKitError
from drift.models import ParticipantId, Role

MIX = "drift"
"""The identity of the mix's publisher."""
MANUAL = "manual"
"""How the identities of tokens made by hand begin."""

SKEW_S = 60.0
"""So much LiveKit's clock may be behind Drift's; the server itself allows for another minute."""
ADMIN_TTL_S = 300.0
"""How long a token of Drift's own holds. It is used at once: this is for clocks that are ahead of Drift's."""
_SHORTEST_SECRET = 32


class Tokens:
    """Makes tokens with one of the server's keys; without a key each is a :class:`LiveKitError`.

    Args:
        key: its name.
        secret: what is signed with.
        ttl_s: how long a token can be used to join.
        wall: seconds since 1970.
    """

    def __init__(self, key: str, secret: str, ttl_s: float, wall: Callable[[], float]) -> None:
        self._key = key
        self._secret = padded(secret)
        self._ttl_s = ttl_s
        self._wall = wall

    def participant(
        self, room: str, participant_id: ParticipantId, name: str, role: Role, *, muted: bool
    ) -> str:
        """For one connection of a participant. Each has its own identity: two of the same end each other."""
        return self._join(
            f"{participant_id}#{secrets.token_hex(4)}",
            _grants(room, role, muted=muted),
            name,
            metadata(participant_id, role),
        )

    def manual(self, room: str, name: str, role: Role) -> str:
        """For somebody who tries things out and has not joined in Drift."""
        grants = _grants(room, role, muted=False)
        return self._join(f"{MANUAL}#{secrets.token_hex(4)}", grants, name, metadata(None, role))

    def publisher(self, room: str) -> str:
        """For the mix: one track, and hearing what is written in the room."""
        grants = VideoGrants(
            room_join=True,
            room=room,
            can_subscribe=True,
            can_publish=True,
            can_publish_sources=["screen_share_audio"],
            can_publish_data=False,
            can_update_own_metadata=False,
        )
        return self._join(MIX, grants, "Drift", metadata(None, None))

    def admin(
        self, *, room: str = "", room_admin: bool = False, room_create: bool = False, room_list: bool = False
    ) -> str:
        """For one request of Drift's own to the server."""
        grants = VideoGrants(
            room=room,
            room_admin=room_admin or None,
            room_create=room_create or None,
            room_list=room_list or None,
            can_publish=False,
            can_subscribe=False,
            can_publish_data=False,
        )
        return self._signed(MIX, grants, ADMIN_TTL_S)

    def _join(self, identity: str, grants: VideoGrants, name: str, said: str) -> str:
        return self._signed(identity, grants, self._ttl_s, name, said)

    def _signed(
        self, identity: str, grants: VideoGrants, ttl_s: float, name: str = "", said: str = ""
    ) -> str:
        if not self._key:
            raise LiveKitError("LiveKit is not configured.")
        token = AccessToken(self._key, self._secret).with_grants(grants)
        now = int(self._wall())
        claims = token.with_name(name).with_metadata(said).claims.asdict()
        claims |= {"iss": self._key, "sub": identity, "nbf": now - int(SKEW_S), "exp": now + int(ttl_s)}
        return jwt.encode(claims, self._secret, algorithm="HS256")


def verifier(key: str, secret: str, leeway_s: float) -> TokenVerifier:
    """Checks what the server signs."""
    return TokenVerifier(key, padded(secret), leeway=timedelta(seconds=leeway_s))


def padded(secret: str) -> str:
    """The same key for HMAC, which fills short ones up with zeros itself, without PyJWT's warning.

    LiveKit's development mode has a short one; ``drift doctor`` tells of it.
    """
    return secret.ljust(_SHORTEST_SECRET, "\0")


def short(secret: str) -> bool:
    """Whether LiveKit calls a secret too short."""
    return len(secret) < _SHORTEST_SECRET


def permission(role: Role, *, muted: bool) -> ParticipantPermission:
    """What a participant inside may do: the same as a new token would say."""
    speaks = "talk" in may(role, muted=muted)
    return ParticipantPermission(
        can_subscribe=True,
        can_publish=speaks,
        can_publish_sources=[TrackSource.MICROPHONE] if speaks else [],
        can_publish_data=not muted,
    )


def metadata(participant_id: ParticipantId | None, role: Role | None) -> str:
    """What others in the room may know of one, beside the name."""
    return json.dumps({"participantId": participant_id, "role": role}, separators=(",", ":"))


def participant_of(identity: str) -> ParticipantId | None:
    """Whose connection it is, by its identity; None: no participant's."""
    owner, mark, _ = identity.partition("#")
    return ParticipantId(owner) if mark and owner != MANUAL else None


def _grants(room: str, role: Role, *, muted: bool) -> VideoGrants:
    speaks = "talk" in may(role, muted=muted)
    return VideoGrants(
        room_join=True,
        room=room,
        can_subscribe=True,
        can_publish=speaks,
        can_publish_sources=["microphone"] if speaks else None,
        can_publish_data=not muted,
        can_update_own_metadata=False,
    )
