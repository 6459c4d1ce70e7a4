"""A fuse: after a failure nothing is tried for a moment, so that nobody waits for what is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from drift.errors import LiveKitError

PAUSE_S = 2.0
"""Nothing is tried for so long after a failure: a server that is back is seen soon, and while there is none
hardly anybody who joins waits."""


class Fuse:
    """Blows when the server fails, whoever has asked; then one request at a time tries whether it is back.

    Args:
        now: seconds of a clock that never goes back.

    Attributes:
        trouble: what is wrong; "": nothing.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.trouble = ""
        self._now = now
        self._retry_at = 0.0
        self._trying = False

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Around a request.

        Raises:
            LiveKitError: it is not to be tried now; why it failed last.
        """
        if self.trouble and (self._trying or self._now() < self._retry_at):
            raise LiveKitError(self.trouble)
        first = bool(self.trouble)
        self._trying = self._trying or first
        try:
            yield
        finally:
            if first:
                self._trying = False

    def blow(self, trouble: str) -> bool:
        """The server has failed. Whether that is news."""
        news = trouble != self.trouble
        self.trouble = trouble
        self._retry_at = self._now() + PAUSE_S
        return news

    def mend(self) -> bool:
        """The server has answered. Whether that is news."""
        news = bool(self.trouble)
        self.trouble = ""
        return news
