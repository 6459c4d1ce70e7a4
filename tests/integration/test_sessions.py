"""Many sessions on a real server, and clients that come and go."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from aiohttp import ClientSession, TCPConnector
from yarl import URL

from drift.app import running
from drift.config import Config
from tests.integration.test_shutdown import COMPLAINTS
from tests.support.churn import Churn, cycles, open_files
from tests.support.live import eventually
from tests.support.server import Server, wait_for
from tests.support.tones import tones

TRACKS = 6
FILES_MORE = 16
"""Connections to the database that are kept when several were needed at once; a leak would be hundreds."""


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tones(tmp_path_factory.mktemp("tones") / "music", TRACKS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, music: Path) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("sessions"), "--library", str(music), development=True)
    made.wait_until_playable(TRACKS)
    yield made
    made.interrupt()
    assert not COMPLAINTS.search(made.log), made.log


@pytest.fixture(scope="module")
def lean(tmp_path_factory: pytest.TempPathFactory, music: Path) -> Iterator[Server]:
    """Without Python's development mode, which needs memory of its own."""
    made = Server(tmp_path_factory.mktemp("lean"), "--library", str(music))
    try:
        made.wait_until_playable(TRACKS)
        yield made
    finally:
        made.close()


def memory_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) * 1024


def clients_of(server: Server) -> float:
    """Listeners and event clients, as the server counts them."""
    with urlopen(f"{server.url}/metrics", timeout=20) as answer:
        lines = answer.read().decode().splitlines()
    wanted = ("drift_stream_listeners{", "drift_events_clients ")
    return sum(float(line.split()[-1]) for line in lines if line.startswith(wanted))


def wait_until_closed(server: Server, before: Counter[str]) -> None:
    """Return when no more is open than before."""

    def closed() -> bool:
        now = open_files(server.process.pid)
        return now["socket"] <= before["socket"] and now["file"] <= before["file"] + FILES_MORE

    wait_for(lambda: clients_of(server) == 0, "all clients to be gone", 60)
    wait_for(closed, "sockets and files to be closed", 90)


async def test_of_a_hundred_who_want_a_name_one_gets_it(server: Server) -> None:
    async with ClientSession(server.url, connector=TCPConnector(limit=0)) as client:

        async def create() -> tuple[int, dict[str, Any]]:
            async with client.post("/api/session/create", json={"sessionName": "The One"}) as answer:
                return answer.status, await answer.json()

        answers = await asyncio.gather(*(create() for _ in range(100)))
        assert Counter(status for status, _ in answers) == {201: 1, 409: 99}
        (made,) = [body for status, body in answers if status == 201]
        for status, body in answers:
            assert body["sessionId"] == "the-one"
            for url in ("webUrl", "streamUrl", "eventsUrl"):
                assert body[url] == made[url]
            assert status == 201 or body["error"]["code"] == "conflict"
        async with client.get(made["webUrl"]) as answer:
            assert answer.status == 200
        async with client.delete("/api/session/the-one") as answer:
            assert answer.status == 200


async def test_fifty_at_random_leave_nothing_behind(server: Server) -> None:
    warm = Churn(server.url, seed=2)
    await warm.run(2, 50)
    wait_for(lambda: clients_of(server) == 0, "all clients to be gone", 60)
    before = open_files(server.process.pid)
    churn = Churn(server.url)
    await churn.run(10, 50)
    assert churn.tally.unexpected == []
    done = Counter(what for what, status in churn.tally.answers if status < 300)
    assert set(done) >= {"create", "follow", "end", "listen", "watch", "look"}, churn.tally.answers
    assert churn.tally.total >= 200
    wait_until_closed(server, before)
    assert server.get("/health")[0] == 200


