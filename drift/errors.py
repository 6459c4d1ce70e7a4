"""Drift's error tree: each class has a stable ``code``; ``drift.api.errors`` maps classes to HTTP."""

from __future__ import annotations

from typing import ClassVar


class DriftError(Exception):
    """Base of everything Drift raises on purpose; its text is written for the user.

    Attributes:
        code: stable machine-readable name, part of the API.
        details: optional JSON-ready facts for the client.
        beside: the same, to stand beside the error in an answer.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.details = details
        self.beside: dict[str, object] = {}


class ConfigError(DriftError):
    """A setting is unknown, malformed or out of range."""

    code = "bad-config"


class DataDirectoryError(DriftError):
    """The data directory cannot be created, read or written."""

    code = "data-directory"


class StoreError(DriftError):
    """The database refused or lost something."""

    code = "store"


class LibraryError(DriftError):
    """A library folder is missing, unreadable or holds no audio."""

    code = "library"


class UnplayableError(DriftError):
    """One file cannot be used as a track; the text is the reason shown by ``drift scan --problems``."""

    code = "unplayable"


class AddressInUseError(DriftError):
    """Something else listens on Drift's port."""

    code = "address-in-use"


class NotFoundError(DriftError):
    """What was asked for does not exist."""

    code = "not-found"


class InvalidError(DriftError):
    """A value that cannot be used; the details list what could be."""

    code = "invalid"


class BadRequestError(DriftError):
    """A request that cannot be understood."""

    code = "bad-request"


class RefusedError(DriftError):
    """A running server, or the file system, refused what a command asked for."""

    code = "refused"


class NotReadyError(DriftError):
    """Nothing can be played yet: the library is empty or still being prepared. Try again later."""

    code = "not-ready"


class ForbiddenError(DriftError):
    """The caller may not do this."""

    code = "forbidden"


class FollowerError(ForbiddenError):
    """A follower was to be steered; only the session that it follows can be."""

    def __init__(self, message: str, following: str) -> None:
        super().__init__(message)
        self.beside = {"followingSession": following}


class NotJoinedError(DriftError):
    """Only participants may do this, and the caller is not known as one."""

    code = "not-joined"


class WrongCodeError(ForbiddenError):
    """The code opens nothing here."""

    code = "wrong-code"


class BannedError(ForbiddenError):
    """A host has banned the caller from the room."""

    code = "banned"


class MutedError(ForbiddenError):
    """A host has muted the caller."""

    code = "muted"


class LiveKitError(DriftError):
    """The LiveKit server is not configured, cannot be reached, or refuses Drift."""

    code = "livekit"


class ForgedError(DriftError):
    """A message that claims to be the LiveKit server's, and is not."""

    code = "forged"


class ConflictError(DriftError):
    """What is to be made is there already, or what is to be removed must stay."""

    code = "conflict"


class FullError(ConflictError):
    """There is no room for another participant."""

    code = "full"


class TooManyError(DriftError):
    """Too much in too short a time, or more than there is room for.

    Attributes:
        retry_after_s: when it may be tried again.
    """

    code = "too-many"

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
