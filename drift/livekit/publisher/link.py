"""One end of the socket between the parent and a publisher process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from drift.livekit.publisher.frames import Audio, Control, FrameError, Parser, audio_frame, control_frame

UNSENT_BYTES = 256_000
"""So much may wait to be sent: 0.3 s of fifty rooms. Then audio and chat are left out, the rest is not."""


class Link(asyncio.Protocol):
    """See the module.

    Args:
        hear: gets what comes in.
        end: called once, when the other side is gone or speaks nonsense.

    Attributes:
        dropped: frames that were left out because the other side does not take them.
    """

    def __init__(self, hear: Callable[[Control | Audio], None], end: Callable[[], None]) -> None:
        self._hear = hear
        self._end = end
        self._parser = Parser()
        self._transport: asyncio.WriteTransport | None = None
        self.dropped = 0

    @classmethod
    async def over(
        cls, sock: socket.socket, hear: Callable[[Control | Audio], None], end: Callable[[], None]
    ) -> Link:
        """A link over a connected socket, which it owns from now on."""
        loop = asyncio.get_running_loop()
        return (await loop.create_unix_connection(lambda: cls(hear, end), sock=sock))[1]

    def say(self, message: Control) -> None:
        """Send what must arrive."""
        self._write(control_frame(message))

    def mention(self, message: Control) -> bool:
        """Send what may be left out; returns whether it was sent."""
        return self._room() and self._write(control_frame(message))

    def play(self, audio: Audio) -> bool:
        """Send packets, which may be left out; returns whether they were sent."""
        return self._room() and self._write(audio_frame(audio))

    def close(self) -> None:
        """Be gone; what waits is still sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Be gone at once."""
        if self._transport is not None:
            self._transport.abort()

    def _room(self) -> bool:
        if self._transport is None or self._transport.get_write_buffer_size() > UNSENT_BYTES:
            self.dropped += 1
            return False
        return True

    def _write(self, frame: bytes) -> bool:
        if self._transport is None or self._transport.is_closing():
            return False
        self._transport.write(frame)
        return True

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is ready."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Something came in."""
        try:
            for message in self._parser.feed(data):
                self._hear(message)
        except FrameError:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """The other side is gone, or this one is."""
        self._transport = None
        self._end()
