from __future__ import annotations

import configparser
from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest

from mixer.codecs import FORMATS
from tests.unit.http_site import Site

STATUS = "/status-json.xsl"


async def test_m3u(site: Site) -> None:
    async with site.client.get("/listen/master.m3u", headers={"Host": "radio.example:8000"}) as response:
        assert response.headers["Content-Type"] == "audio/x-mpegurl; charset=utf-8"
        assert (await response.text()).splitlines() == [
            "#EXTM3U",
            "#EXTINF:-1,Test FM: master",
            "http://radio.example:8000/stream/master.mp3",
        ]


async def test_pls(site: Site) -> None:
    async with site.client.get("/listen/master.pls") as response:
        assert response.headers["Content-Type"] == "audio/x-scpls; charset=utf-8"
        parser = configparser.ConfigParser()
        parser.read_string(await response.text())
    entry = dict(parser["playlist"])
    url = f"http://127.0.0.1:{site.client.port}/stream/master.mp3"
    assert (entry["file1"], entry["title1"], entry["length1"]) == (url, "Test FM: master", "-1")
    assert (entry["numberofentries"], entry["version"]) == ("1", "2")


@pytest.mark.parametrize("kind", ["m3u", "pls"])
async def test_a_follower_has_its_own_url(site: Site, kind: str) -> None:
    await site.registry.follow("master", "echo")
    async with site.client.get(f"/listen/echo.{kind}") as response:
        text = await response.text()
        assert "/stream/echo.mp3" in text
        assert "/stream/master" not in text


@pytest.mark.parametrize("name", ["nobody.m3u", "nobody.pls", "master.xspf", "master"])
async def test_what_there_is_not(site: Site, name: str) -> None:
    async with site.client.get(f"/listen/{name}") as response:
        assert (response.status, (await response.json())["error"]["code"]) == (404, "not-found")


async def test_head(site: Site) -> None:
    async with site.client.head("/listen/master.m3u") as response:
        assert response.status == 200


async def test_status_as_icecast_has_it(site: Site) -> None:
    async with site.client.get(STATUS) as response:
        assert response.content_type == "application/json"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        stats = (await response.json())["icestats"]
    base = f"http://127.0.0.1:{site.client.port}"
    assert stats["admin"]
    assert (stats["host"], stats["location"]) == (base.removeprefix("http://"), "Test FM")
    assert stats["server_id"].startswith("Drift ")
    (source,) = stats["source"]  # a list, also when there is one
    assert source | {"title": "", "stream_start": "", "stream_start_iso8601": ""} == {
        "audio_info": "channels=2;samplerate=48000;bitrate=192",
        "bitrate": 192,
        "channels": 2,
        "genre": "various",
        "listener_peak": 0,
        "listeners": 0,
        "listenurl": f"{base}/stream/master.mp3",
        "samplerate": 48000,
        "server_description": "An endless mix",
        "server_name": f"Test FM: {site.session.name}",
        "server_type": "audio/mpeg",
        "server_url": f"{base}/session/master",
        "stream_start": "",
        "stream_start_iso8601": "",
        "title": "",
    }
    for name, found in (("server_start", stats), ("stream_start", source)):
        when = datetime.fromisoformat(found[f"{name}_iso8601"])
        assert parsedate_to_datetime(found[name]) == when


async def test_status_tells_of_listeners_by_format_and_of_what_plays(site: Site) -> None:
    async with site.client.get("/stream/master.mp3"), site.client.get("/stream/master.opus"):
        await site.pass_time()
        async with site.client.get(STATUS) as response:
            sources = (await response.json())["icestats"]["source"]
    assert [(one["server_type"], one["listeners"], one["listener_peak"]) for one in sources] == [
        (FORMATS["mp3"].mime, 1, 1),
        (FORMATS["opus"].mime, 1, 1),
    ]
    assert {one["title"] for one in sources} == {"Artist 0 - Title 0"}


async def test_status_has_a_source_for_each_session(site: Site) -> None:
    await site.registry.create("kitchen")
    async with site.client.get(STATUS) as response:
        sources = (await response.json())["icestats"]["source"]
    assert [one["listenurl"].rpartition("/")[2] for one in sources] == ["master.mp3", "kitchen.mp3"]
