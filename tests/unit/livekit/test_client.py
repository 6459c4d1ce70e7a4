"""Requests to a server that speaks Twirp, well or badly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import jwt
import pytest
from aiohttp import web
from google.protobuf.message import Message
from livekit.protocol.models import ParticipantInfo, Room
from livekit.protocol.room import (
    CreateRoomRequest,
    ListParticipantsResponse,
    ListRoomsResponse,
    SendDataRequest,
    UpdateParticipantRequest,
)

from drift.config import LiveKitConfig
from drift.errors import LiveKitError
from drift.livekit import LiveKit, client
from drift.livekit.fuse import PAUSE_S
from drift.livekit.tokens import metadata, permission
from drift.models import ParticipantId
from drift.telemetry import Metrics
from mixer.clock import VirtualClock
from tests.unit.livekit_fakes import SECRET

DATE = "Wed, 21 Oct 2026 23:00:00 GMT"
WALL_S = 1_792_623_600.0 + 400
"""Drift's clock is ahead of LiveKit's."""

Answer = web.Response | Message


class House:
    """A server that answers as told, and Drift's view of it."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, bytes]] = []
        self.grants: list[dict[str, Any]] = []
        self.waits = False
        self.clock = VirtualClock()
        self.metrics = Metrics()

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        token = request.headers["Authorization"].removeprefix("Bearer ")
        options: Any = {"verify_exp": False, "verify_nbf": False}
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], options=options)
        self.grants.append({name: value for name, value in claims["video"].items() if value})
        self.asked.append((method, await request.read()))
        if self.waits:
            await asyncio.sleep(30)
        answer = self.answers.get(method, Room())
        if isinstance(answer, web.Response):
            return web.Response(
                status=answer.status, body=answer.body, headers={**answer.headers, "Date": DATE}
            )
        return web.Response(body=answer.SerializeToString())

    def fail(self, method: str, status: int, text: str) -> None:
        self.answers[method] = web.Response(status=status, text=text)

    def count(self, method: str, outcome: str) -> float:
        name = "drift_livekit_requests_total"
        return self.metrics.registry.get_sample_value(name, {"method": method, "outcome": outcome}) or 0


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def livekit(house: House, aiohttp_server: Callable[..., Awaitable[Any]]) -> AsyncIterator[LiveKit]:
    app = web.Application()
    app.router.add_post("/twirp/livekit.RoomService/{method}", house.handle)
    server = await aiohttp_server(app)
    config = LiveKitConfig(
        url=f"ws://127.0.0.1:{server.port}", public_url="wss://public", api_key="key", api_secret=SECRET
    )
    found = LiveKit(config, house.metrics, house.clock.now, lambda: WALL_S)
    yield found
    await found.close()


async def test_a_room_lasts_as_long_as_tokens_for_it(house: House, livekit: LiveKit) -> None:
    await livekit.ensure_room("r")
    wanted = CreateRoomRequest.FromString(house.asked[0][1])
    assert (wanted.name, wanted.empty_timeout, wanted.departure_timeout) == ("r", 600, 600)
    assert house.grants == [{"roomCreate": True}]
    assert house.count("CreateRoom", "done") == 1


async def test_rooms(house: House, livekit: LiveKit) -> None:
    house.answers["ListRooms"] = ListRoomsResponse(rooms=[Room(name="a", num_participants=2), Room(name="b")])
    assert await livekit.rooms() == {"a": 2, "b": 0}
    assert house.grants == [{"roomList": True}]


async def test_occupants_are_those_who_have_come_and_not_gone(house: House, livekit: LiveKit) -> None:
    ann = ParticipantId("a" * 32)
    state, kind = ParticipantInfo.State, ParticipantInfo.Kind
    house.answers["ListParticipants"] = ListParticipantsResponse(
        participants=[
            ParticipantInfo(
                identity=f"{ann}#1",
                state=state.ACTIVE,
                joined_at=1,
                permission=permission("host", muted=False),
                metadata=metadata(ann, "host"),
            ),
            ParticipantInfo(identity="drift", state=state.JOINED),
            ParticipantInfo(identity="recorder", state=state.ACTIVE, kind=kind.EGRESS),
            ParticipantInfo(identity="coming", state=state.JOINING),
            ParticipantInfo(identity="gone", state=state.DISCONNECTED),
        ]
    )
    found = await livekit.occupants("r")
    assert [(one.identity, one.participant_id, one.person) for one in found] == [
        (f"{ann}#1", ann, True),
        ("drift", None, True),
        ("recorder", None, False),
    ]
    assert house.grants == [{"room": "r", "roomAdmin": True}]
    assert found[0].is_as("host", muted=False)
    assert not found[0].is_as("collaborator", muted=False), "may the same, but is another"
    assert not found[0].is_as("host", muted=True)
    assert not found[1].is_as("viewer", muted=False)


