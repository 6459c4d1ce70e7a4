"""What has been computed from each track's sound, and a token of the library's state."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "analyses",
        sa.Column("track_id", sa.String(32), nullable=False),
        sa.Column("family", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("track_id", "family", name="pk_analyses"),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name="fk_analyses_track_id_tracks"),
    )
    op.create_table(
        "beats",
        sa.Column("track_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("times", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("track_id", name="pk_beats"),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name="fk_beats_track_id_tracks"),
    )
    op.create_table(
        "library_state",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_library_state"),
    )
