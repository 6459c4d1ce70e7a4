"""Who follows gets what its target's listeners get, as long as there is a target."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientTimeout

from tests.support.live import MP3_BYTES_PER_S, RATE, WRITTEN_S, Live, Watcher
from tests.support.server import Server, StartServer
from tests.support.tones import tones

COMMANDS = ("next-track", "direction", "play", "seek", "pause", "resume", "reset", "rename")


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tones(tmp_path_factory.mktemp("tones") / "music", 4)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, music: Path) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("followers"), "--library", str(music))
    try:
        made.wait_until_playable(4)
        yield made
    finally:
        made.close()


@pytest.fixture
async def live(server: Server) -> AsyncIterator[Live]:
    async with ClientSession(server.url, timeout=ClientTimeout(120)) as client:
        made = Live(client)
        yield made
        for name in reversed((await made.listed())[1:]):
            await made.do("DELETE", f"/api/session/{name}")


async def recorded(live: Live, name: str, seconds: float) -> tuple[int, bytes]:
    """Where a listener's audio begins, and so much of it."""
    async with live.client.get(f"/stream/{name}.mp3") as stream:
        data = await stream.content.readexactly(int(seconds * MP3_BYTES_PER_S))
        stream.close()
        return int(stream.headers["Drift-Position"]), data


async def test_followers_get_the_bytes_that_their_target_s_listeners_get(live: Live) -> None:
    await live.create("a")
    await live.follow("a", "b")
    await live.follow("b", "c")

    async def later(name: str, after_s: float) -> tuple[int, bytes]:
        await asyncio.sleep(after_s)
        return await recorded(live, name, 6)

    own, *others = await asyncio.gather(recorded(live, "a", 10), later("b", 0.7), later("c", 1.9))
    for position, data in others:
        assert position >= own[0]
        begin, rest = divmod((position - own[0]) * MP3_BYTES_PER_S, RATE)
        assert rest == 0
        common = own[1][begin:]
        assert len(common) > 2 * MP3_BYTES_PER_S
        length = min(len(common), len(data))
        assert common[:length] == data[:length]


async def test_followers_get_the_events_of_their_target(live: Live) -> None:
    await live.create("a")
    await live.follow("a", "b")
    async with live.client.get("/events/a") as one, live.client.get("/events/b") as other:
        target, follower = Watcher(one), Watcher(other)
        hellos = await target.until("hello"), await follower.until("hello")
        assert hellos[0]["session"]["id"] == "a"
        assert hellos[1]["session"]["id"] == "b"
        assert hellos[0]["nowPlaying"] == hellos[1]["nowPlaying"]
        for number in range(5):
            await live.do("POST", "/session/a/rename", {"name": f"n{number}"})
        for number in range(5):
            assert await target.until("renamed") == await follower.until("renamed") == {"name": f"n{number}"}
        assert target.ids[-5:] == follower.ids[-5:]


@pytest.mark.parametrize("command", COMMANDS)
async def test_followers_take_no_command(live: Live, command: str) -> None:
    await live.create("a")
    await live.follow("a", "b")
    document = {
        "direction": {"direction": None},
        "play": {"trackId": "x"},
        "seek": {"positionS": 1},
        "rename": {"name": "x"},
    }.get(command)
    status, body = await live.ask("POST", f"/session/b/{command}", document)
    assert (status, body["error"]["code"], body["followingSession"]) == (403, "forbidden", "a")


async def test_the_end_of_the_target_and_its_return(live: Live) -> None:
    assert (await live.ask("GET", "/stream/b"))[0] == 404
    status, _ = await live.ask("POST", "/api/session/follow", {"sessionName": "a", "followerName": "b"})
    assert status == 404, "there is nothing to follow yet"
    first = await live.create("a")
    await live.follow("a", "b")
    await live.follow("b", "c")
    async with live.client.get("/events/c") as events, live.client.get("/stream/b.mp3") as stream:
        watcher = Watcher(events)
        await watcher.until("hello")
        await stream.content.readexactly(10_000)
        await live.do("DELETE", "/api/session/a")
        assert await watcher.until("session-ended") == {"reason": "deleted"}
        async with asyncio.timeout(60):
            assert await events.content.read() == b""
            await stream.content.read()  # to a clean end
    for path in ("/stream/b", "/events/c"):
        assert (await live.ask("GET", path))[0] == 404
    assert await live.listed() == ["master", "b", "c"]
    second = await live.create("a")
    assert second["uid"] != first["uid"]
    for name in ("b", "c"):
        assert (await recorded(live, name, 1))[1]
        assert (await live.info(name))["followingSession"] == "a"


async def test_followers_outlive_kill_9(start_server: StartServer, music: Path) -> None:
    server = start_server("--library", str(music))
    server.wait_until_playable(4)
    async with ClientSession(server.url) as client:
        live = Live(client)
        await live.create("a")
        made = [await live.follow("a", "b"), await live.follow("b", "c"), await live.follow("master", "d")]
        await asyncio.sleep(WRITTEN_S)
    server.process.kill()
    server.process.wait()
    server = start_server("--library", str(music))
    server.wait_until_playable(4)
    async with ClientSession(server.url) as client:
        live = Live(client)
        assert await live.listed() == ["master", "a", "b", "c", "d"]
        for before in made:
            after = await live.info(before["sessionId"])
            for name in ("uid", "name", "type", "followingSession", "created"):
                assert after[name] == before[name]
        target, follower = await recorded(live, "a", 2), await recorded(live, "c", 2)
        assert len(target[1]) == len(follower[1])
