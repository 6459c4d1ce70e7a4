"""A server's sessions, as clients that stay connected see them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientResponse, ClientSession

RATE = 48_000
MP3_BYTES_PER_S = 24_000
LIMIT_S = 60
WRITTEN_S = 3.0
"""After this long, everything that has happened is on disk."""


class Live:
    """Requests to a server; every answer is JSON."""

    def __init__(self, client: ClientSession) -> None:
        self.client = client

    async def ask(self, method: str, path: str, document: Any = None) -> tuple[int, dict[str, Any]]:
        """Status and answer."""
        async with self.client.request(method, path, json=document) as answer:
            return answer.status, await answer.json()

    async def do(self, method: str, path: str, document: Any = None) -> dict[str, Any]:
        """The answer of a request that succeeds."""
        status, body = await self.ask(method, path, document)
        assert status in {200, 201}, (method, path, body)
        return body

    async def create(self, name: str, **options: Any) -> dict[str, Any]:
        """Make a session."""
        return await self.do("POST", "/api/session/create", {"sessionName": name, "options": options})

    async def follow(self, target: str, name: str) -> dict[str, Any]:
        """Make a follower."""
        return await self.do("POST", "/api/session/follow", {"sessionName": target, "followerName": name})

    async def info(self, name: str) -> dict[str, Any]:
        """What is told of a session."""
        return await self.do("GET", f"/api/session/info?sessionId={name}")

    async def listed(self) -> list[str]:
        """The ids of all sessions."""
        return [one["sessionId"] for one in (await self.do("GET", "/api/session/list"))["sessions"]]

    async def journey(self, name: str) -> list[str]:
        """The titles of what a session has played."""
        return [step["title"] for step in (await self.do("GET", f"/session/{name}/journey.json"))["steps"]]

    async def place(self, name: str) -> tuple[str, float]:
        """The track on air (or that waits) and how many seconds into its file it is."""
        async with self.client.get(f"/events/{name}") as events:
            hello = await Watcher(events).until("hello")
        playing, at = hello["nowPlaying"], hello["pausedAt"] or hello["position"]
        return playing["track"]["id"], (playing["sourceStartSample"] + at - playing["startSample"]) / RATE


class Watcher:
    """The events of a stream of events, as they come."""

    def __init__(self, response: ClientResponse) -> None:
        self._response = response
        self.ids: list[int] = []

    async def next(self) -> tuple[str, dict[str, Any]]:
        """The next event's name and data."""
        async with asyncio.timeout(LIMIT_S):
            text = (await self._response.content.readuntil(b"\n\n")).decode()
        fields = dict(line.split(": ", 1) for line in text.rstrip("\n").split("\n"))
        if "id" in fields:
            self.ids.append(int(fields["id"]))
        return fields["event"], json.loads(fields["data"])

    async def until(self, name: str) -> dict[str, Any]:
        """The data of the next event of this name."""
        while True:
            found, data = await self.next()
            if found == name:
                return data


async def eventually(ask: Callable[[], Awaitable[bool]], what: str) -> None:
    """Return when the answer is true."""
    end = time.monotonic() + LIMIT_S
    while not await ask():
        assert time.monotonic() < end, f"gave up waiting for {what}"
        await asyncio.sleep(0.05)