async def test_restricting_somebody(house: House, livekit: LiveKit) -> None:
    house.answers["UpdateParticipant"] = ParticipantInfo()
    await livekit.restrict("r", "ann#1", "viewer", muted=False)
    wanted = UpdateParticipantRequest.FromString(house.asked[0][1])
    assert wanted.permission == permission("viewer", muted=False)
    assert wanted.metadata == '{"participantId":"ann","role":"viewer"}'


async def test_sending(house: House, livekit: LiveKit) -> None:
    await livekit.send("r", "topic", b"{}")
    wanted = SendDataRequest.FromString(house.asked[0][1])
    assert (wanted.room, wanted.topic, wanted.data, wanted.kind) == ("r", "topic", b"{}", 0)


async def test_what_is_gone_need_not_be_removed(house: House, livekit: LiveKit) -> None:
    for method in ("DeleteRoom", "RemoveParticipant", "UpdateParticipant"):
        house.fail(method, 404, '{"code":"not_found","msg":"participant does not exist"}')
    await livekit.close_room("r")
    await livekit.remove("r", "ann#1")
    await livekit.restrict("r", "ann#1", "viewer", muted=True)
    assert livekit.trouble == ""


async def test_a_single_refusal_is_not_the_servers_failure(house: House, livekit: LiveKit) -> None:
    house.fail("CreateRoom", 400, '{"code":"invalid_argument","msg":"x"}')
    with pytest.raises(LiveKitError, match="has refused CreateRoom: invalid_argument"):
        await livekit.ensure_room("r")
    assert livekit.trouble == ""
    assert await livekit.rooms() == {}
    assert house.count("CreateRoom", "refused") == 1


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [
        (401, "invalid API key: key", "does not know livekit.api_key"),
        (
            401,
            "invalid token: eyJ.a.b, error: token signature is invalid",
            "api_secret",
        ),
        (401, "invalid token: eyJ.a.b, error: token has invalid claims: token is expired", "differ by 400 s"),
        (401, "invalid token: eyJ.a.b, error: ... token is not valid yet", "differ by 400 s"),
        (404, "<html>", "something else"),
        (302, "", "something else"),
        (502, "Bad Gateway", "something else"),
        (200, "<html>", "something else"),
        (500, "[1]", "something else"),
    ],
)
async def test_what_is_wrong_is_said(
    house: House, livekit: LiveKit, status: int, text: str, said: str
) -> None:
    house.fail("ListRooms", status, text)
    with pytest.raises(LiveKitError, match=said) as caught:
        await livekit.rooms()
    assert "eyJ" not in str(caught.value), "LiveKit repeats tokens"
    assert livekit.trouble == str(caught.value)


async def test_after_a_failure_others_do_not_wait(house: House, livekit: LiveKit) -> None:
    house.fail("ListRooms", 502, "")
    for _ in range(5):
        with pytest.raises(LiveKitError):
            await livekit.rooms()
    assert len(house.asked) == 1
    house.answers.clear()
    house.clock.advance(PAUSE_S)
    await livekit.ensure_room("r")
    assert livekit.trouble == ""


async def test_who_waits_too_long_waits_no_more(
    house: House, livekit: LiveKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TIMEOUT_S", 0.05)
    house.waits = True
    with pytest.raises(LiveKitError, match="room does not answer"):
        await livekit.send("r", "topic", b"")
    assert livekit.trouble == "", "perhaps there is no such room"
    with pytest.raises(LiveKitError, match=r"has not answered within 0\.05 s"):
        await livekit.rooms()
    assert livekit.trouble


async def test_nobody_listens(house: House) -> None:
    config = LiveKitConfig(url="ws://user:pass@127.0.0.1:9", api_key="key", api_secret=SECRET)
    livekit = LiveKit(config, house.metrics)
    with pytest.raises(LiveKitError) as caught:
        await livekit.rooms()
    assert str(caught.value) == "LiveKit cannot be reached at 127.0.0.1:9: connection refused."
    await livekit.close()


async def test_without_livekit_nothing_is_asked(house: House) -> None:
    livekit = LiveKit(LiveKitConfig(), house.metrics)
    with pytest.raises(LiveKitError, match="not configured"):
        await livekit.rooms()
    await livekit.close()


async def test_at_the_end_nothing_is_asked_any_more(house: House, livekit: LiveKit) -> None:
    await livekit.rooms()
    await livekit.close()
    with pytest.raises(LiveKitError, match="ending"):
        await livekit.rooms()


async def test_browsers_may_be_told_another_address(livekit: LiveKit) -> None:
    assert livekit.public_url == "wss://public"
    assert livekit.url.startswith("ws://127.0.0.1")
