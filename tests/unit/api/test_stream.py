from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from mixer.codecs import FORMATS, Codec
from tests.unit.fakes import settle
from tests.unit.http_site import Site
from tests.unit.streaming_parser import dechunked, without_icy

FRAME = b"\xff\xfb"


async def head_of(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\r\n\r\n")).decode().lower()


async def left(site: Site) -> None:
    """Wait until the server has noticed that its clients have left."""
    async with asyncio.timeout(10):
        while site.session.listeners:
            await site.pass_time()
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("name", FORMATS)
async def test_each_format_has_its_headers_and_bytes(site: Site, name: str) -> None:
    async with site.client.get(f"/stream/master.{name}") as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == FORMATS[name].mime
        assert response.headers["Cache-Control"] == "no-store, no-transform"
        assert response.headers["X-Accel-Buffering"] == "no"
        assert response.headers["icy-name"] == "Test FM"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Drift-Position" in response.headers["Access-Control-Expose-Headers"]
        assert response.headers["Drift-Position"] == "0"
        assert ("icy-br" in response.headers) == (name != "flac")
        assert "icy-metaint" not in response.headers
        assert len(await response.content.readany()) > 0
        assert site.session.listeners == 1
    await left(site)


async def test_without_an_extension_it_is_mp3(site: Site) -> None:
    async with site.client.get("/stream/master") as response:
        assert response.content_type == "audio/mpeg"
        assert (await response.content.readexactly(2)) == FRAME


async def test_icy_only_when_asked_and_possible(site: Site) -> None:
    async with site.client.get("/stream/master.mp3", headers={"Icy-MetaData": "1"}) as response:
        every = int(response.headers["icy-metaint"])
        for _ in range(4):
            await site.pass_time(4)
        data = await response.content.readexactly(every + 1 + 48)
        audio, titles = without_icy(data, every)
        assert audio.startswith(FRAME)
        assert titles == ["Artist 0 - Title 0"]
    for path, value in (("mp3", "0"), ("opus", "1")):
        async with site.client.get(f"/stream/master.{path}", headers={"Icy-MetaData": value}) as response:
            assert "icy-metaint" not in response.headers


async def test_head_and_probe_and_preflight_are_no_listeners(site: Site) -> None:
    async with site.client.head("/stream/master.mp3") as response:
        assert (response.status, response.content_type) == (200, "audio/mpeg")
    for value in ("bytes=0-1", "bytes = 0-1"):
        async with site.client.get("/stream/master.mp3", headers={"Range": value}) as response:
            assert response.status == 206
            assert response.headers["Content-Range"] == "bytes 0-1/*"
            assert await response.read() == FRAME
    async with site.client.options("/stream/master.mp3") as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert site.session.listeners == 0
    assert site.session.state == "idle"
    assert len(site.supervisor) == 0


async def test_an_open_range_is_the_whole_stream(site: Site) -> None:
    async with site.client.get("/stream/master.mp3", headers={"Range": "bytes=0-"}) as response:
        assert response.status == 200
        assert site.session.listeners == 1


async def test_http_1_0_is_not_chunked(site: Site) -> None:
    reader, writer = await site.raw("GET /stream/master.mp3 HTTP/1.0")
    head = await head_of(reader)
    assert "transfer-encoding" not in head
    assert await reader.readexactly(2) == FRAME
    writer.close()
    await left(site)


async def test_an_unknown_format_lists_the_known_ones(site: Site) -> None:
    async with site.client.get("/stream/master.wma") as response:
        error = (await response.json())["error"]
        assert (response.status, error["code"]) == (404, "not-found")
        assert error["details"]["formats"] == ["aac", "flac", "mp3", "opus", "webm"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_an_unknown_session(site: Site, method: str) -> None:
    async with site.client.request(method, "/stream/nobody.mp3") as response:
        assert response.status == 404


async def test_an_empty_library_is_503_with_retry_after(site: Site) -> None:
    site.studio.library.tracks.clear()
    async with site.client.get("/stream/master.mp3") as response:
        assert response.status == 503
        assert int(response.headers["Retry-After"]) > 0
        assert (await response.json())["error"]["code"] == "not-ready"
    assert site.session.listeners == 0


async def test_a_stream_that_is_ended_ends_cleanly(site: Site) -> None:
    reader, writer = await site.raw("GET /stream/master.mp3 HTTP/1.1\nHost: x")
    assert "transfer-encoding: chunked" in await head_of(reader)
    await site.pass_time()
    site.mounts.end_all("shutdown")
    async with asyncio.timeout(10):
        data = await reader.read()  # until the server closes
    assert data.endswith(b"\r\n0\r\n\r\n")
    assert dechunked(data).startswith(FRAME)
    assert site.session.listeners == 0
    writer.close()


async def test_a_client_that_left_just_before_the_end_is_no_error(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def left_already(*_: object) -> None:
        raise ConnectionResetError("Cannot write to closing transport")

    async with site.client.get("/stream/master.mp3") as response:
        await response.content.readexactly(2)
        monkeypatch.setattr(web.StreamResponse, "write_eof", left_already)
        site.mounts.end_all("shutdown")
        await settle()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_client_that_leaves_leaves_nothing_behind(site: Site) -> None:
    clients = [await site.raw("GET /stream/master.mp3 HTTP/1.1\nHost: x") for _ in range(20)]
    for reader, _ in clients:
        await head_of(reader)
    assert site.session.listeners == 20
    for _, writer in clients:
        writer.transport.abort()
    await left(site)
    await site.pass_time()
    await settle()
    assert len(site.supervisor) == 0
    assert all(mount.listeners == 0 and not mount.running for mount in site.mounts)


async def test_a_pump_that_breaks_ends_the_stream_and_turns_health_red(site: Site) -> None:
    async with site.client.get("/stream/master.mp3") as response:
        await response.content.readexactly(2)

        async def broken(codec: Codec, quantum: int, count: int) -> list[list[bytes]]:
            raise RuntimeError("a bug")

        site.session.packets = broken  # type: ignore[method-assign]
        await site.pass_time()
        async with asyncio.timeout(10):
            await response.content.read()  # to its clean end
    async with site.client.get("/health") as health:
        assert health.status == 503
        assert "broke: a bug" in (await health.json())["reasons"][0]
