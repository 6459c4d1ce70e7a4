"""A site over a real store, and the people who visit it with their browsers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import CookieJar

from drift.access import codes
from drift.config import AccessConfig, Config, RoomsConfig, ServerConfig
from drift.models import Track
from drift.sessions import Memory
from drift.store import ScannedFile, open_store
from drift.store import tracks as track_rows
from tests.unit.http_site import Site, opened_site
from tests.unit.studio import Studio

Answer = tuple[int, dict[str, Any]]
COMMANDS = [
    "next-track",
    "direction",
    "play",
    "seek",
    "pause",
    "resume",
    "reset",
    "rename",
]
STEERING = [f"POST /session/kitchen/{name}" for name in COMMANDS]
STEERING.append("POST /api/session/import?sessionId=kitchen")
END = "DELETE /api/session/kitchen"
ROLES = {"host": "hostCode", "collaborator": "collabCode", "viewer": "viewerCode"}


class Person:
    """A browser."""

    def __init__(self, client: Any) -> None:
        self.client = client

    async def post(self, path: str, **document: Any) -> Answer:
        async with self.client.post(f"/api/sessions.{path}", json=document) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> Answer:
        async with self.client.get(f"/api/sessions.{path}") as answer:
            return answer.status, await answer.json()

    async def join(self, name: str, code: str = "", session: str = "kitchen") -> Answer:
        return await self.post("join", sessionId=session, code=code, displayName=name)

    async def say(self, text: str, message_id: str = "1", session: str = "kitchen") -> Answer:
        return await self.post("say", sessionId=session, text=text, messageId=message_id)


class Neighbourhood:
    """A site over a real store, and browsers that visit it."""

    def __init__(self, site: Site, visit: Callable[..., Awaitable[Any]]) -> None:
        self.site = site
        self._visit = visit

    async def person(self) -> Person:
        return Person(await self._visit(self.site.application, cookie_jar=CookieJar(unsafe=True)))


Open = Callable[..., Awaitable[Neighbourhood]]


@pytest.fixture
async def open_site(
    tmp_path: Path, music: list[Track], aiohttp_client: Callable[..., Awaitable[Any]]
) -> AsyncIterator[Open]:
    opened: list[Any] = []

    async def begin(
        mode: Any = "open", proxies: tuple[str, ...] = ("127.0.0.1",), **rooms: Any
    ) -> Neighbourhood:
        store_context = open_store(f"sqlite:///{tmp_path}/drift.db")
        store = await store_context.__aenter__()
        opened.append(store_context)
        await track_rows.save_files(store, [ScannedFile(one.path, 0, 0, 1, one) for one in music])
        known = {one.id: one for one in music}
        config = Config(
            server=ServerConfig(proxies=proxies), access=AccessConfig(mode=mode), rooms=RoomsConfig(**rooms)
        )
        site_context = opened_site(config, Studio(music), Memory(store, known.get), store)
        site = await site_context.__aenter__()
        opened.append(site_context)
        return Neighbourhood(site, aiohttp_client)

    yield begin
    for context in reversed(opened):
        await context.__aexit__(None, None, None)


async def kitchen(town: Neighbourhood) -> tuple[Person, dict[str, Any]]:
    """A session with its host in it."""
    host = await town.person()
    status, made = await host.post("create", sessionName="kitchen", displayName="Ann")
    assert status == 201, made
    return host, made


@dataclass
class House:
    """A session with codes, a host, a collaborator and a viewer."""

    town: Neighbourhood
    codes: dict[str, str]
    persons: dict[str, Person]

    @property
    def site(self) -> Site:
        return self.town.site


Ask = tuple[int, str]
NOT_JOINED, FORBIDDEN = (401, "not-joined"), (403, "forbidden")


async def ask(person: Person, what: str, data: Any = None, **headers: str) -> Ask:
    """Status and code of a request; "" where it is no error."""
    method, _, path = what.partition(" ")
    async with person.client.request(
        method, path, data=data, headers=headers, allow_redirects=False
    ) as answer:
        text = await answer.text()
        error = json.loads(text).get("error", {}) if answer.content_type == "application/json" else {}
        return answer.status, error.get("code", "")


def bearer(code: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {code}"}


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What codes are hashed with is not what is tested here."""
    monkeypatch.setattr(codes, "_scrypt", lambda letters, salt: hashlib.sha256(salt + letters).digest())


async def settled_in(town: Neighbourhood) -> House:
    host = await town.person()
    status, made = await host.post("create", sessionName="kitchen", displayName="Ann")
    assert status == 201
    persons = {"host": host, "stranger": await town.person()}
    for role in ("collaborator", "viewer"):
        persons[role] = await town.person()
        assert (await persons[role].join(role, made[ROLES[role]]))[0] == 200
    return House(town, {role: made[key] for role, key in ROLES.items()}, persons)


@pytest.fixture(params=["open", "codes"])
async def house(request: pytest.FixtureRequest, open_site: Open, quick_hashes: None) -> House:
    return await settled_in(await open_site(request.param))


@pytest.fixture
async def locked(open_site: Open, quick_hashes: None) -> House:
    return await settled_in(await open_site("codes"))


@pytest.fixture
async def unlocked(open_site: Open, quick_hashes: None) -> House:
    return await settled_in(await open_site("open"))
