"""Rooms as those in them see them, while connections, browsers and the server itself fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout, CookieJar

from tests.support.live import Live, Watcher, eventually
from tests.support.server import Server, StartServer
from tests.support.tones import tones

CLIENTS = 20
EACH = 50


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tones(tmp_path_factory.mktemp("tones") / "music", 2, seconds=20)


@pytest.fixture
def start(start_server: StartServer, music: Path, monkeypatch: pytest.MonkeyPatch) -> StartServer:
    """Starts a server in which people may write as fast as they can."""
    monkeypatch.setenv("DRIFT_ROOMS_MESSAGES_BURST", "10000")
    monkeypatch.setenv("DRIFT_ROOMS_ROOM_MESSAGES_PER_S", "10000")
    return lambda *arguments, **how: start_server("--library", str(music), *arguments, **how)


@asynccontextmanager
async def browser(server: Server) -> AsyncIterator[Live]:
    """Somebody of whom nothing is known yet."""
    async with ClientSession(
        server.url, timeout=ClientTimeout(60), cookie_jar=CookieJar(unsafe=True)
    ) as client:
        yield Live(client)


async def join(live: Live, name: str, session: str = "master") -> dict[str, Any]:
    document = {"sessionId": session, "displayName": name}
    return await live.do("POST", "/api/sessions.join", document)


async def say(live: Live, text: str, message_id: str, session: str = "master") -> dict[str, Any]:
    document = {"sessionId": session, "text": text, "messageId": message_id}
    return await live.do("POST", "/api/sessions.say", document)


async def room(live: Live, session: str = "master") -> dict[str, Any]:
    return await live.do("GET", f"/api/sessions.room?sessionId={session}")


async def history(live: Live) -> list[dict[str, Any]]:
    """Everything that was ever said in the master's room."""
    found: list[dict[str, Any]] = []
    while True:
        before = f"&before={found[0]['id']}" if found else ""
        page = await live.do("GET", f"/api/sessions.messages?sessionId=master&limit=200{before}")
        found = page["messages"] + found
        if not page["more"]:
            return found


async def test_kill_9_loses_and_doubles_no_message_that_was_acknowledged(start: StartServer) -> None:
    server = start()
    acknowledged: list[dict[str, Any]] = []

    async def write(live: Live, author: int) -> None:
        for number in range(EACH):
            text = f"{author}:{number}"
            acknowledged.append(await say(live, text, text))
            if len(acknowledged) == CLIENTS * EACH // 2:
                server.process.kill()

    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(browser(server)) for _ in range(CLIENTS)]
        for author, live in enumerate(people):
            await join(live, f"Person {author}")
        writing = [write(live, author) for author, live in enumerate(people)]
        ends = await asyncio.gather(*writing, return_exceptions=True)
        assert any(isinstance(one, ClientError) for one in ends), "it was killed while they wrote"
        server.process.wait()
        again = start(port=server.port)
        before = list(acknowledged)
        assert len(before) >= CLIENTS * EACH // 2
        found = {one["id"]: one for one in await history(people[0])}
        for one in before:
            assert found[one["id"]] == one
        assert len({one["text"] for one in found.values()}) == len(found), "each once"
        # What was not acknowledged is sent again, as clients do: each is there once in the end.
        for author, live in enumerate(people):
            for number in range(EACH):
                await say(live, f"{author}:{number}", f"{author}:{number}")
        after = await history(people[1])
        assert again.process.poll() is None
    assert sorted(one["text"] for one in after) == sorted(
        f"{author}:{number}" for author in range(CLIENTS) for number in range(EACH)
    )
    assert [one["id"] for one in after] == sorted(one["id"] for one in after)
    for author in range(CLIENTS):
        mine = [int(one["text"].partition(":")[2]) for one in after if one["text"].startswith(f"{author}:")]
        assert mine == sorted(mine), "in the order in which each was written"


async def test_two_see_each_other_come_write_and_go(start: StartServer) -> None:
    server = start()
    async with browser(server) as ann, browser(server) as bob, browser(server) as stranger:
        await join(ann, "Ann")
        async with ann.client.get("/events/master") as first, stranger.client.get("/events/master") as third:
            at_ann, at_stranger = Watcher(first), Watcher(third)
            assert (await at_ann.until("hello"))["room"]["you"]["name"] == "Ann"
            assert (await at_stranger.until("hello"))["room"] is None
            await join(bob, "Bob")
            came = (await at_ann.until("participant"))["participant"]
            assert (came["name"], came["present"]) == ("Bob", True)
            async with bob.client.get("/events/master") as second:
                at_bob = Watcher(second)
                await at_bob.until("hello")
                sent = await say(ann, "hello", "1")
                assert (await at_bob.until("chat"))["message"] == sent
                assert (await at_ann.until("chat"))["message"] == sent
            # Bob's connection is lost without a word of his.
            gone = (await at_ann.until("participant"))["participant"]
            assert (gone["name"], gone["present"]) == ("Bob", False)
            seen = set()
            while (event := await at_stranger.next())[0] != "heartbeat":
                seen.add(event[0])
            assert not seen & {"chat", "participant"}, "others learn nothing of it"


async def test_two_tabs_of_one_browser_are_one_participant(start: StartServer) -> None:
    server = start()
    async with browser(server) as ann, browser(server) as bob:
        await join(ann, "Ann")
        await join(bob, "Bob")
        async with ann.client.get("/events/master") as watching:
            watcher = Watcher(watching)
            await watcher.until("hello")
            async with bob.client.get("/events/master") as tab:
                await Watcher(tab).until("hello")
                async with bob.client.get("/events/master") as other:
                    await Watcher(other).until("hello")
                again = await join(bob, "Bob")
                names = [one["name"] for one in (await room(ann))["participants"]]
                assert sorted(names) == ["Ann", "Bob"]
                await say(bob, "still one", "1")
                assert (await watcher.until("chat"))["message"]["participantId"] == again["you"][
                    "participantId"
                ]


async def test_presence_after_a_crash_is_who_has_come_back(start: StartServer) -> None:
    server = start()
    async with browser(server) as ann, browser(server) as bob:
        first = await join(ann, "Ann")
        await join(bob, "Bob")
        server.process.kill()
        server.process.wait()
        again = start(port=server.port)
        async with ann.client.get("/events/master") as watching:
            hello = await Watcher(watching).until("hello")
            assert hello["room"]["you"]["participantId"] == first["you"]["participantId"]
            assert [one["name"] for one in hello["room"]["participants"]] == ["Ann"]

            async def back() -> bool:
                names = [one["name"] for one in (await room(ann))["participants"]]
                return sorted(names) == ["Ann", "Bob"]

            async with bob.client.get("/events/master"):
                await eventually(back, "Bob to be there")
        assert again.process.poll() is None
