from __future__ import annotations

import re

import pytest

from drift.streaming.hls import PATIENCE_S
from mixer.clock import QUANTUM_S
from tests.unit.fakes import settle
from tests.unit.http_site import Site
from tests.unit.streaming.transport_stream import taken_apart

PLAYLIST = "/hls/master/index.m3u8"
TICKS = 5


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site's burst is less than one segment: time must pass before there are enough."""
    monkeypatch.setattr("drift.streaming.hls._START_S", 0.05)


async def begun(site: Site, path: str = PLAYLIST) -> str:
    """The playlist with something in it."""
    async with site.client.get(path) as response:
        assert response.status == 503
    for _ in range(TICKS):
        await site.pass_time(4)
    async with site.client.get(path) as response:
        assert response.status == 200
        return await response.text()


async def test_playlist_and_segments(site: Site) -> None:
    text = await begun(site)
    async with site.client.get(PLAYLIST) as response:
        assert response.headers["Content-Type"] == "application/vnd.apple.mpegurl"
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    uris = re.findall(r"^\d+\.ts$", text, re.MULTILINE)
    assert len(uris) == 3
    async with site.client.get(f"/hls/master/{uris[0]}") as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "video/mp2t"
        assert response.headers["Cache-Control"] == "public, max-age=60"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert taken_apart(await response.read()).data.startswith(b"\xff\xfb")


async def test_before_there_is_anything_it_is_503_with_retry_after(site: Site) -> None:
    async with site.client.get(PLAYLIST) as response:
        assert response.status == 503
        assert int(response.headers["Retry-After"]) > 0
    site.studio.library.tracks.clear()
    async with site.client.get(PLAYLIST) as response:
        assert (await response.json())["error"]["code"] == "not-ready"


async def test_head_starts_nothing(site: Site) -> None:
    async with site.client.head(PLAYLIST) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert (site.session.listeners, len(site.supervisor)) == (0, 0)


@pytest.mark.parametrize("number", ["0", "1", "9" * 15, "9" * 40, "x", "-1", "²"])
async def test_an_unknown_segment(site: Site, number: str) -> None:
    for _ in range(2):  # before and while a feed runs
        async with site.client.get(f"/hls/master/{number}.ts") as response:
            assert (response.status, (await response.json())["error"]["code"]) == (404, "not-found")
        await begun(site) if not site.session.listeners else None


@pytest.mark.parametrize("name", ["index.m3u8", "7.ts"])
async def test_an_unknown_session(site: Site, name: str) -> None:
    async with site.client.get(f"/hls/nobody/{name}") as response:
        assert response.status == 404


async def test_programs_are_told_apart_and_forgotten(site: Site) -> None:
    for program in ("one", "two", "one"):
        async with site.client.get(PLAYLIST, headers={"User-Agent": program}):
            pass
    assert site.session.listeners == 2
    for _ in range(round(PATIENCE_S / QUANTUM_S / 4) + 5):
        await site.pass_time(4)
    await settle()
    assert (site.session.listeners, len(site.supervisor)) == (0, 0)


async def test_a_follower_gets_what_it_follows(site: Site) -> None:
    await site.registry.follow("master", "echo")
    assert await begun(site, "/hls/echo/index.m3u8")
    assert site.session.listeners == 1
    async with site.client.get(PLAYLIST) as own, site.client.get("/hls/echo/index.m3u8") as other:
        assert await own.read() == await other.read()
