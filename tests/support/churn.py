"""Sessions that are made, followed, heard, watched, steered and ended at random, by many clients at once."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

NAMES = 30
HANGS_S = 60
_COMMANDS: dict[str, object] = {
    "next-track": None,
    "direction": {"direction": "faster"},
    "seek": {"positionS": 1},
    "pause": None,
    "resume": None,
    "reset": None,
    "rename": {"name": "Kitchen"},
}


@dataclass
class Tally:
    """What came of it.

    Attributes:
        answers: how often which status followed what was done.
        unexpected: answers that should not have been.
        there: by id, how often it was made, less how often it was ended.
    """

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    there: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """How much was done."""
        return sum(self.answers.values())


class Churn:
    """Clients of a server.

    Args:
        url: of the server.
        seed: of what they do.
    """

    def __init__(self, url: str, seed: int = 1) -> None:
        self._url = url
        self._dice = random.Random(seed)
        self.tally = Tally()

    async def run(self, seconds: float, workers: int) -> None:
        """Do as much as possible for a while, then end all sessions but the master."""
        async with ClientSession(
            self._url, connector=TCPConnector(limit=0), timeout=ClientTimeout(HANGS_S)
        ) as self._client:
            end = time.monotonic() + seconds
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(self._work(end))
            assert await self.listed() == {"master", *(+self.tally.there)}
            assert set(self.tally.there.values()) <= {0, 1}
            for name in sorted(+self.tally.there):
                await self._end(name)
            assert await self.listed() == {"master"}

    async def listed(self) -> set[str]:
        """The ids of all sessions."""
        async with self._client.get("/api/session/list") as answer:
            return {one["sessionId"] for one in (await answer.json())["sessions"]}

    async def _work(self, end: float) -> None:
        kinds: list[Callable[[str], Awaitable[None]]] = [
            self._create,
            self._follow,
            self._end,
            self._listen,
            self._listen,
            self._watch,
            self._command,
            self._look,
        ]
        while time.monotonic() < end:
            await self._dice.choice(kinds)(self._name())

    def _name(self) -> str:
        return f"s{self._dice.randrange(NAMES)}"

    def _note(self, what: str, status: int, expected: set[int]) -> None:
        self.tally.answers[what, status] += 1
        if status not in expected:
            self.tally.unexpected.append(f"{what}: {status}")

    async def _create(self, name: str) -> None:
        async with self._client.post("/api/session/create", json={"sessionName": name}) as answer:
            self._note("create", answer.status, {201, 409})
            self.tally.there[name] += answer.status == 201
            if answer.status == 409:
                assert (await answer.json())["sessionId"] == name

    async def _follow(self, name: str) -> None:
        wanted = {"sessionName": self._dice.choice([self._name(), "master"]), "followerName": name}
        async with self._client.post("/api/session/follow", json=wanted) as answer:
            self._note("follow", answer.status, {201, 404, 409, 422})
            self.tally.there[name] += answer.status == 201

    async def _end(self, name: str) -> None:
        async with self._client.delete(f"/api/session/{name}") as answer:
            self._note("end", answer.status, {200, 404})
            self.tally.there[name] -= answer.status == 200

    async def _listen(self, name: str) -> None:
        stream = self._dice.choice(["mp3", "mp3", "mp3", "opus", "webm", "flac"])
        await self._receive("listen", f"/stream/{name}.{stream}", self._dice.randrange(1, 60_000))

    async def _watch(self, name: str) -> None:
        await self._receive("watch", f"/events/{name}", self._dice.randrange(1, 4_000))

    async def _receive(self, what: str, path: str, size: int) -> None:
        """Take so many bytes, or for a moment, and leave without a word; or see a clean end."""
        async with self._client.get(path) as answer:
            self._note(what, answer.status, {200, 404})
            try:
                async with asyncio.timeout(self._dice.random()):
                    await answer.content.readexactly(size)
            except (TimeoutError, asyncio.IncompleteReadError):
                pass
            except ClientError as error:
                self.tally.unexpected.append(f"{what}: {error!r}")
            answer.close()

    async def _command(self, name: str) -> None:
        command = self._dice.choice(list(_COMMANDS))
        async with self._client.post(f"/session/{name}/{command}", json=_COMMANDS[command]) as answer:
            self._note(command, answer.status, {200, 403, 404, 422, 429})

    async def _look(self, name: str) -> None:
        path = self._dice.choice(["/api/session/list", f"/api/session/info?sessionId={name}", "/metrics"])
        async with self._client.get(path) as answer:
            self._note("look", answer.status, {200, 404})
            await answer.read()


async def cycles(url: str, count: int, first: int) -> None:
    """Make a session, hear it, follow it, hear the follower, end both; names count from ``first``."""
    async with ClientSession(url, timeout=ClientTimeout(HANGS_S)) as client:
        for number in range(first, first + count):
            names = f"cycle-{number}", f"cycle-{number}-ears"
            async with client.post("/api/session/create", json={"sessionName": names[0]}) as answer:
                assert answer.status == 201
            document = {"sessionName": names[0], "followerName": names[1]}
            async with client.post("/api/session/follow", json=document) as answer:
                assert answer.status == 201
            for name in names:
                async with client.get(f"/stream/{name}.mp3") as stream:
                    await stream.content.readexactly(4096)
                    stream.close()
            for name in names:
                async with client.delete(f"/api/session/{name}") as answer:
                    assert answer.status == 200


def open_files(pid: int) -> Counter[str]:
    """What a process has open: "socket", "cache" (files of encoded packets, a bounded number), or "file"."""
    found: Counter[str] = Counter()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed in between
            link = entry.readlink()
            kind = "socket" if str(link).startswith("socket:") else "file"
            found["cache" if link.parent.name == "frames" else kind] += 1
    return found
