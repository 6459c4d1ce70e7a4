"""Clients that never say what they want: nobody else notices, and they are not kept."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path

import pytest

from drift.api.patience import HEAD_S
from drift.limits import allow_many_files
from tests.support.server import Server

COUNT = 2_000
BEGINNINGS = [b"", b"G", b"GET /stream/master.mp3 HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX-Endless: "]
PATIENCE_S = 3.0
"""What a player has in hand; a busy machine is slow."""


class HalfOpen(asyncio.Protocol):
    """Begins a request, never finishes it, and remembers how long the server put up with it."""

    def __init__(self, beginning: bytes, lasted: list[float]) -> None:
        self._beginning = beginning
        self._lasted = lasted

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._at = time.monotonic()
        transport.write(self._beginning)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lasted.append(time.monotonic() - self._at)


class Listener:
    """Hears the stream, and remembers the longest silence between two pieces of it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.pieces = 0
        self.worst_gap_s = 0.0

    async def listen(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(b"GET /stream/master.mp3 HTTP/1.0\r\n\r\n")
        try:
            last = time.monotonic()
            while await reader.read(1 << 16):
                now = time.monotonic()
                self.pieces += 1
                self.worst_gap_s = max(self.worst_gap_s, now - last)
                last = now
        finally:
            writer.close()


async def answer_s(port: int) -> float:
    """How long the server takes to answer an ordinary request."""
    begin = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /health HTTP/1.0\r\n\r\n")
    assert b" 200 " in await reader.readline()
    await reader.read()
    writer.close()
    return time.monotonic() - begin


def open_files(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


@pytest.mark.alone
async def test_half_open_connections_disturb_nobody_and_are_closed(demo_server: Server) -> None:
    allow_many_files()
    demo_server.wait_until_playable(3)
    port, loop = demo_server.port, asyncio.get_running_loop()
    files = open_files(demo_server)
    listener = Listener(port)
    hearing = loop.create_task(listener.listen())
    lasted: list[float] = []
    try:
        opened = [
            loop.create_connection(partial(HalfOpen, BEGINNINGS[at % 4], lasted), "127.0.0.1", port)
            for at in range(COUNT)
        ]
        for at in range(0, COUNT, 200):
            await asyncio.gather(*opened[at : at + 200])
        worst_s = 0.0
        async with asyncio.timeout(60):
            while len(lasted) < COUNT:
                worst_s = max(worst_s, await answer_s(port))
                await asyncio.sleep(0.1)
        pieces = listener.pieces
        async with asyncio.timeout(30):
            while listener.pieces < pieces + 3 or open_files(demo_server) > files + 5:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert not hearing.done()
    finally:
        hearing.cancel()
        await asyncio.wait([hearing])
    assert min(lasted) == pytest.approx(HEAD_S, abs=3)
    assert worst_s < PATIENCE_S
    assert listener.worst_gap_s < PATIENCE_S
