"""Sessions as they are listed, what commands answer, and journeys."""

from __future__ import annotations

from typing import Literal

from drift.api.schemas.base import Answer, ErrorAnswer
from drift.api.schemas.music import Planned, Playing, Track, Transition

Kind = Literal["master", "named", "follower"]
State = Literal["playing", "idle", "paused", "preparing"]


class Urls(Answer):
    """Where a session is."""

    session_id: str
    web_url: str
    stream_url: str
    events_url: str


class Session(Urls):
    """A session. A follower's listeners, state and music are those of the session that it follows."""

    uid: str
    """Another one once the session has been ended and made anew."""
    name: str
    type: Kind
    following_session: str | None
    """The id of the session that a follower follows."""
    allow_commands: bool
    state: Literal["playing", "idle", "paused", "preparing", "waiting"]
    """"waiting": a follower whose session is not there now."""
    listeners: int
    event_clients: int
    clients: int
    """Both together."""
    created: str
    """ISO 8601."""
    now_playing: Track | None
    held: str | None
    """The direction that it drifts in; null: the autopilot steers."""


class Created(Session):
    """A session that was made, or opened again."""

    resumed: bool
    """It was there before, and goes on from where it was."""


class SessionList(Answer):
    """The sessions that are live: the master first, then the oldest."""

    sessions: list[Session]


class Stream(Answer):
    """One of the formats in which a session can be heard."""

    format: str
    url: str
    mime: str
    bitrate_kbps: int | None
    """null: it varies."""


class Access(Answer):
    """Who may do what."""

    mode: Literal["open", "codes"]
    """"open": everybody may steer. "codes": who has joined as a host or a collaborator."""


class SessionInfo(Session):
    """A session and what it plays. Positions are in samples at 48 000 Hz."""

    playing: Playing | None
    next: Track | None
    position: int
    streams: list[Stream]
    access: Access


class Taken(ErrorAnswer, Urls):
    """The session is live already; here it is."""


class Ended(Answer):
    """A session has been ended."""

    session_id: str
    ended: Literal[True]


class Moved(Answer):
    """The mix goes on elsewhere: at the next track, or at another place of this one."""

    session_id: str
    transition: Transition | None


class Steered(Planned):
    """The direction that is held now, and what is planned next."""

    session_id: str
    held: str | None


class Requested(Planned):
    """What is planned next, now that tracks have been asked for."""

    session_id: str
    when: Literal["now", "next"]


class StateChanged(Answer):
    """Whether a session plays."""

    session_id: str
    state: State


class Renamed(Answer):
    """A session's new name."""

    session_id: str
    name: str


class Reset(Answer):
    """A journey begins anew."""

    session_id: str
    next: Track | None


class JourneyStep(Answer):
    """A track that was played. What is not known is empty."""

    id: str
    title: str
    artist: str
    album: str
    duration_s: float
    location: str
    """Its file, relative to the library's folder."""
    direction: str | None
    features: dict[str, float]
    """What it sounds like, so that another library can play something alike."""


class Journey(Answer):
    """What a session has played, portable."""

    format: Literal["drift-journey"]
    version: int
    name: str
    steps: list[JourneyStep]


class Matched(Answer):
    """How many tracks were found by what."""

    audio: int
    tags: int
    file: int
    features: int


class MissingTrack(Answer):
    """A track of an imported journey that was not found."""

    id: str
    title: str
    artist: str


class Imported(Answer):
    """What has become of an imported journey."""

    session_id: str
    steps: int
    held: str | None
    matched: Matched
    missing: list[MissingTrack]
    """The first of them."""
    missing_count: int
