"""The library: tracks, and the files that hold them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "tracks",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("artist", sa.Text, nullable=False),
        sa.Column("album", sa.Text, nullable=False),
        sa.Column("album_artist", sa.Text, nullable=False),
        sa.Column("genre", sa.Text, nullable=False),
        sa.Column("year", sa.Text, nullable=False),
        sa.Column("track_number", sa.Integer, nullable=False),
        sa.Column("bpm", sa.Float),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("codec", sa.Text, nullable=False),
        sa.Column("sample_rate_hz", sa.Integer, nullable=False),
        sa.Column("channels", sa.Integer, nullable=False),
        sa.Column("length_samples", sa.BigInteger, nullable=False),
        sa.Column("cue_in_samples", sa.BigInteger, nullable=False),
        sa.Column("cue_out_samples", sa.BigInteger, nullable=False),
        sa.Column("loudness_lufs", sa.Float, nullable=False),
        sa.Column("true_peak_dbtp", sa.Float, nullable=False),
        sa.Column("art", sa.Text, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tracks"),
    )
    op.create_table(
        "files",
        sa.Column("path", sa.LargeBinary, nullable=False),
        sa.Column("mtime_ns", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("track_id", sa.String(32)),
        sa.Column("problem", sa.Text),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scan_version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_files"),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name="fk_files_track_id_tracks"),
    )
    op.create_index("ix_files_track_id", "files", ["track_id"])
