"""Rooms: who is in them, and what is said there."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from drift.access import Action
from drift.api.schemas.base import Answer
from drift.models import Role


class Links(Answer):
    """Addresses that let people in, by the role that they give. Each has its code in it."""

    host: str
    collaborator: str
    viewer: str


class RoomCodes(Answer):
    """Codes that let people in. They are told once: Drift keeps none of them."""

    host_code: str
    collab_code: str
    viewer_code: str
    links: Links


class Participant(Answer):
    """Somebody in a room."""

    participant_id: str
    """The same person is the same participant in this room, always."""
    name: str
    role: Role
    muted: bool
    """May not write."""
    present: bool
    in_room: bool
    """In the LiveKit room."""
    joined_at: str


class You(Participant):
    """Who has asked."""

    may: list[Action]


class Message(Answer):
    """Something said."""

    id: int
    """Ascends in the order of what is said."""
    participant_id: str | None
    """null: somebody whom Drift knows nothing of, in the LiveKit room."""
    name: str
    role: Role | None
    text: str
    """Plain text: to be shown as it is. "" when it was deleted."""
    sent_at: str
    message_id: str
    """As its author's client calls it."""
    deleted: bool


class RoomSettings(Answer):
    """How a room is set."""

    slow_s: int
    """Seconds between two messages of one participant; 0: none."""
    duck_db: float
    """The mix is turned down by so much while somebody speaks."""


class LiveKit(Answer):
    """How to be in the LiveKit room."""

    configured: bool
    url: str
    """Where to connect to; "": there is none."""
    token: str
    """To connect with, soon; "": there is none now."""
    reason: str
    """Why there is no token."""


class RoomState(Answer):
    """A room as a participant sees it."""

    session_id: str
    settings: RoomSettings
    you: You
    participants: list[Participant]
    """Who is there."""
    messages: list[Message]
    """The latest, the oldest first."""


class Joined(RoomState):
    """A room as a participant sees it, and how to be in the LiveKit room."""

    livekit: LiveKit


class RoomMade(RoomCodes):
    """A session with a room."""

    session_id: str
    web_url: str
    stream_url: str
    events_url: str
    room: Joined | None
    """The room, if its maker has joined it."""


class Left(Answer):
    """The room goes on."""

    left: Literal[True]


class Messages(Answer):
    """Earlier messages, the oldest first."""

    messages: list[Message]
    more: bool
    """Whether there are any before them."""


class ParticipantNews(Answer):
    """Somebody has come, has gone, or may do more or less than before."""

    participant: Participant


class MessageNews(Answer):
    """Something was said, or was deleted."""

    message: Message


class SettingsNews(Answer):
    """The room is set otherwise."""

    settings: RoomSettings


class Removed(Answer):
    """You are no participant any more."""

    reason: Literal["left", "removed", "banned"]


class LiveKitToken(Answer):
    """What a LiveKit client connects with."""

    url: str
    token: str = Field(repr=False)
