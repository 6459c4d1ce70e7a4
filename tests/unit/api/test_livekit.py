"""LiveKit over HTTP: tokens, webhooks, and what is told where there is no server."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import CookieJar

from drift.api.keys import STAGE
from drift.api.schemas import Health, Joined, LiveKitToken
from drift.config import AccessConfig, Config, LiveKitConfig
from drift.livekit import LARGEST
from drift.models import Track
from drift.sessions import Memory
from drift.store import ScannedFile, open_store
from drift.store import tracks as track_rows
from tests.unit.api.people import Person
from tests.unit.http_site import Site, opened_site
from tests.unit.livekit.test_webhooks import body, signed
from tests.unit.livekit_fakes import CONFIGURED, FakeServer
from tests.unit.studio import Studio


class House:
    """A site with LiveKit, or without."""

    def __init__(self, site: Site, visit: Callable[..., Awaitable[Any]]) -> None:
        self.site = site
        self._visit = visit
        server = site.application[STAGE].livekit
        assert isinstance(server, FakeServer)
        self.server = server

    async def person(self, name: str = "", session: str = "master") -> Person:
        found = Person(await self._visit(self.site.application, cookie_jar=CookieJar(unsafe=True)))
        if name:
            assert (await found.join(name, session=session))[0] == 200
        return found


Open = Callable[[LiveKitConfig], Awaitable[House]]


@pytest.fixture
async def open_house(
    tmp_path: Path, music: list[Track], aiohttp_client: Callable[..., Awaitable[Any]]
) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def begin(livekit: LiveKitConfig) -> House:
            store = await stack.enter_async_context(open_store(f"sqlite:///{tmp_path}/drift.db"))
            await track_rows.save_files(store, [ScannedFile(one.path, 0, 0, 1, one) for one in music])
            known = {one.id: one for one in music}
            config = Config(access=AccessConfig(mode="open"), livekit=livekit)
            memory = Memory(store, known.get)
            return House(
                await stack.enter_async_context(opened_site(config, Studio(music), memory, store)),
                aiohttp_client,
            )

        yield begin


@pytest.fixture
async def house(open_house: Open) -> House:
    return await open_house(CONFIGURED)


async def test_joining_gives_a_token(house: House) -> None:
    person = await house.person()
    status, room = await person.join("Ann", session="master")
    assert status == 200
    Joined.model_validate(room)
    facts = room["livekit"]
    assert (facts["configured"], facts["url"], facts["reason"]) == (True, "ws://livekit.test", "")
    claims = house.server.read(facts["token"])
    assert claims["sub"].startswith(room["you"]["participantId"])
    assert claims["video"]["room"] in house.server.there


async def test_a_fresh_token(house: House) -> None:
    person = await house.person("Ann")
    house.server.restart()
    status, answer = await person.post("token", sessionId="master")
    assert status == 200
    LiveKitToken.model_validate(answer)
    assert house.server.read(answer["token"])["video"]["room"] in house.server.there, "made anew"


async def test_answers_with_tokens_are_kept_nowhere(house: House) -> None:
    person = await house.person("Ann")
    async with person.client.post("/api/sessions.token", json={"sessionId": "master"}) as answer:
        assert answer.headers["Cache-Control"] == "no-store"


async def test_tokens_are_for_participants(house: House) -> None:
    stranger = await house.person()
    status, answer = await stranger.post("token", sessionId="master")
    assert (status, answer["error"]["code"]) == (401, "not-joined")
    member = await house.person("Ann")
    assert (await member.post("token", sessionId="nobody"))[0] == 404


async def test_the_banned_get_no_token(house: House) -> None:
    host, guest = await house.person(), await house.person()
    created = await host.post("create", sessionName="kitchen", displayName="Host")
    assert created[0] == 201
    _, room = await guest.join("Gus", session="kitchen")
    participant = room["you"]["participantId"]
    status, _ = await host.post("remove", sessionId="kitchen", participantId=participant, ban=True)
    assert status == 200
    status, answer = await guest.post("token", sessionId="kitchen")
    assert (status, answer["error"]["code"]) == (403, "banned")


async def test_unreachable_joining_works_and_says_why(house: House) -> None:
    house.server.down = True
    person = await house.person()
    status, room = await person.join("Ann", session="master")
    assert status == 200
    assert (room["livekit"]["token"], room["livekit"]["reason"]) == ("", "LiveKit is down.")
    status, answer = await person.post("token", sessionId="master")
    assert (status, answer["error"]["code"]) == (503, "livekit")
    assert (await person.say("hello", session="master"))[0] == 201
    async with person.client.get("/health") as response:
        health = await response.json()
        Health.model_validate(health)
        assert (response.status, health["livekit"]["trouble"]) == (200, "LiveKit is down."), "nothing is red"


async def test_without_a_server_all_else_works(open_house: Open) -> None:
    house = await open_house(LiveKitConfig())
    person = await house.person()
    status, room = await person.join("Ann", session="master")
    assert status == 200
    facts = room["livekit"]
    assert (facts["configured"], facts["url"], facts["token"]) == (False, "", "")
    assert "no LiveKit" in facts["reason"]
    assert (await person.post("token", sessionId="master"))[0] == 404
    async with person.client.post("/webhooks/livekit", data=b"{}") as response:
        assert response.status == 404
    async with person.client.get("/health") as response:
        assert (await response.json())["livekit"] == {"configured": False, "trouble": "", "rooms": 0}


# By hand


async def test_tokens_by_hand_are_off_unless_asked_for(house: House) -> None:
    person = await house.person()
    async with person.client.get("/api/livekit-token?sessionId=master") as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("sessionId=master", 200),
        ("sessionId=master&name=Me&role=host", 200),
        ("sessionId=master&name=%F0%9F%8E%B5", 200),
        ("", 422),
        ("sessionId=nobody", 404),
        ("sessionId=master&role=king", 422),
        ("sessionId=master&name=", 422),
        ("sessionId=master&name=%E2%80%8B", 422),
        (f"sessionId=master&name={'x' * 5000}", 422),
    ],
)
async def test_tokens_by_hand(open_house: Open, query: str, status: int) -> None:
    house = await open_house(CONFIGURED.model_copy(update={"manual_token_endpoint": True}))
    person = await house.person()
    async with person.client.get(f"/api/livekit-token?{query}") as response:
        answer = await response.json()
        assert response.status == status, answer
    if status == 200:
        LiveKitToken.model_validate(answer)
        claims = house.server.read(answer["token"])
        assert claims["sub"].startswith("manual#")
        assert claims["video"]["canPublish"] is ("role=host" in query)


async def test_the_document_says_what_they_are_for(house: House) -> None:
    person = await house.person()
    async with person.client.get("/api/openapi.json") as response:
        document = await response.json()
    assert "by hand" in document["paths"]["/api/livekit-token"]["get"]["summary"]


# Webhooks


async def tell(person: Person, content: bytes, authorization: str, **headers: str) -> tuple[int, bytes]:
    headers |= {"Authorization": authorization, "Content-Type": "application/webhook+json"}
    async with person.client.post("/webhooks/livekit", data=content, headers=headers) as response:
        return response.status, await response.read()


async def test_what_livekit_tells_has_the_room_looked_at(house: House) -> None:
    person = await house.person("Ann")
    await house.site.pass_time(1)
    before = house.server.asked.count(("occupants", next(iter(house.server.there))))
    content = body(room={"name": next(iter(house.server.there))})
    for _ in range(2):
        assert await tell(person, content, signed(content)) == (204, b"")
    house.site.studio.clock.advance(1)
    await house.site.pass_time(4)
    assert house.server.asked.count(("occupants", next(iter(house.server.there)))) > before
    async with person.client.get("/metrics") as response:
        text = await response.text()
    assert 'drift_livekit_webhooks_total{outcome="taken"} 1.0' in text
    assert 'drift_livekit_webhooks_total{outcome="known"} 1.0' in text


async def test_forged_webhooks_are_refused(house: House) -> None:
    person = await house.person()
    content = body()
    for authorization in ("", "Bearer x", signed(content, "another-secret-of-32-characters!!"), signed(b"x")):
        status, answer = await tell(person, content, authorization)
        assert (status, json.loads(answer)["error"]["code"]) == (401, "forged")
    assert not [one for one in house.server.asked if one[0] == "occupants"]


@pytest.mark.parametrize("size", [LARGEST + 1, 10 * LARGEST])
async def test_webhooks_are_not_larger_than_they_can_be(house: House, size: int) -> None:
    person = await house.person()
    content = secrets.token_bytes(size)
    assert (await tell(person, content, signed(content)))[0] == 413
