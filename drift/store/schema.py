"""The tables. A change here needs a new file in ``migrations/versions``; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from drift.store.types import PathType, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

tracks = Table(
    "tracks",
    metadata,
    Column("id", String(32), primary_key=True),
    # Tags, in the order of drift.models.Tags
    Column("title", Text, nullable=False),
    Column("artist", Text, nullable=False),
    Column("album", Text, nullable=False),
    Column("album_artist", Text, nullable=False),
    Column("genre", Text, nullable=False),
    Column("year", Text, nullable=False),
    Column("track_number", Integer, nullable=False),
    Column("bpm", Float),
    Column("key", Text, nullable=False),
    # AudioFacts, in the order of drift.models.AudioFacts
    Column("codec", Text, nullable=False),
    Column("sample_rate_hz", Integer, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("length_samples", BigInteger, nullable=False),
    Column("cue_in_samples", BigInteger, nullable=False),
    Column("cue_out_samples", BigInteger, nullable=False),
    Column("loudness_lufs", Float, nullable=False),
    Column("true_peak_dbtp", Float, nullable=False),
    Column("art", Text, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)
"""One row per piece of audio. Rows stay when their last file is gone, because journeys refer to them."""

files = Table(
    "files",
    metadata,
    Column("path", PathType, primary_key=True),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("track_id", String(32), ForeignKey("tracks.id"), index=True),
    Column("problem", Text),
    Column("scanned_at", UtcDateTime, nullable=False),
    Column("scan_version", Integer, nullable=False),
)
"""One row per file on disk: the track that it holds, or the reason why it cannot be played."""

analyses = Table(
    "analyses",
    metadata,
    Column("track_id", String(32), ForeignKey("tracks.id"), primary_key=True),
    Column("family", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("data", Text, nullable=False),
)
"""What each family of descriptors says of a track: a JSON object; ``{}``: the family failed on it."""

beats = Table(
    "beats",
    metadata,
    Column("track_id", String(32), ForeignKey("tracks.id"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("times", LargeBinary, nullable=False),
)
"""The beats of a track, as the samples from one to the next, the first from 0: little-endian uint32."""

library_state = Table(
    "library_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("token", String(32), nullable=False),
)
"""One row: a random token that changes with every change of the library's other tables."""

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("uid", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("following", String(64)),
    Column("live", Boolean, nullable=False),
    Column("direction", String(64)),
    Column("paused", Boolean, nullable=False),
    Column("requests", Text, nullable=False),
    # Place, in the order of drift.models.Place; all NULL when there is none
    Column("track_id", String(32)),
    Column("into_samples", BigInteger),
    Column("at", UtcDateTime),
    Column("moving", Boolean),
    Column("steps", Integer, nullable=False),
    Column("last_event", BigInteger, nullable=False),
)
"""One row per session that is remembered; ``requests`` is a JSON list of track ids."""

steps = Table(
    "steps",
    metadata,
    Column("session_id", String(64), ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("track_id", String(32), ForeignKey("tracks.id"), nullable=False),
    Column("by", String(16), nullable=False),
    Column("direction", String(64)),
)
"""The journeys: what was on air in each session, in order."""

pulse = Table(
    "pulse",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
)
"""One row: when the program was last seen to play. Places are remembered when they change course only; with
this, one knows how far each has come."""

rooms = Table(
    "rooms",
    metadata,
    Column("session_id", String(64), ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("livekit_name", String(64), nullable=False, unique=True),
    Column("slow_s", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # Lock, in the order of drift.access.Lock; all NULL when there are no codes
    Column("salt", LargeBinary),
    Column("host", LargeBinary),
    Column("collaborator", LargeBinary),
    Column("viewer", LargeBinary),
)
"""The social side of a session. It goes with the session."""

participants = Table(
    "participants",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("session_id", String(64), ForeignKey("rooms.session_id", ondelete="CASCADE"), nullable=False),
    Column("person", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("muted", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    UniqueConstraint("session_id", "person"),
)
"""Persons in rooms: whoever has joined one, there or not."""

messages = Table(
    "messages",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("session_id", String(64), ForeignKey("rooms.session_id", ondelete="CASCADE"), nullable=False),
    Column("author", String(128), nullable=False),
    Column("name", Text, nullable=False),
    Column("role", String(16)),
    Column("text", Text, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("message_id", String(64), nullable=False),
    Column("deleted", Boolean, nullable=False),
    UniqueConstraint("session_id", "author", "message_id"),
    Index(None, "session_id", "id"),
    sqlite_autoincrement=True,
)
"""What was said, in the order of ``id``. An author is a participant's id, or ``livekit:`` and an identity
that is none of ours. A deleted message has lost its text."""

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
"""Keys that Drift has made for itself."""
