from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.unit.api.asking import COMMANDS, ask, create, events, follow, listed
from tests.unit.http_site import Site

# Followers


async def test_a_follower_looks_like_its_target_but_is_read_only(site: Site) -> None:
    target = await create(site, "a")
    made = await follow(site, "a", "Ears")
    assert (made["sessionId"], made["name"], made["type"]) == ("ears", "Ears", "follower")
    assert (made["followingSession"], made["allowCommands"]) == ("a", False)
    assert made["nowPlaying"] == target["nowPlaying"]
    async with site.client.get("/events/a"), site.client.get("/events/ears") as ears:
        text = (await ears.content.readuntil(b"\n\n")).decode()
        hello = json.loads(text.partition("data: ")[2])
        assert hello["session"] == {
            "id": "ears",
            "uid": made["uid"],
            "name": "Ears",
            "type": "follower",
            "followingSession": "a",
            "allowCommands": False,
        }
        assert hello["streams"][0]["url"].startswith("/stream/ears.")
        shown = (await ask(site, "GET", "/api/session/info?sessionId=ears"))[1]
        assert (shown["eventClients"], shown["clients"], shown["listeners"]) == (2, 2, 0)


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_follower_takes_no_command(site: Site, command: str) -> None:
    await create(site, "a")
    await follow(site, "a", "b")
    await follow(site, "b", "c")
    for session in ("b", "c"):
        status, body = await ask(site, "POST", f"/session/{session}/{command}", COMMANDS[command])
        assert status == 403
        assert body["error"]["code"] == "forbidden"
        assert body["followingSession"] == "a"


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_other_session_takes_every_command(site: Site, command: str) -> None:
    await create(site, "a")
    for session in ("a", "master"):
        status, body = await ask(site, "POST", f"/session/{session}/{command}", COMMANDS[command])
        assert (status, body["sessionId"]) == (200, session), body
    assert (await ask(site, "POST", f"/session/nobody/{command}", COMMANDS[command]))[0] == 404


async def test_what_cannot_be_followed(site: Site) -> None:
    await create(site, "a")
    await follow(site, "a", "b")
    for target, name, status in (
        ("nobody", "c", 404),
        ("", "c", 404),
        ("a", "a", 422),
        ("a", "A ", 422),
        ("b", "b", 409),
        ("b", "a", 422),
        ("a", "b", 409),
        ("a", "master", 422),
    ):
        document = {"sessionName": target, "followerName": name}
        found, body = await ask(site, "POST", "/api/session/follow", document)
        assert found == status, (target, name)
        if status == 409:
            assert body["webUrl"].endswith("/session/b")
    assert await listed(site) == ["master", "a", "b"]


async def test_a_follower_of_what_is_not_there_waits(site: Site) -> None:
    await create(site, "a")
    await follow(site, "a", "b")
    assert (await ask(site, "DELETE", "/api/session/a"))[0] == 200
    assert (await ask(site, "GET", "/api/session/list"))[1]["sessions"][1]["state"] == "waiting"
    for path in ("/events/b", "/stream/b.mp3", "/api/session/info?sessionId=b"):
        assert (await ask(site, "GET", path))[0] == 404, path
    assert (await ask(site, "POST", "/session/b/next-track"))[1]["followingSession"] == "a"
    await create(site, "a")
    async with site.client.get("/events/b") as answer:
        assert answer.status == 200


async def cut_off(site: Site, ended: str, watching: Any, listening: Any) -> None:
    """End a session: who watches is told, and nothing comes any more."""
    await listening.content.readexactly(2)
    assert (await ask(site, "DELETE", f"/api/session/{ended}"))[0] == 200
    assert (await events(site, watching, "session-ended"))[-1] == "session-ended"
    async with asyncio.timeout(10):
        await watching.content.read()
        await listening.content.read()


async def test_the_end_of_the_target_reaches_its_followers_clients(site: Site) -> None:
    await create(site, "a")
    await follow(site, "a", "b")
    async with site.client.get("/events/b") as watching, site.client.get("/stream/b.mp3") as listening:
        await events(site, watching, "hello")
        await cut_off(site, "a", watching, listening)
    assert (await ask(site, "GET", "/stream/b"))[0] == 404


async def test_the_end_of_a_follower_reaches_its_own_clients_only(site: Site) -> None:
    await create(site, "a")
    await follow(site, "a", "b")
    async with site.client.get("/events/a") as others, site.client.get("/events/b") as watching:
        async with site.client.get("/stream/b.mp3") as listening:
            await events(site, others, "hello")
            await events(site, watching, "hello")
            await cut_off(site, "b", watching, listening)
        assert site.registry.get("a") is not None
        (await ask(site, "POST", "/session/a/rename", {"name": "b"}))
        assert "session-ended" not in await events(site, others, "renamed")


# Ending


async def test_the_end(site: Site) -> None:
    await create(site, "a")
    async with site.client.get("/events/a") as watching, site.client.get("/stream/a.mp3") as listening:
        await events(site, watching, "hello")
        await listening.content.readexactly(2)
        status, body = await ask(site, "DELETE", "/api/session/a")
        assert (status, body["sessionId"], body["ended"]) == (200, "a", True)
        await events(site, watching, "session-ended")
        async with asyncio.timeout(10):
            assert await watching.content.read() == b""
            await listening.content.read()  # a clean end: else this raises
    status, body = await ask(site, "DELETE", "/api/session/a")
    assert (status, body["error"]["code"]) == (404, "not-found")
    for path in ("/events/a", "/stream/a", "/session/a", "/api/session/info?sessionId=a"):
        assert (await ask(site, "GET", path))[0] == 404, path
    assert len(site.supervisor) == 0 or await _pumps_end(site)


async def _pumps_end(site: Site) -> bool:
    for _ in range(5):
        await site.pass_time()
    return len(site.supervisor) == 0


async def test_the_master_stays(site: Site) -> None:
    for same in ("master", site.registry.master.uid):
        assert (await ask(site, "DELETE", f"/api/session/{same}"))[0] == 409
    assert await listed(site) == ["master"]


UNKNOWN = [
    "nobody",
    "%00",
    "%ff",
    "..%2f..%2fetc",
    "x" * 5000,
    "%F0%9F%8E%B5",
    "%ed%a0%80",
    "a%0d%0ab",
    "MASTER",
]


@pytest.mark.parametrize("name", UNKNOWN)
async def test_unknown_ids(site: Site, name: str) -> None:
    for method, path in (
        ("DELETE", f"/api/session/{name}"),
        ("GET", f"/api/session/info?sessionId={name}"),
        ("GET", f"/events/{name}"),
        ("GET", f"/stream/{name}"),
        ("GET", f"/stream/{name}.mp3"),
        ("GET", f"/session/{name}"),
        ("GET", f"/session/{name}/explore"),
        ("POST", f"/session/{name}/next-track"),
    ):
        status, body = await ask(site, method, path)
        assert status == 404, path
        assert body["error"]["code"] == "not-found"
    document = {"sessionName": name, "followerName": "b"}
    assert (await ask(site, "POST", "/api/session/follow", document))[0] in {404, 422}
