"""What the space is built from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drift.models import TrackId


@dataclass(frozen=True, slots=True)
class Entry:
    """One analysed track.

    Attributes:
        values: all descriptors by name; missing ones and those that are not finite count as unknown.
        artist: as tagged, "": unknown; likewise album and title.
    """

    id: TrackId
    values: Mapping[str, float]
    artist: str = ""
    album: str = ""
    title: str = ""
    duration_s: float = 0.0


def packed(track_id: str) -> bytes:
    """A track's id in 16 bytes.

    Raises:
        ValueError: this is no id.
    """
    code = bytes.fromhex(track_id)
    if len(code) != 16:
        raise ValueError(f"{track_id!r} has not 32 hex digits")
    return code


def unpacked(code: bytes) -> TrackId:
    """The id again; numpy drops zero bytes at the end."""
    return TrackId(code.ljust(16, b"\0").hex())