async def test_no_task_outlives_its_client(tmp_path: Path, music: Path) -> None:
    """As above, in this process, whose tasks can be counted."""
    config = Config.model_validate(
        {
            "server": {"port": 0},
            "data": {"directory": str(tmp_path)},
            "library": {"paths": [str(music)]},
            "stream": {"idle_pause_s": 0},
        }
    )
    async with running(config) as url:
        async with ClientSession(url) as client:
            await eventually(lambda: _prepared(client), "the library")
        before = _tasks()
        churn = Churn(url)
        await churn.run(4, 20)
        assert churn.tally.unexpected == []

        async def ended() -> bool:
            return not _tasks() - before

        await eventually(ended, "tasks to end")


async def _prepared(client: ClientSession) -> bool:
    async with client.get("/health") as answer:
        library = (await answer.json())["library"]
        return library["tracks"] == TRACKS and library["scanning"] is None


def _tasks() -> Counter[str]:
    """What the tasks of this loop do, this one's aside."""
    mine = asyncio.current_task()
    return Counter(str(task.get_coro()).split(" at ")[0] for task in asyncio.all_tasks() if task is not mine)


async def test_two_hundred_cycles_need_no_more_memory(lean: Server) -> None:
    pid = lean.process.pid
    await cycles(lean.url, 60, 0)
    wait_for(lambda: clients_of(lean) == 0, "all clients to be gone", 60)
    files, memory = open_files(pid), memory_bytes(pid)
    await cycles(lean.url, 200, 60)
    wait_until_closed(lean, files)
    assert memory_bytes(pid) - memory <= 12e6, "60 kB for each cycle would be a leak"


@pytest.mark.alone
async def test_who_floods_commands_is_held_back_and_nobody_else(server: Server) -> None:
    """Commands at a thousand a second from one address; a listener and a watcher on another session."""
    async with (
        ClientSession(server.url, connector=TCPConnector(limit=0)) as client,
        client.get("/stream/master.mp3") as stream,
    ):
        await stream.content.readexactly(1024)
        longest_s, last = 0.0, time.monotonic()
        statuses: Counter[int] = Counter()
        retry_after: set[str] = set()
        flooding = True

        async def listen() -> None:
            nonlocal longest_s, last
            while flooding:
                await stream.content.readany()
                longest_s = max(longest_s, time.monotonic() - last)
                last = time.monotonic()

        async def flood() -> None:
            while flooding:
                async with client.post("/session/master/rename", json={"name": "Flood"}) as answer:
                    statuses[answer.status] += 1
                    if answer.status == 429:
                        retry_after.add(answer.headers["Retry-After"])
                    await answer.read()

        begin = time.monotonic()
        async with asyncio.TaskGroup() as group:
            group.create_task(listen())
            for _ in range(50):
                group.create_task(flood())
            while time.monotonic() - begin < 4:
                async with client.get("/api/session/list") as answer:
                    assert answer.status == 200
                await asyncio.sleep(0.2)
            flooding = False
        passed_s = time.monotonic() - begin
        assert set(statuses) == {200, 429}
        assert statuses[200] <= 40 + 20 * passed_s + 1
        assert statuses[429] > statuses[200]
        assert retry_after == {"1"}
        assert longest_s < 3, "the burst bridges it"


async def test_what_reads_like_an_attack_is_answered(server: Server) -> None:
    """Against the real store, which is stricter than a stand-in."""
    async with ClientSession() as client:
        for name in ("%00", "%ff", "%ed%a0%80", "..%2f..%2fx", "x" * 5000, "%F0%9F%8E%B5", "a%0d%0ab"):
            for method, path, expected in (
                ("GET", f"/stream/{name}.mp3", 404),
                ("GET", f"/events/{name}", 404),
                ("DELETE", f"/api/session/{name}", 404),
                ("GET", f"/api/session/info?sessionId={name}", 404),
                ("POST", f"/session/{name}/pause", 404),
                ("GET", f"/session/follow/{name}", 404),
            ):
                async with client.request(
                    method, URL(server.url + path, encoded=True), allow_redirects=False
                ) as answer:
                    assert answer.status == expected, (method, path)
                    assert "error" in await answer.json()
