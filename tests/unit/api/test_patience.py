from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web

from drift.api import patience
from drift.api.errors import errors
from drift.api.patience import PatientRunner, awaiting_body

LIMIT_S = 0.2
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class Server:
    runner: PatientRunner
    port: int

    async def connect(self, said: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(said)
        return reader, writer

    @property
    def connections(self) -> int:
        assert self.runner.server is not None
        return len(self.runner.server.connections)


async def _quick(_request: web.Request) -> web.Response:
    return web.Response(text="answer")


async def _slow(_request: web.Request) -> web.Response:
    await asyncio.sleep(3 * LIMIT_S)
    return web.Response(text="answer")


async def _echo(request: web.Request) -> web.Response:
    async with awaiting_body():
        return web.Response(text=await request.text())


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setattr(patience, "HEAD_S", LIMIT_S)
    monkeypatch.setattr(patience, "BODY_S", LIMIT_S)
    monkeypatch.setattr(patience, "IDLE_S", 3 * LIMIT_S)
    application = web.Application(middlewares=[errors])
    application.add_routes([web.get("/", _quick), web.get("/slow", _slow), web.post("/", _echo)])
    runner = PatientRunner(application, shutdown_timeout_s=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Server(runner, runner.addresses[0][1])
    await runner.cleanup()


async def closed(reader: asyncio.StreamReader) -> float:
    """Wait until the server closes the connection; how long that took, in seconds."""
    begin = asyncio.get_running_loop().time()
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    return asyncio.get_running_loop().time() - begin


async def answer(reader: asyncio.StreamReader) -> str:
    async with asyncio.timeout(10):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        return head.partition("\r\n")[0] + " " + (await reader.readexactly(length)).decode()


@pytest.mark.parametrize("said", [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_who_does_not_finish_a_head_is_disconnected(server: Server, said: bytes) -> None:
    reader, writer = await server.connect(said)
    assert await closed(reader) >= LIMIT_S / 2
    writer.close()
    await asyncio.sleep(0)
    assert server.connections == 0


async def test_who_trickles_has_no_longer(server: Server) -> None:
    reader, writer = await server.connect()
    trickle = asyncio.get_running_loop().create_task(_trickle(writer))
    assert await closed(reader) < 5 * LIMIT_S
    trickle.cancel()
    writer.close()


async def _trickle(writer: asyncio.StreamWriter) -> None:
    for byte in b"GET / HTTP/1.1\r\nX: " + b"x" * 1000:
        writer.write(bytes([byte]))
        await asyncio.sleep(LIMIT_S / 10)


async def test_who_has_asked_may_ask_again_later(server: Server) -> None:
    reader, writer = await server.connect(REQUEST)
    assert await answer(reader) == "http/1.1 200 ok answer"
    await asyncio.sleep(1.5 * LIMIT_S)
    writer.write(REQUEST)
    assert await answer(reader) == "http/1.1 200 ok answer"
    writer.close()


@pytest.mark.parametrize("said", [b"", b"GET / HT"])
async def test_but_not_much_later(server: Server, said: bytes) -> None:
    reader, writer = await server.connect(REQUEST)
    assert await answer(reader) == "http/1.1 200 ok answer"
    writer.write(said)
    assert await closed(reader) >= LIMIT_S
    writer.close()


async def test_an_answer_may_take_its_time(server: Server) -> None:
    reader, writer = await server.connect(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    assert await answer(reader) == "http/1.1 200 ok answer"
    writer.close()


async def test_a_body_that_does_not_arrive_is_408(server: Server) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
    reader, writer = await server.connect(head + b"12345")
    found = await answer(reader)
    assert found.startswith("http/1.1 408 request timeout")
    assert '"request-timeout"' in found
    writer.close()
    reader, writer = await server.connect(head + b"1234567890")
    assert await answer(reader) == "http/1.1 200 ok 1234567890"
    writer.close()


@pytest.mark.parametrize(
    "said",
    [
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not HTTP at all\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_told_so_in_json_and_not_logged(
    server: Server, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await server.connect(said)
    answer = await reader.read()
    assert answer[:13] == b"HTTP/1.0 400 "
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "bad-request"
    assert not caplog.records
    writer.close()
