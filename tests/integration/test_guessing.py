"""Ten thousand guesses at a session's codes, over real HTTP."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector

from drift.access import new_codes
from drift.access.doorkeeper import BURST, PER_S, SESSION_BURST
from tests.support.server import Server

GUESSES = 10_000
ATTACKERS = [f"127.0.0.{number}" for number in range(2, 7)]
"""Clients, each with an address of its own."""
TASKS = 4
"""Guesses that each of them has under way."""
GUEST = "127.0.0.99"
SLOWEST_S = 2.0
"""For whoever has nothing to do with it, on a machine that has other tests to do."""


@asynccontextmanager
async def from_address(address: str, url: str) -> AsyncIterator[ClientSession]:
    """A client with this address."""
    connector = TCPConnector(local_addr=(address, 0), limit=TASKS)
    async with ClientSession(url, connector=connector, cookie_jar=CookieJar(unsafe=True)) as client:
        yield client


async def join(client: ClientSession, code: str) -> tuple[int, str, float]:
    """Status, Retry-After and how long the answer took."""
    begin = time.monotonic()
    document = {"sessionId": "kitchen", "code": code, "displayName": "Eve"}
    async with client.post("/api/sessions.join", json=document) as answer:
        await answer.read()
        return answer.status, answer.headers.get("Retry-After", ""), time.monotonic() - begin


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """As it is in use: development mode would have it look slower than it is."""
    (tmp_path / "music").mkdir()
    config = tmp_path / "drift.toml"
    config.write_text("[access]\nmode = 'codes'\n")
    arguments = ("--config", str(config), "--library", str(tmp_path / "music"))
    started = Server(tmp_path / "server", *arguments)
    yield started
    started.close()


async def test_guessing_is_stopped_and_nobody_else_is(server: Server) -> None:
    outcomes: Counter[int] = Counter()
    waits: set[str] = set()
    left = GUESSES

    async def guess(client: ClientSession) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            status, wait, _ = await join(client, new_codes().host)
            outcomes[status] += 1
            if status == 429:
                waits.add(wait)

    async def look_on(client: ClientSession, codes: dict[str, Any]) -> tuple[list[float], list[float]]:
        """How long others wait, to join with a code, and for anything else."""
        joins, looks = [], []
        while left > 0:
            status, _, took_s = await join(client, codes["viewerCode"])
            assert status == 200, "a right code is right meanwhile"
            joins.append(took_s)
            begin = time.monotonic()
            async with client.get("/api/session/list") as answer:
                assert answer.status == 200
                await answer.read()
            looks.append(time.monotonic() - begin)
            await asyncio.sleep(0.2)
        return joins, looks

    async with AsyncExitStack() as stack:
        guest = await stack.enter_async_context(from_address(GUEST, server.url))
        async with guest.post("/api/sessions.create", json={"sessionName": "kitchen"}) as answer:
            codes = await answer.json()
            assert answer.status == 201
        clients = [await stack.enter_async_context(from_address(one, server.url)) for one in ATTACKERS]
        begin = time.monotonic()
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(look_on(guest, codes))
            for client in clients:
                for _ in range(TASKS):
                    group.create_task(guess(client))
        took_s = time.monotonic() - begin
        joins, looks = looking.result()
        most = min(len(ATTACKERS) * (BURST + took_s * PER_S), SESSION_BURST)
        told = (
            f"{GUESSES} guesses in {took_s:.1f} s: {dict(outcomes)}, at most {most:.0f} to be hashed; "
            f"{len(joins)} others joined, median {median(joins):.3f} s, slowest {max(joins):.3f} s; "
            f"other requests: median {median(looks):.3f} s, slowest {max(looks):.3f} s"
        )
        sys.stdout.write(told)
        assert sum(outcomes.values()) == GUESSES
        assert outcomes.keys() == {403, 429}
        assert len(ATTACKERS) * BURST <= outcomes[403] <= most
        assert all(1 <= int(wait) <= 6 for wait in waits)
        assert len(joins) > 1
        assert max(looks) < SLOWEST_S, told
        assert max(joins) < SLOWEST_S, told
        status, wait, _ = await join(clients[0], codes["hostCode"])
        assert (status, bool(wait)) == (429, True), "whoever guesses right at last does not get in"
        await asyncio.sleep(int(wait))
        assert (await join(clients[0], codes["hostCode"]))[0] == 200, "but after a while"
    assert server.log.count("wrong-code") == outcomes[403]
    assert "Traceback" not in server.log
