"""A publisher process, as its parent sees it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from drift.library.children import environment
from drift.livekit.publisher.frames import Audio, Control
from drift.livekit.publisher.link import Link

_CLOSE_S = 1.2


class PublisherProcess:
    """Make one with :meth:`start`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._link: Link | None = None
        self._closing = False
        self._spoke = False

    @classmethod
    async def start(cls, hear: Callable[[Control], None]) -> PublisherProcess:
        """Start a process, spawned, never forked.

        Args:
            hear: gets what it says.

        Raises:
            OSError: it cannot be started.
        """
        ours, its = socket.socketpair()
        with its:
            command = [sys.executable, "-m", "drift.livekit.publisher.child", str(its.fileno())]
            try:
                process = await asyncio.create_subprocess_exec(
                    *command, stdin=asyncio.subprocess.DEVNULL, pass_fds=[its.fileno()], env=environment()
                )
            except BaseException:
                ours.close()
                raise
        started = cls(process)
        try:
            started._link = await Link.over(ours, started._heard(hear), started._silent)
        except BaseException:
            started.kill()
            ours.close()
            raise
        return started

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def dropped(self) -> int:
        """Frames that it did not take in time."""
        return self._link.dropped if self._link else 0

    def say(self, message: Control) -> None:
        """Tell it to do something."""
        if self._link is not None:
            self._link.say(message)

    def play(self, audio: Audio) -> None:
        """Give it packets; they are left out if it does not keep up."""
        if self._link is not None:
            self._link.play(audio)

    async def ended(self) -> int:
        """Its exit status, when it has ended."""
        status = await self._process.wait()
        if self._link is not None:
            self._link.abort()
        return status

    def kill(self) -> None:
        """End it at once; fine if it has ended."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)  # its own kill() may take the status from wait()

    def _silent(self) -> None:
        """The link has ended: if that is not our doing, nothing sensible can be expected of it any more."""
        if not self._closing:
            self.kill()

    async def close(self) -> None:
        """Let it leave its rooms and end; it is killed if that takes long, or if it has only just begun."""
        self._closing = True
        if not self._spoke:
            self.kill()
        if self._link is not None:
            self._link.close()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_S):
                    await self._process.wait()
        finally:
            self.kill()
        await self._process.wait()

    def _heard(self, hear: Callable[[Control], None]) -> Callable[[Control | Audio], None]:
        def take(message: Control | Audio) -> None:
            self._spoke = True
            if not isinstance(message, Audio):
                hear(message)

        return take
