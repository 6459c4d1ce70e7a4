"""Tracks, and how the mix goes from one to the next. Positions and lengths in samples are at 48 000 Hz."""

from __future__ import annotations

from pydantic import Field

from drift.api.schemas.base import Answer
from drift.library.features.dimensions import Domain
from drift.models import Ending
from drift.sessions.journey import By
from mixer.timeline import JoinKind


class Track(Answer):
    """A track for people and players."""

    id: str
    """32 hex digits: a hash of its audio."""
    title: str
    artist: str
    album: str
    duration_s: float
    art_url: str | None
    """Its cover."""
    bpm: float | None
    """As measured, else as tagged."""
    key: str | None
    """As tagged."""
    genre: str | None
    year: str | None


class Why(Answer):
    """How a track differs from the one before it, in standard deviations of the library."""

    moved: float
    """Along the direction; negative: the wrong way."""
    kept: float
    """Root mean square of all other changes: the smaller, the closer."""
    deltas: dict[str, float]
    """By dimension."""
    relaxed: str | None
    """What had to be given up for it, in words."""


class Planned(Answer):
    """A planned track and why it was chosen; without a track, only ``next: null``."""

    next: Track | None
    by: By | None = None
    direction: str | None = None
    why: Why | None = None


class Playing(Answer):
    """A track in its place on the session's timeline."""

    track: Track
    by: By
    direction: str | None
    why: Why | None
    start_sample: int
    end_sample: int
    source_start_sample: int
    """Where in the track ``startSample`` is."""


class Transition(Answer):
    """How one track becomes the next."""

    kind: JoinKind
    reason: str
    """Why so, in words."""
    stretch: float
    """How many times as fast as recorded the incoming track begins."""
    bass_swap: bool
    from_: str = Field(alias="from")
    """A track's id."""
    to: str
    """A track's id."""
    start_sample: int
    length_samples: int


class Candidate(Answer):
    """A track that lies in a direction."""

    track: Track
    why: Why


class Opening(Answer):
    """A direction that is open, its best tracks first."""

    direction: str
    label: str
    dimension: str
    domain: Domain
    opposite: str
    """The direction the other way."""
    candidates: list[Candidate]


class Explored(Answer):
    """Where a session can go from the track that is on, the most useful directions first."""

    session_id: str
    from_: Track = Field(alias="from")
    held: str | None
    """The direction that it drifts in now; null: the autopilot steers."""
    openings: list[Opening]


class TrackPage(Answer):
    """A page of the tracks found."""

    total: int
    """Of all pages."""
    offset: int
    limit: int
    tracks: list[Track]


class TrackShape(Answer):
    """How a track begins, ends and beats."""

    intro_samples: int
    outro_samples: int
    ending: Ending
    ending_samples: int
    bpm: float
    tempo_confidence: float


class TrackDetail(Track):
    """Everything that a track's file and its analysis have told."""

    album_artist: str | None
    track_number: int | None
    codec: str
    sample_rate_hz: int
    channels: int
    length_samples: int
    cue_in_samples: int
    cue_out_samples: int
    loudness_lufs: float
    true_peak_dbtp: float
    shape: TrackShape | None
    beats: list[int]
    features: dict[str, dict[str, float]] | None
    """Descriptors by family; null: not analysed yet."""
    standardised: dict[str, float] | None
    """By dimension, in standard deviations from the library's median."""


class SimilarTrack(Answer):
    """A track that sounds alike: the smaller the distance, the more so."""

    track: Track
    distance: float


class Similar(Answer):
    """The tracks that sound most like one."""

    id: str
    similar: list[SimilarTrack]


class MusicMap(Answer):
    """All analysed tracks as points on a plane."""

    count: int
    ids: str
    """Base64 of 16 bytes for each track: its id."""
    points: str
    """Base64 of two little-endian 16-bit integers for each track: -32767 to 32767 is -1 to 1."""


class Route(Answer):
    """A way through the music."""

    tracks: list[Track]
    minutes: float
