"""What a server remembers of its sessions when it is killed, and when nobody uses them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientTimeout

from tests.support.live import MP3_BYTES_PER_S, WRITTEN_S, Live, Watcher, eventually
from tests.support.server import Server, StartServer
from tests.support.tones import tones

TRACKS = 6
NEAR_S = 5.0

HEARD = ("playing", "paused", "steered", "asked", "renamed")


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tones(tmp_path_factory.mktemp("tones") / "music", TRACKS, seconds=40)


def begin(start_server: StartServer, music: Path) -> Server:
    server = start_server("--library", str(music))
    server.wait_until_playable(TRACKS)
    return server


def kill(server: Server) -> None:
    server.process.kill()
    server.process.wait()


def connect(server: Server) -> ClientSession:
    return ClientSession(server.url, timeout=ClientTimeout(120))


async def hear(live: Live, name: str, seconds: float) -> None:
    """Listen for a while."""
    async with live.client.get(f"/stream/{name}.mp3") as stream:
        await stream.content.readexactly(int(seconds * MP3_BYTES_PER_S))
        stream.close()


def near(found: tuple[str, float], place: tuple[str, float]) -> bool:
    """Whether a session is where it was."""
    return found[0] == place[0] and abs(found[1] - place[1]) <= NEAR_S


async def state_of(live: Live, name: str) -> dict[str, Any]:
    """What must be the same again."""
    found = await live.info(name)
    return {key: found[key] for key in ("uid", "name", "type", "created", "held", "followingSession")}


@pytest.mark.alone
async def test_kill_9_while_it_plays(start_server: StartServer, music: Path) -> None:
    server = begin(start_server, music)
    async with connect(server) as client:
        live = Live(client)
        for name in (*HEARD, "idle", "doomed"):
            await live.create(name)
        await live.follow("playing", "ears")
        await asyncio.gather(*(hear(live, name, 5) for name in HEARD))
        tracks = (await live.do("GET", "/api/library/tracks?limit=6"))["tracks"]
        asked = [one["id"] for one in tracks[:3]]
        await live.do("POST", "/session/steered/direction", {"direction": "brighter"})
        await live.do("POST", "/session/asked/play", {"trackIds": asked, "when": "next"})
        await live.do("POST", "/session/renamed/rename", {"name": "Küche 🎵"})
        await live.do("DELETE", "/api/session/doomed")
        streams = [await client.get(f"/stream/{name}.mp3") for name in ("playing", "asked", "master")]
        await live.do("POST", "/session/playing/next-track")
        await live.do("POST", "/session/paused/pause")
        async with client.get("/events/playing") as events:
            watcher = Watcher(events)
            await watcher.until("hello")
            await asyncio.gather(
                *(stream.content.readexactly(int((WRITTEN_S + 3) * MP3_BYTES_PER_S)) for stream in streams)
            )
            await live.do("POST", "/session/playing/rename", {"name": "Playing"})
            await watcher.until("renamed")
            await asyncio.sleep(WRITTEN_S)
        names = [*HEARD, "idle", "master"]
        states = {name: await state_of(live, name) for name in (*names, "ears")}
        journeys = {name: await live.journey(name) for name in names}
        places = {name: await live.place(name) for name in (*HEARD, "master")}
        server.process.kill()
        for stream in streams:
            stream.close()
    server.process.wait()
    last_id = max(watcher.ids)

    for _ in range(2):  # and once more, with nothing done in between
        server = begin(start_server, music)
        async with connect(server) as client:
            live = Live(client)
            assert set(await live.listed()) == {*names, "ears"}
            assert (await live.ask("GET", "/api/session/info?sessionId=doomed"))[0] == 404
            for name in names:
                assert await live.journey(name) == journeys[name], name
            for name, place in places.items():
                assert near(await live.place(name), place), name
            for name, state in states.items():
                assert await state_of(live, name) == state, name
            assert (await live.info("paused"))["state"] == "paused"
            assert (await live.info("asked"))["next"]["id"] == asked[0]
        kill(server)

    server = begin(start_server, music)
    async with connect(server) as client:
        live = Live(client)
        headers = {"Last-Event-ID": str(last_id)}
        async with client.get("/events/playing", headers=headers) as events:
            watcher = Watcher(events)
            await asyncio.gather(*(hear(live, name, 5) for name in ("playing", "ears", "asked")))
            await live.do("POST", "/session/playing/rename", {"name": "Again"})
            assert await watcher.until("renamed") == {"name": "Again"}
            assert watcher.ids == sorted(watcher.ids)
            assert min(watcher.ids) > last_id, "ids do not repeat"
        for name in ("playing", "asked"):
            journey = await live.journey(name)
            assert journey[: len(journeys[name])] == journeys[name]
        await live.do("POST", "/session/paused/resume")
        async with client.get("/stream/paused.mp3") as stream:
            await stream.content.readexactly(3 * MP3_BYTES_PER_S)
            stream.close()
        assert (await live.place("paused"))[0] == places["paused"][0]


async def test_events_missed_in_between_are_sent_and_none_twice(
    start_server: StartServer, music: Path
) -> None:
    server = begin(start_server, music)
    async with connect(server) as client:
        live = Live(client)
        await live.create("a")
        async with client.get("/events/a") as events:
            watcher = Watcher(events)
            await watcher.until("hello")
            await live.do("POST", "/session/a/rename", {"name": "n0"})
            await watcher.until("renamed")
        for number in range(1, 4):
            await live.do("POST", "/session/a/rename", {"name": f"n{number}"})
        headers = {"Last-Event-ID": str(watcher.ids[-1])}
        async with client.get("/events/a", headers=headers) as events:
            again = Watcher(events)
            assert [await again.next() for _ in range(3)] == [
                ("renamed", {"name": f"n{number}"}) for number in range(1, 4)
            ]
            assert (await again.next())[0] == "hello"
        assert again.ids[:3] == sorted(set(again.ids[:3]))
        assert again.ids[0] > watcher.ids[-1]


async def test_what_nobody_uses_is_put_away_and_taken_up_again(
    start_server: StartServer, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRIFT_SESSIONS_CLEANUP_S", "0.2")
    monkeypatch.setenv("DRIFT_SESSIONS_UNLOAD_AFTER_S", "1")
    monkeypatch.setenv("DRIFT_STREAM_IDLE_PAUSE_S", "0")
    server = begin(start_server, music)
    async with connect(server) as client:
        live = Live(client)
        made = await live.create("a")
        async with client.get("/events/b") as answer:
            assert answer.status == 404
        async with client.get("/stream/a.mp3") as stream:
            await live.follow("a", "unused")
            await stream.content.readexactly(6 * MP3_BYTES_PER_S)

            async def forgotten() -> bool:
                return await live.listed() == ["master", "a"]

            await eventually(forgotten, "the follower to be forgotten")
            place, journey = await live.place("a"), await live.journey("a")
            stream.close()

        async def away() -> bool:
            return await live.listed() == ["master"]

        await eventually(away, "the session to be put away")
        assert (await live.ask("GET", "/api/session/info?sessionId=unused"))[0] == 404
    kill(server)
    server = begin(start_server, music)
    async with connect(server) as client:
        live = Live(client)
        assert await live.listed() == ["master"]
        async with client.get("/events/a") as events:
            await Watcher(events).until("hello")
            assert near(await live.place("a"), place)
            assert (await live.info("a"))["uid"] == made["uid"]
            assert await live.journey("a") == journey
            again = await live.ask("POST", "/api/session/create", {"sessionName": "a"})
            assert again[0] == 409, "it is there: somebody has asked for it"
        await eventually(lambda: _is(live, ["master"]), "the session to be put away")
        resumed = await live.create("a")
        assert (resumed["resumed"], resumed["uid"]) == (True, made["uid"])
        async with client.get("/events/a") as events:
            watcher = Watcher(events)
            await watcher.until("hello")
            await asyncio.sleep(2)
            assert await live.listed() == ["master", "a"], "somebody watches"
        await eventually(lambda: _is(live, ["master"]), "the session to be put away")
        await live.do("DELETE", "/api/session/a")
        assert (await live.create("a"))["resumed"] is False


async def _is(live: Live, names: list[str]) -> bool:
    return await live.listed() == names
