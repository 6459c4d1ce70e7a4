"""The values that every layer speaks of. Frozen, without behaviour beyond derived facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, NewType

TrackId = NewType("TrackId", str)
"""A hash of the encoded audio, 32 hex digits: retagging or moving a file keeps its identity."""

SessionId = NewType("SessionId", str)

PersonId = NewType("PersonId", str)
"""Somebody, across sessions: 32 hex digits, known to that one's browser alone."""

ParticipantId = NewType("ParticipantId", str)
"""A person in one room: 32 hex digits, known to all there."""

Role = Literal["host", "collaborator", "viewer"]
"""What a participant is in a room."""


def full_title(artist: str, title: str) -> str:
    """What players show: "Artist - Title", or the title alone."""
    return f"{artist} - {title}" if artist else title


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file says about itself. Text is stripped, never None; "" means unknown.

    Attributes:
        title: falls back to the file's name without its extension.
        year: four digits, or "".
        track_number: position on the album from 1; disc * 1000 + track on one of several discs; 0: unknown.
        bpm: beats per minute as tagged, None: untagged or nonsense.
        key: as tagged ("Am", "F#", "8A"), "": untagged.
    """

    title: str
    artist: str = ""
    album: str = ""
    album_artist: str = ""
    genre: str = ""
    year: str = ""
    track_number: int = 0
    bpm: float | None = None
    key: str = ""

    @property
    def full_title(self) -> str:
        """What players show: "Artist - Title"."""
        return full_title(self.artist, self.title)


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """What decoding a whole file once has shown. Sample counts are at 48 000 Hz, as the mixer counts.

    Attributes:
        codec: FFmpeg's name of it, e.g. "mp3", "flac", "pcm_s16le".
        sample_rate_hz: the file's own.
        channels: the file's own.
        length_samples: exact decoded length.
        cue_in_samples: where the first sound is; what is before it is silence.
        cue_out_samples: where the last sound ends; `cue_in_samples < cue_out_samples <= length_samples`.
        loudness_lufs: integrated loudness (EBU R 128) of the 48 kHz stereo rendition; floor -70.
        true_peak_dbtp: of the same rendition; floor -100.
    """

    codec: str
    sample_rate_hz: int
    channels: int
    length_samples: int
    cue_in_samples: int
    cue_out_samples: int
    loudness_lufs: float
    true_peak_dbtp: float

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return self.length_samples / 48_000


@dataclass(frozen=True, slots=True)
class BeatGrid:
    """Evenly spaced beats: beat ``k`` is at ``beat_samples + k * period_samples``, at 48 000 Hz."""

    beat_samples: float
    period_samples: float


Ending = Literal["cold", "fade", "ring"]
"""How a track ends: at full level, by a fade of its own, or with what rings on after its last note."""

_ENDINGS: tuple[Ending, ...] = ("cold", "fade", "ring")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a track begins, ends and beats: what transitions are made to fit. Sample counts are at 48 000 Hz.

    Attributes:
        intro_samples: from cue-in on, for so long the music is sparse or quiet.
        outro_samples: the same, before cue-out.
        ending_samples: length of the fade, or of what rings on.
        bpm: tempo, 0: none was found.
        tempo_confidence: 0..1.
        first_beats: the beats of the first half minute of music, None: there are none.
        last_beats: those of the last half minute.
    """

    intro_samples: int
    outro_samples: int
    ending: Ending
    ending_samples: int
    bpm: float
    tempo_confidence: float
    first_beats: BeatGrid | None
    last_beats: BeatGrid | None


