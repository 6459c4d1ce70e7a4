"""One HTTP connection on a mount.

A listener owns no task and no queue: shared bytes go straight to its transport. What bounds its memory is the
transport's own buffer: past ``backlog`` bytes the listener gets nothing until it has taken most of what
waits, and goes on at the live edge then; past a time limit it is dropped.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal, Protocol

Ended = Literal["client-left", "too-slow", "session-ended", "shutdown", "fault"]


class Transport(Protocol):
    """What a listener needs of an asyncio transport."""

    def write(self, data: bytes) -> None:
        """Hand bytes over; never blocks."""

    def get_write_buffer_size(self) -> int:
        """How many bytes wait in user space."""

    def is_closing(self) -> bool:
        """Whether the connection has ended or is ending."""

    def abort(self) -> None:
        """End the connection at once."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Which of the shared byte strings a listener takes.

    Attributes:
        icy: with ICY metadata.
        chunked: framed as HTTP/1.1 chunks.
    """

    icy: bool
    chunked: bool


def chunked(data: bytes) -> bytes:
    """``data`` as one HTTP/1.1 chunk (RFC 9112, 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class Listener:
    """See the module.

    Attributes:
        ended: resolved with the reason when the mount is through with it.
        icy_resume_at: for a stalled ICY listener, the grid phase at which its bytes must go on; else None.
    """

    __slots__ = ("_early", "_stalled_at", "_transport", "ended", "icy_resume_at", "variant")

    def __init__(self, variant: Variant, head: bytes) -> None:
        """A listener that has joined; ``head``, framed as its variant says, is sent as soon as it starts."""
        self.variant = variant
        self.ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self.icy_resume_at: int | None = None
        self._early: list[bytes] | None = [head]
        self._transport: Transport | None = None
        self._stalled_at: float | None = None

    def start(self, transport: Transport) -> None:
        """The response's head is out: send what has come up since the listener joined, then all else."""
        early, self._early = self._early, None
        for data in early or ():
            if data and not transport.is_closing():
                transport.write(data)
        if not self.ended.done():
            self._transport = transport

    @property
    def gone(self) -> bool:
        """Whether the client has closed the connection."""
        return self._transport is not None and self._transport.is_closing()

    def take(self, data: bytes, backlog: int) -> bool:
        """Give it what all of its variant get, in the usual case: it has started, is there, and keeps up.

        In any other case nothing happens. This runs for every listener at every tick.
        """
        transport = self._transport
        if (
            transport is None
            or self._stalled_at is not None
            or self.icy_resume_at is not None
            or transport.is_closing()
            or transport.get_write_buffer_size() > backlog
        ):
            return False
        transport.write(data)
        return True

    def may_take(self, now: float, backlog: int, limit_s: float) -> bool:
        """Whether the next bytes should be given to it; keeps count of how long it has been stalled.

        Ends a listener that has been stalled for longer than ``limit_s``.
        """
        waiting = self._waiting()
        if self._stalled_at is None:
            if waiting <= backlog:
                return True
            self._stalled_at = now
            return False
        if waiting <= backlog // 4:
            self._stalled_at = None
            return True
        if now - self._stalled_at > limit_s:
            if self._transport is not None:
                self._transport.abort()
            self.end("too-slow")
        return False

    def _waiting(self) -> int:
        """How many bytes it has been given that are not with the kernel."""
        if self._transport is not None:
            return self._transport.get_write_buffer_size()
        return sum(map(len, self._early or ()))

    @property
    def stalled(self) -> bool:
        """Whether it is being passed over."""
        return self._stalled_at is not None

    def write(self, data: bytes) -> None:
        """Give it bytes, framed as its variant says; after its end that does nothing."""
        if self._transport is not None:
            self._transport.write(data)
        elif self._early is not None and not self.ended.done():
            self._early.append(data)

    def end(self, reason: Ended) -> None:
        """Let the handler finish. What has been written so far is the last."""
        if not self.ended.done():
            self.ended.set_result(reason)
            self._transport = None
