"""Rooms on a real LiveKit server, as LiveKit's own client library sees them."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import ClientTimeout
from livekit import api

from tests.support.house import REFUSED_S, House, Person, entered
from tests.support.live import eventually
from tests.support.livekit import LiveKit, free_port
from tests.support.server import Server, wait_for
from tests.support.stock_client import ConnectError, StockClient
from tests.support.tones import tones

SOON_S = 15
"""A limit for what takes a moment, on a machine that has other things to do."""


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tones(tmp_path_factory.mktemp("tones") / "music", 2, seconds=20)


Open = Callable[..., House]


@pytest.fixture(scope="module")
def open_house(tmp_path_factory: pytest.TempPathFactory, music: Path) -> Iterator[Open]:
    """Start LiveKit and a Drift that uses it."""
    started: list[Server | LiveKit] = []
    with pytest.MonkeyPatch.context() as patch:

        def start(*, webhooks: bool = True, livekit: LiveKit | None = None, **settings: str) -> House:
            folder = tmp_path_factory.mktemp("house")
            port = free_port(socket.SOCK_STREAM)
            address = f"http://127.0.0.1:{port}/webhooks/livekit" if webhooks else ""
            if livekit is None:
                livekit = LiveKit(folder / "livekit", address)
                started.append(livekit)
            settings = {
                "url": livekit.url,
                "api_key": livekit.api_key,
                "api_secret": livekit.api_secret,
            } | settings

            def start_drift() -> Server:
                for key, value in settings.items():
                    patch.setenv(f"DRIFT_LIVEKIT_{key.upper()}", value)
                drift = Server(folder / "drift", "--library", str(music), port=port)
                started.append(drift)
                for key in settings:
                    patch.delenv(f"DRIFT_LIVEKIT_{key.upper()}")
                wait_for(lambda: drift.get("/health")[0] == 200, "music", 60)
                return drift

            return House(folder, livekit, start_drift(), start_drift)

        yield start
    for one in reversed(started):
        one.close()


@pytest.fixture(scope="module")
def house(open_house: Open) -> Iterator[House]:
    """Shared by most tests; each has a session of its own."""
    opened = open_house(manual_token_endpoint="true")
    yield opened
    assert "eyJ" not in opened.logs, "no token is logged"
    assert opened.livekit.api_secret not in opened.logs
    assert '"level": "error"' not in opened.logs


@pytest.fixture
async def host(house: House) -> AsyncIterator[Person]:
    async with house.person() as host:
        yield host


async def test_a_guest_is_seen_counted_hears_the_mix_and_goes(house: House, host: Person) -> None:
    codes = await host.create("coming-and-going")
    async with house.person() as guest:
        await guest.join("coming-and-going", "Gus", codes["viewerCode"])
        async with entered(guest):
            await host.sees_inside("Gus")
            await host.listeners(1)
            async with asyncio.timeout(SOON_S):
                await guest.stock.subscribed("mix", "drift")
            said = (await house.inside(guest.where))[guest.identity]
            assert json.loads(said.metadata) == {"participantId": guest.id, "role": "viewer"}
            assert guest.identity.startswith(f"{guest.id}#")
            assert said.name == "Gus"
            assert "coming" not in guest.where
            where = guest.where
        await host.sees_inside()
        await host.listeners(0)

        async def empty() -> bool:
            return not await house.inside(where)

        await eventually(empty, "the mix to leave")


async def test_livekit_itself_keeps_a_viewer_from_talking_until_promoted(house: House, host: Person) -> None:
    codes = await host.create("talking")
    async with house.person() as guest, house.person() as tab:
        await guest.join("talking", "Gus", codes["viewerCode"])
        assert guest.room["you"]["may"] == ["chat"]
        # Another tab, as LiveKit's library tries for ten seconds to publish what is refused.
        tab.room = {**guest.room, "livekit": await guest.post("token")}
        async with entered(guest), entered(tab):
            await host.sees_inside("Gus")
            await host.listeners(2)
            await guest.talk()
            assert await guest.tracks() == []
            await host.post("promote", participantId=guest.id, role="collaborator")
            await tab.until_may_talk(True)
            await tab.talk()
            await tab.until_tracks("microphone")
            await host.post("promote", participantId=guest.id, role="viewer")
            await tab.until_may_talk(False)
            await tab.until_tracks()


async def test_a_ban_removes_and_keeps_out(house: House, host: Person) -> None:
    await host.create("bans")
    async with house.person() as guest, house.person() as again:
        await guest.join("bans", "Gus")
        again.room = guest.room
        async with entered(guest):
            await host.sees_inside("Gus")
            where = guest.where
            await host.post("remove", participantId=guest.id, ban=True)
            async with asyncio.timeout(SOON_S):
                await guest.stock.gone.wait()
        status, refused = await guest.ask("POST", "/api/sessions.token", {"sessionId": "bans"})
        assert (status, refused["error"]["code"]) == (403, "banned")
        async with StockClient.start(house.folder) as again.stock:
            with suppress(ConnectError, TimeoutError):
                async with asyncio.timeout(REFUSED_S):
                    await again.enter()  # with the token from before, which LiveKit still takes
                    await again.stock.gone.wait()

            async def out() -> bool:
                return not set(await house.inside(where)) - {"drift"}

            await eventually(out, "the banned one to be shown out again")
        await host.sees_inside()
        await host.listeners(0)


async def test_what_is_said_here_is_heard_there_and_the_other_way_round(house: House, host: Person) -> None:
    await host.create("chat")
    async with house.person() as sue:
        await sue.join("chat", "Sue")
        async with entered(sue):
            await host.sees_inside("Sue")
            async with asyncio.timeout(SOON_S):
                await sue.stock.subscribed("mix", "drift")

            async def listening() -> bool:
                mix = (await house.inside(sue.where))["drift"]
                return mix.state == api.ParticipantInfo.State.ACTIVE

            await eventually(listening, "who publishes the mix to listen to what is written")
            await host.post("say", text="from Drift", messageId="m1")
            await sue.stock.send_text("from elsewhere", "lk.chat")

            async def shown() -> bool:
                texts = [(one["name"], one["text"]) for one in (await host.look())["messages"]]
                return texts == [("Host", "from Drift"), ("Sue", "from elsewhere")]

            await eventually(shown, "both messages")

            async def heard() -> bool:
                return bool(sue.heard)

            await eventually(heard, "the message to arrive")
            assert [(one["topic"], one["message"]) for one in sue.heard] == [("lk-chat-topic", "from Drift")]


async def test_only_livekit_can_tell_what_happens(house: House, host: Person) -> None:
    async def tell(body: bytes, authorization: str) -> int:
        headers = {"Authorization": authorization, "Content-Type": "application/webhook+json"}
        async with host.client.post("/webhooks/livekit", data=body, headers=headers) as answer:
            return answer.status

    event = json.dumps({"event": "room_finished", "room": {"name": "x"}, "id": secrets.token_hex(4)}).encode()
    forged = api.AccessToken(house.livekit.api_key, "another-secret-of-32-characters!!").with_sha256("x")
    other = api.AccessToken(house.livekit.api_key, house.livekit.api_secret).with_sha256("aGVsbG8=")
    for authorization in ("", "nonsense", forged.to_jwt(), other.to_jwt()):
        assert await tell(event, authorization) == 401
    assert await tell(b"x" * 100_000, "") == 413
    async with host.client.get("/metrics") as answer:
        metrics = await answer.text()
    assert 'drift_livekit_webhooks_total{outcome="forged"} 4.0' in metrics
    assert 'drift_livekit_webhooks_total{outcome="taken"}' in metrics, "LiveKit's own are taken"


async def test_a_token_made_by_hand(house: House, host: Person) -> None:
    await host.create("by-hand")
    host.room["livekit"] = await host.do("GET", "/api/livekit-token?sessionId=by-hand&name=Me")
    async with entered(host):
        await host.listeners(1)
        assert host.identity.startswith("manual#")
        await host.sees_inside()


async def test_without_webhooks_and_after_a_crash_of_drift_all_is_the_same(open_house: Open) -> None:
    alone = open_house(webhooks=False)
    async with alone.person() as host, alone.person() as guest:
        await host.create("quiet")
        await guest.join("quiet", "Gus")
        async with entered(guest):
            await host.sees_inside("Gus")
            await asyncio.to_thread(alone.kill_drift)
            await host.sees_inside("Gus")
            await host.listeners(1)
            await host.post("remove", participantId=guest.id, ban=False)
            async with asyncio.timeout(SOON_S):
                await guest.stock.gone.wait()
        status, _ = await host.ask("GET", "/api/livekit-token?sessionId=quiet")
        assert status == 404, "it is off unless asked for"
    assert "eyJ" not in alone.logs


async def test_with_a_wrong_key_everything_else_works(house: House, open_house: Open) -> None:
    wrong = open_house(livekit=house.livekit, api_secret="a-wrong-secret-of-32-characters!!")
    async with wrong.person() as host:
        await host.create("wrong")
        facts = host.room["livekit"]
        assert (facts["configured"], facts["token"]) == (True, "")
        assert "api_secret" in facts["reason"]
        status, refused = await host.ask("POST", "/api/sessions.token", {"sessionId": "wrong"})
        assert (status, refused["error"]["code"]) == (503, "livekit")
        await host.post("say", text="hello", messageId="1")
        async with host.client.get("/stream/wrong.mp3") as stream:
            assert len(await stream.content.readexactly(50_000)) == 50_000
        status, health = await host.ask("GET", "/health")
        assert (status, health["livekit"]["trouble"]) == (200, facts["reason"])
    assert "a-wrong-secret" not in wrong.logs


async def test_livekit_dies_and_comes_back_while_all_else_goes_on(house: House, host: Person) -> None:
    await host.create("crash")
    gaps: list[float] = []

    async def listen() -> None:
        async with host.client.get("/stream/crash.mp3", timeout=ClientTimeout(None)) as stream:
            last = time.monotonic()
            while True:
                await stream.content.readany()
                gaps.append(time.monotonic() - last)
                last = time.monotonic()

    async with house.person() as guest, asyncio.TaskGroup() as tasks:
        await guest.join("crash", "Gus")
        async with entered(guest):
            await host.sees_inside("Gus")
            async with asyncio.timeout(SOON_S):
                await guest.stock.subscribed("mix", "drift")
            listening = tasks.create_task(listen())
            where = guest.where
            house.livekit.kill()
            await host.post("say", text="while it is dead", messageId="1")
            begin = time.monotonic()
            async with house.person() as late:
                facts = (await late.join("crash", "Lea"))["livekit"]
                assert (facts["token"], bool(facts["reason"])) == ("", True)
            assert time.monotonic() - begin < 5, "joining is not held up"
            await asyncio.to_thread(house.livekit.start)
            begin = time.monotonic()

            async def back() -> bool:
                return "drift" in await house.inside(where)

            await eventually(back, "the mix to be back")
            assert time.monotonic() - begin < 15
            await host.sees_inside("Gus")
            await host.listeners(2)
            await host.post("say", text="afterwards", messageId="2")
            listening.cancel()
    assert [one["text"] for one in (await host.look())["messages"]] == ["while it is dead", "afterwards"]
    assert max(gaps) < 3, "the audio went on"
