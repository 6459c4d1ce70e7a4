"""The mixer's error tree. Texts are written for the user; ``code`` is stable."""

from __future__ import annotations

from typing import ClassVar


class MixerError(Exception):
    """Base of everything the mixer raises on purpose."""

    code: ClassVar[str] = "mixer"


class DeckError(MixerError):
    """A file cannot be opened, read or decoded.

    Attributes:
        path: the file, as text that is safe to log.
    """

    code = "deck"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


class TimelineError(MixerError):
    """A timeline or clip breaks its invariants."""

    code = "timeline"


class CodecError(MixerError):
    """An encoder or container refused its settings or input."""

    code = "codec"


class NothingToPlayError(MixerError):
    """The timeline has run out and nobody offers a next track."""

    code = "nothing-to-play"
