"""Rooms: who is in them, what is said there, and keys that Drift makes for itself."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "rooms",
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("livekit_name", sa.String(64), nullable=False),
        sa.Column("slow_s", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("host", sa.LargeBinary),
        sa.Column("collaborator", sa.LargeBinary),
        sa.Column("viewer", sa.LargeBinary),
        sa.PrimaryKeyConstraint("session_id", name="pk_rooms"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_rooms_session_id_sessions", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("livekit_name", name="uq_rooms_livekit_name"),
    )
    op.create_table(
        "participants",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("muted", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_participants"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["rooms.session_id"], name="fk_participants_session_id_rooms", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("session_id", "person", name="uq_participants_session_id_person"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("author", sa.String(128), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.String(16)),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(64), nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["rooms.session_id"], name="fk_messages_session_id_rooms", ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "session_id", "author", "message_id", name="uq_messages_session_id_author_message_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_messages_session_id_id", "messages", ["session_id", "id"])
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )
