"""LiveKit's own client library, in a process of its own.

When its native part panics, the library ends the process that it is in. In the process of the tests that
would be the end of all of them; here one test fails, and says why.

``python -m tests.support.stock_client`` takes commands and answers them, a line of JSON each, until its
input ends. It alone imports ``livekit.rtc``; no module may that the tests import.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from tests.support.server import REPOSITORY

START_S = 30
CLOSE_S = 10
RATE = 48_000
TONE_HZ = 440
TONE_SAMPLES = RATE // 10  # whole periods: it can be repeated


class SdkError(Exception):
    """What the library raised."""


class ConnectError(SdkError):
    """It could not connect."""


class ProcessEndedError(Exception):
    """The process has ended, and not because it was asked to."""


class StockClient:
    """A participant as LiveKit's library makes one; get it from :meth:`start`.

    Attributes:
        room: LiveKit's name of the room that it is connected to.
        identity: its own in that room.
        packets: topics and contents of all data packets so far.
        tracks: names of all tracks that it has subscribed to so far, and the identities of whose they are.
        gone: it was connected and is not any more.
    """

    def __init__(self, log: Path) -> None:
        self.room = ""
        self.identity = ""
        self.packets: list[tuple[str, bytes]] = []
        self.tracks: list[tuple[str, str]] = []
        self.gone = asyncio.Event()
        self._log = log
        self._transport: asyncio.SubprocessTransport
        self._owner = asyncio.current_task()
        self._answers: list[asyncio.Future[dict[str, Any]]] = []
        self._ready = asyncio.Event()
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()
        self._trouble = ""
        self._closing = False

    @classmethod
    @asynccontextmanager
    async def start(cls, folder: Path) -> AsyncIterator[StockClient]:
        """Have a process meanwhile; to be called by a test itself, not by a fixture.

        Args:
            folder: where its standard error goes.

        Raises:
            ProcessEndedError: the process has ended, and whatever the test was waiting for was cancelled.
        """
        handle, log = tempfile.mkstemp(".log", "stock-client-", folder)
        client = cls(Path(log))
        with os.fdopen(handle) as errors:
            client._transport, _ = await asyncio.get_running_loop().subprocess_exec(
                lambda: _Pipes(client._take, client._end),
                *(sys.executable, "-X", "faulthandler", "-m", "tests.support.stock_client"),
                stderr=errors,
                env=os.environ | {"PYTHONPATH": str(REPOSITORY), "RUST_BACKTRACE": "1"},
            )
        try:
            async with asyncio.timeout(START_S):
                await client._ready.wait()
            yield client
        finally:
            await client._close()

    @property
    def pid(self) -> int:
        """Its process id."""
        found = self._transport.get_pid()
        assert found is not None
        return found

    async def connect(self, url: str, token: str) -> None:
        """Be in a room."""
        connected = await self._ask("connect", url=url, token=token)
        self.room, self.identity = connected["room"], connected["identity"]

    async def publish_microphone(self) -> None:
        """Publish a tone as "microphone"."""
        await self._ask("publish")

    async def send_text(self, text: str, topic: str) -> str:
        """Send a text stream; its id."""
        return str((await self._ask("send", text=text, topic=topic))["stream"])

    async def subscribed(self, name: str, identity: str) -> None:
        """Return when it has subscribed to somebody's track."""
        while (name, identity) not in self.tracks:
            self._changed.clear()
            await self._changed.wait()

    async def _ask(self, what: str, **details: str) -> dict[str, Any]:
        answer = asyncio.get_running_loop().create_future()
        command = {"do": what, "number": len(self._answers), **details}
        self._answers.append(answer)
        stdin = self._transport.get_pipe_transport(0)
        assert isinstance(stdin, asyncio.WriteTransport)
        stdin.write(json.dumps(command).encode() + b"\n")
        found: dict[str, Any] = await answer
        return found

    def _take(self, message: dict[str, Any]) -> None:
        match message:
            case {"event": "ready"}:
                self._ready.set()
            case {"event": "packet"}:
                self.packets.append((message["topic"], bytes.fromhex(message["data"])))
            case {"event": "track"}:
                self.tracks.append((message["name"], message["identity"]))
                self._changed.set()
            case {"event": "disconnected"}:
                self.gone.set()
            case {"number": number} if not (answer := self._answers[number]).done():
                if error := message.get("error"):
                    kind = ConnectError if error == "ConnectError" else SdkError
                    answer.set_exception(kind(f"{error}: {message['text']}"))
                else:
                    answer.set_result(message)

    def _end(self) -> None:
        """The process has ended. If it should not have, the test need not wait for anything any more."""
        self._ended.set()
        if not self._closing:
            self._trouble = "while a test used it"
            assert self._owner is not None
            self._owner.cancel()

    async def _close(self) -> None:
        """Disconnect, and end the process."""
        self._closing = True
        try:
            if not self._ended.is_set():
                stdin = self._transport.get_pipe_transport(0)
                assert stdin is not None
                stdin.close()
                await self._until_ended()
            elif self._owner is not None:
                self._owner.uncancel()
        finally:
            self._transport.close()
        status = self._transport.get_returncode()
        if status != 0:
            assert status is not None
            how = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
            raise ProcessEndedError(
                f"the process of LiveKit's library was ended {how} {self._trouble or 'while it was closed'}. "
                f"Its standard error:\n{self._log.read_text()}"
            )

    async def _until_ended(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._ended.wait()
                return
        self._trouble = f"because it would not, {CLOSE_S} s after it was asked to"
        self._transport.kill()
        await self._ended.wait()


class _Pipes(asyncio.SubprocessProtocol):
    """Hands on what a process writes, a line each, and that it has ended."""

    def __init__(self, take: Callable[[dict[str, Any]], None], end: Callable[[], None]) -> None:
        self._take = take
        self._end = end
        self._unread = b""

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()


class _Process:
    """The process itself."""

    def __init__(self, out: TextIO, tasks: asyncio.TaskGroup) -> None:
        from livekit import rtc

        self._out = out
        self._tasks = tasks
        self._running: list[asyncio.Task[None]] = []
        self._commands: dict[str, Callable[..., Awaitable[dict[str, str]]]] = {
            "connect": self._connect,
            "publish": self._publish,
            "send": self._send,
        }
        self._room = rtc.Room()
        self._source = rtc.AudioSource(RATE, 1)
        self._track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
        self._options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        wave = 8_000 * np.sin(2 * np.pi * TONE_HZ * np.arange(TONE_SAMPLES) / RATE)
        self._tone = rtc.AudioFrame(wave.astype(np.int16).tobytes(), RATE, 1, TONE_SAMPLES)

        say, on = self._say, self._room.on
        on("data_received", lambda it: say(event="packet", topic=it.topic, data=it.data.hex()))
        on("track_subscribed", lambda _, it, who: say(event="track", name=it.name, identity=who.identity))
        on("disconnected", lambda _: say(event="disconnected"))

    def _say(self, **message: Any) -> None:
        print(json.dumps(message), file=self._out, flush=True)

    async def _connect(self, url: str, token: str) -> dict[str, str]:
        await self._room.connect(url, token)
        return {"room": self._room.name, "identity": self._room.local_participant.identity}

    async def _publish(self) -> dict[str, str]:
        await self._room.local_participant.publish_track(self._track, self._options)
        self._running.append(self._tasks.create_task(self._play()))
        return {}

    async def _play(self) -> None:
        while True:
            await self._source.capture_frame(self._tone)

    async def _send(self, text: str, topic: str) -> dict[str, str]:
        sent = await self._room.local_participant.send_text(text, topic=topic)
        return {"stream": sent.stream_id}

    async def run(self, commands: asyncio.StreamReader) -> None:
        """Do what it is told, until nobody can tell it any more."""
        self._say(event="ready")
        while line := await commands.readline():
            self._running.append(self._tasks.create_task(self._do(**json.loads(line))))
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._room.disconnect()

    async def _do(self, do: str, number: int, **details: str) -> None:
        """Never cancelled before the end: when that happens to ``Room.connect``, the library panics later."""
        try:
            done = await self._commands[do](**details)
        except Exception as error:  # noqa: BLE001 - the test is told of it
            self._say(number=number, error=type(error).__name__, text=str(error))
        else:
            self._say(number=number, **done)


async def _main(out: TextIO) -> None:
    commands = asyncio.StreamReader()
    pipe = asyncio.StreamReaderProtocol(commands)
    await asyncio.get_running_loop().connect_read_pipe(lambda: pipe, sys.stdin)
    async with asyncio.TaskGroup() as tasks:
        await _Process(out, tasks).run(commands)


def main() -> None:
    """See the module."""
    logging.basicConfig(level=logging.INFO)
    with os.fdopen(os.dup(1), "w") as out:
        os.dup2(2, 1)  # whatever else writes there: it is no answer
        asyncio.run(_main(out))


if __name__ == "__main__":
    main()
