"""Sessions, their journeys, and when the program was last seen to play."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("following", sa.String(64)),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.Column("direction", sa.String(64)),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("requests", sa.Text, nullable=False),
        sa.Column("track_id", sa.String(32)),
        sa.Column("into_samples", sa.BigInteger),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("moving", sa.Boolean),
        sa.Column("steps", sa.Integer, nullable=False),
        sa.Column("last_event", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_table(
        "steps",
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("track_id", sa.String(32), nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("direction", sa.String(64)),
        sa.PrimaryKeyConstraint("session_id", "number", name="pk_steps"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_steps_session_id_sessions", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name="fk_steps_track_id_tracks"),
    )
    op.create_table(
        "pulse",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pulse"),
    )