@dataclass(frozen=True, slots=True)
class Descriptors:
    """What one family of descriptors says of a track.

    Attributes:
        version: of the family that said it.
        values: finite, by descriptor; empty: the family failed on this track, and need not try again.
    """

    version: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What has been computed from a track's sound, all of it or some families.

    Attributes:
        families: by the family's name.
        beats_samples: every beat, rising, in samples at 48 000 Hz; None: not looked for this time.
    """

    families: Mapping[str, Descriptors]
    beats_samples: tuple[int, ...] | None = None

    @property
    def shape(self) -> Shape | None:
        """The shape, None if the families "edges" and "tempo" are not there."""
        edges, tempo = self.families.get("edges"), self.families.get("tempo")
        return shape_of(edges.values, tempo.values) if edges and tempo else None


def shape_of(edges: Mapping[str, float], tempo: Mapping[str, float]) -> Shape | None:
    """The shape that the descriptors of these two families make; None if one of the first is missing.

    Without (all of) the second, a track has no tempo.
    """
    try:
        ending = _ENDINGS[round(edges["ending"])]
        lengths = [round(edges[name]) for name in ("intro_samples", "outro_samples", "ending_samples")]
    except (KeyError, IndexError):
        return None
    return Shape(
        lengths[0],
        lengths[1],
        ending,
        lengths[2],
        tempo.get("bpm", 0.0),
        tempo.get("tempo_confidence", 0.0),
        _grid(tempo, "first"),
        _grid(tempo, "last"),
    )


def _grid(tempo: Mapping[str, float], which: str) -> BeatGrid | None:
    period = tempo.get(f"{which}_period_samples", 0.0)
    return BeatGrid(tempo.get(f"{which}_beat_samples", 0.0), period) if period > 0 else None


@dataclass(frozen=True, slots=True)
class Track:
    """One playable piece of music.

    Attributes:
        path: one file that holds it (several files with the same audio are one track).
        art: file name of its cover in the data directory's ``art`` folder, "": none.
        shape: None: not analysed, or not yet.
    """

    id: TrackId
    path: Path
    tags: Tags
    audio: AudioFacts
    art: str = ""
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that looks like audio and cannot be played, with the reason in words."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session was at some moment.

    Attributes:
        track_id: what was on air.
        into_samples: how far it had gone after its cue-in.
        at: the moment.
        moving: whether time went on for the session from then on.
    """

    track_id: TrackId
    into_samples: int
    at: datetime
    moving: bool


SessionKind = Literal["master", "named", "follower"]


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What is remembered of a session, its journey aside.

    Attributes:
        uid: of this very session: one that is made anew under the same id has another.
        name: for people.
        following: whom a follower follows.
        live: whether it is there again after a restart, before anybody asks for it.
        requests: tracks that were asked for and have not been on air yet.
        place: None: nothing has been on air.
        steps: how many its journey has had.
        last_event: id of the last event sent to its clients.
    """

    id: SessionId
    uid: str
    kind: SessionKind
    name: str
    created_at: datetime
    following: SessionId | None = None
    live: bool = True
    direction: str | None = None
    paused: bool = False
    requests: tuple[TrackId, ...] = ()
    place: Place | None = None
    steps: int = 0
    last_event: int = 0


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of a session's journey.

    Attributes:
        number: from 0 on.
        by: who chose it, see ``drift.sessions.journey.By``.
        direction: where it was to lead.
    """

    number: int
    track_id: TrackId
    by: str
    direction: str | None


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """What is remembered of a room.

    Attributes:
        livekit_name: what LiveKit calls it; tells nothing of the session.
        slow_s: so long a participant waits between two messages; 0: not at all.
        lock: what codes are held against, in the order of ``drift.access.Lock``; None: there are none.
    """

    session_id: SessionId
    livekit_name: str
    created_at: datetime
    slow_s: int = 0
    lock: tuple[bytes, bytes, bytes, bytes] | None = None


Membership = Literal["joined", "left", "removed", "banned"]
"""Whether a participant is one still; who was removed needs a code again, who is banned cannot come back."""


@dataclass(frozen=True, slots=True)
class Participant:
    """A person in a room."""

    id: ParticipantId
    session_id: SessionId
    person: PersonId
    name: str
    role: Role
    joined_at: datetime
    muted: bool = False
    state: Membership = "joined"


@dataclass(frozen=True, slots=True)
class Message:
    """Something said in a room.

    Attributes:
        id: ascends in the order in which messages were committed.
        author: a participant's id, or ``livekit:`` and an identity that is none of ours.
        name: of the author, at that time.
        role: of the author, at that time; None: it had none.
        text: "" once it is deleted.
        message_id: the author's own; the same one again is the same message.
    """

    id: int
    session_id: SessionId
    author: str
    name: str
    role: Role | None
    text: str
    sent_at: datetime
    message_id: str
    deleted: bool = False
