"""What events say: the ``data`` of server-sent events."""

from __future__ import annotations

from pydantic import Field

from drift.api.schemas.base import Answer
from drift.api.schemas.music import Planned, Playing, Transition
from drift.api.schemas.rooms import Joined, MessageNews, ParticipantNews, Removed, SettingsNews
from drift.api.schemas.server import LibraryStatus
from drift.api.schemas.sessions import Access, Kind, State, Stream


class Identity(Answer):
    """Which session it is."""

    id: str
    """As in its address."""
    uid: str
    name: str
    type: Kind
    following_session: str | None
    allow_commands: bool


class ServerFacts(Answer):
    """Which server it is."""

    version: str
    started_at: str


class Hello(Planned):
    """Everything that a client needs to start with; positions are in samples."""

    session: Identity
    sample_rate: int
    position: int
    """The live edge."""
    state: State
    paused_at: int | None
    """Where the mix stands while it is paused."""
    now_playing: Playing | None
    held: str | None
    transition: Transition | None
    """How the mix came to this track."""
    next_transition: Transition | None
    listeners: int
    access: Access
    server: ServerFacts
    library: LibraryStatus
    burst_s: float
    """A new listener gets so many seconds at once."""
    streams: list[Stream]
    room: Joined | None
    """The session's room, for its participants."""


class TrackStarted(Answer):
    """Another track is on."""

    playing: Playing


class NextPlanned(Planned):
    """Another track is planned."""

    at_sample: int
    transition: Transition | None


class DirectionChanged(Answer):
    """Listeners push elsewhere; null: the autopilot steers."""

    held: str | None


class Listeners(Answer):
    """So many listen."""

    count: int


class Heartbeat(Answer):
    """A sign of life."""

    position: int
    state: State


class SessionEnded(Answer):
    """There will be nothing more."""

    reason: str


class Skipped(Answer):
    """A command cuts in: what is buffered before this sample need not be heard."""

    at_sample: int
    transition: Transition | None


class StateNews(Answer):
    """Somebody has paused the session, or has it play on."""

    state: State
    paused_at: int | None


class NameNews(Answer):
    """The session has another name."""

    name: str


class JourneyReset(Answer):
    """The journey begins anew."""


class Events(Answer):
    """By an event's name, what its ``data`` is."""

    hello: Hello
    track_started: TrackStarted = Field(alias="track-started")
    transition: Transition
    next_planned: NextPlanned = Field(alias="next-planned")
    direction_changed: DirectionChanged = Field(alias="direction-changed")
    listeners: Listeners
    library: LibraryStatus
    heartbeat: Heartbeat
    skipped: Skipped
    state_changed: StateNews = Field(alias="state-changed")
    renamed: NameNews
    journey_reset: JourneyReset = Field(alias="journey-reset")
    session_ended: SessionEnded = Field(alias="session-ended")
    participant: ParticipantNews
    chat: MessageNews
    room_settings: SettingsNews = Field(alias="room-settings")
    removed: Removed
