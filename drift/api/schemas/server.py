"""The server's own state."""

from __future__ import annotations

from typing import Literal

from drift.api.schemas.base import Answer


class Scanning(Answer):
    """How far a preparation of the library is."""

    done: int
    """Files made or looked at."""
    total: int | None
    """null: not known yet."""
    eta_s: int | None
    """Seconds that the rest takes, as estimated."""


class LibraryStatus(Answer):
    """How far the library is."""

    tracks: int
    analysed: int
    """How many can be steered by."""
    problems: int
    """Files that look like music and cannot be played."""
    scanning: Scanning | None
    """null: nothing is being prepared."""
    demo: bool
    """The generated demo tracks are part of it."""


class LiveKitHealth(Answer):
    """How it goes with LiveKit. Without it all but WebRTC works, so it makes nothing red."""

    configured: bool
    trouble: str
    """Why it cannot be used; "": nothing is known against it."""
    rooms: int
    """In use."""


class Health(Answer):
    """Whether everything runs that should."""

    status: Literal["ok", "unavailable"]
    reasons: list[str]
    """Why not."""
    version: str
    listeners: int
    library: LibraryStatus
    livekit: LiveKitHealth
