from __future__ import annotations

import json
from typing import Any

import pytest

from drift.api.schemas import Joined, Message, RoomCodes, RoomMade
from tests.unit.api.people import Open, Person, kitchen


async def test_making_a_session_and_letting_people_in(open_site: Open) -> None:
    town = await open_site()
    host, made = await kitchen(town)
    RoomMade.model_validate(made)
    assert made["room"]["you"]["role"] == "host"
    assert made["links"]["viewer"].endswith(f"/?sessionId=kitchen&code={made['viewerCode']}")
    for name, code, role in [("Bob", "viewerCode", "viewer"), ("Cid", "collabCode", "collaborator")]:
        status, room = await (await town.person()).join(name, made[code])
        assert (status, room["you"]["role"]) == (200, role)
        Joined.model_validate(room)
    status, room = await host.get("room?sessionId=kitchen")
    assert [one["name"] for one in room["participants"]] == ["Ann", "Bob", "Cid"]


async def test_a_name_is_made_up_and_nobody_joins_without_one(open_site: Open) -> None:
    town = await open_site()
    person = await town.person()
    status, made = await person.post("create")
    assert (status, made["room"]) == (201, None)
    assert (await person.get(f"room?sessionId={made['sessionId']}"))[0] == 401


async def test_a_session_that_is_there_is_not_made_again_nor_are_its_codes(open_site: Open) -> None:
    town = await open_site()
    _, made = await kitchen(town)
    stranger = await town.person()
    status, refusal = await stranger.post("create", sessionName="kitchen", displayName="Eve")
    assert (status, refusal["sessionId"]) == (409, "kitchen")
    town.site.studio.clock.advance(2000)
    await town.site.registry.unload_idle()
    status, refusal = await stranger.post("create", sessionName="kitchen", displayName="Eve")
    assert status == 409, "it was put away, with its codes"
    assert (await stranger.join("Bob", made["collabCode"]))[1]["you"]["role"] == "collaborator"


async def test_the_same_person_again_needs_no_code(open_site: Open) -> None:
    town = await open_site("codes")
    _, made = await kitchen(town)
    bob = await town.person()
    assert (await bob.join("Bob"))[1]["error"]["code"] == "wrong-code"
    _, first = await bob.join("Bob", made["viewerCode"])
    _, again = await bob.join("Bobby")
    assert first["you"]["participantId"] == again["you"]["participantId"]
    _, better = await bob.join("Bobby", made["collabCode"])
    assert better["you"]["role"] == "collaborator"
    assert (await bob.post("leave", sessionId="kitchen"))[1] == {"left": True}
    assert (await bob.say("still here"))[0] == 401
    _, back = await bob.join("Bob")
    assert (back["you"]["role"], back["you"]["participantId"]) == (
        "collaborator",
        first["you"]["participantId"],
    )


async def test_codes_are_wrong_elsewhere_and_where_there_are_none(open_site: Open) -> None:
    town = await open_site()
    _, made = await kitchen(town)
    bob = await town.person()
    for session, code in [("master", made["hostCode"]), ("kitchen", "2222-3333-4444"), ("kitchen", "?")]:
        status, refusal = await bob.join("Bob", code, session)
        assert (status, refusal["error"]["code"]) == (403, "wrong-code")
        assert code not in json.dumps(refusal) or code == "?"
    assert (await bob.join("Bob", "", "nowhere"))[0] == 404


async def test_in_open_mode_whoever_comes_may_steer(open_site: Open) -> None:
    town = await open_site()
    _, room = await (await town.person()).join("Bob", "", "master")
    assert (room["you"]["role"], room["you"]["may"]) == ("collaborator", ["chat", "steer", "talk"])


async def test_a_follower_is_the_room_of_what_it_follows(open_site: Open) -> None:
    town = await open_site()
    host, _ = await kitchen(town)
    await town.site.registry.follow("kitchen", "bath")
    bob = await town.person()
    assert (await bob.join("Bob", "", "bath"))[1]["sessionId"] == "kitchen"
    await bob.say("hello", session="bath")
    _, room = await host.get("room?sessionId=kitchen")
    assert [one["text"] for one in room["messages"]] == ["hello"]


async def test_chat_is_for_participants_and_history_comes_along(open_site: Open) -> None:
    town = await open_site(history=2, messages_burst=100)
    host, made = await kitchen(town)
    stranger = await town.person()
    assert (await stranger.say("hello"))[0] == 401
    for number in range(5):
        status, message = await host.say(f"message {number}", f"m{number}")
        assert status == 201
        Message.model_validate(message)
    assert (await host.say("message 4", "m4"))[0] == 200
    _, room = await stranger.join("Bob", made["viewerCode"])
    assert [one["text"] for one in room["messages"]] == ["message 3", "message 4"]
    before = room["messages"][0]["id"]
    _, page = await stranger.get(f"messages?sessionId=kitchen&before={before}&limit=2")
    assert ([one["text"] for one in page["messages"]], page["more"]) == (["message 1", "message 2"], True)
    _, page = await stranger.get(f"messages?sessionId=kitchen&before={page['messages'][0]['id']}&limit=2")
    assert ([one["text"] for one in page["messages"]], page["more"]) == (["message 0"], False)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 422),
        (" \n", 422),
        ("\N{ZERO WIDTH SPACE}", 422),
        ("x" * 2001, 422),
        ("x" * 10_240, 422),
        ("x" * 100_000, 422),
        ("<img src=x onerror=alert(1)>", 201),
        ("\u05e9\u05dc\u05d5\u05dd", 201),
        ("\N{RIGHT-TO-LEFT OVERRIDE}abc", 201),
        ("a\0b", 201),
    ],
)
async def test_messages_of_every_kind(open_site: Open, text: str, status: int) -> None:
    town = await open_site()
    host, _ = await kitchen(town)
    assert (await host.say(text))[0] == status


@pytest.mark.parametrize(
    "name", ["", "  ", "\N{ZERO WIDTH SPACE}", "\N{RIGHT-TO-LEFT OVERRIDE}nnA", "x" * 41, "x" * 10_240, "a\0"]
)
async def test_names_that_nobody_has(open_site: Open, name: str) -> None:
    town = await open_site()
    status, refusal = await (await town.person()).join(name, "", "master")
    assert (status, refusal["error"]["code"]) == (422, "invalid")


async def test_limits_say_when_to_try_again(open_site: Open) -> None:
    town = await open_site(messages_burst=1)
    host, _ = await kitchen(town)
    await host.say("one", "1")
    document = {"sessionId": "kitchen", "text": "two", "messageId": "2"}
    async with host.client.post("/api/sessions.say", json=document) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "1")


async def test_what_hosts_do(open_site: Open) -> None:
    town = await open_site()
    host, made = await kitchen(town)
    bob = await town.person()
    _, room = await bob.join("Bob", made["viewerCode"])
    who = {"sessionId": "kitchen", "participantId": room["you"]["participantId"]}
    _, message = await bob.say("hello")
    for path, document in [
        ("mute", {**who, "muted": True}),
        ("remove", {**who, "ban": True}),
        ("promote", {**who, "role": "host"}),
        ("settings", {"sessionId": "kitchen", "slowS": 5}),
        ("codes", {"sessionId": "kitchen"}),
    ]:
        status, refusal = await bob.post(path, **document)
        assert (status, refusal["error"]["code"]) == (403, "forbidden"), path
    assert (await host.post("mute", **who, muted=True))[1]["muted"] is True
    assert (await bob.say("again", "2"))[1]["error"]["code"] == "muted"
    assert (await host.post("promote", **who, role="collaborator"))[1]["role"] == "collaborator"
    assert (await host.post("erase", sessionId="kitchen", id=message["id"]))[1]["deleted"] is True
    assert (await host.post("settings", sessionId="kitchen", slowS=5))[1] == {"slowS": 5, "duckDb": 12.0}
    _, codes = await host.post("codes", sessionId="kitchen")
    RoomCodes.model_validate(codes)
    assert (await (await town.person()).join("Cid", made["collabCode"]))[0] == 403
    assert (await host.post("remove", **who, ban=True))[1]["present"] is False
    for code in ("", codes["hostCode"]):
        assert (await bob.join("Bob", code))[1]["error"]["code"] == "banned"


async def test_a_full_room(open_site: Open) -> None:
    town = await open_site(most=1)
    _, made = await kitchen(town)
    status, refusal = await (await town.person()).join("Bob", made["viewerCode"])
    assert (status, refusal["error"]["code"]) == (409, "full")


async def test_answers_with_secrets_are_kept_by_no_cache(open_site: Open) -> None:
    town = await open_site()
    host, _ = await kitchen(town)
    async with host.client.post("/api/sessions.codes", json={"sessionId": "kitchen"}) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
    document = {"sessionId": "kitchen", "displayName": "Ann"}
    async with host.client.post("/api/sessions.join", json=document) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/"))


async def test_a_page_that_has_joined_is_greeted_with_its_room(open_site: Open) -> None:
    town = await open_site()
    host, _ = await kitchen(town)
    await host.say("hello")
    stranger = await town.person()

    async def greeted(person: Person) -> Any:
        async with person.client.get("/events/kitchen") as events:
            text = (await events.content.readuntil(b"\n\n")).decode()
            return json.loads(text.partition("data: ")[2])["room"]

    room = await greeted(host)
    Joined.model_validate(room)
    assert (room["you"]["name"], [one["text"] for one in room["messages"]]) == ("Ann", ["hello"])
    assert await greeted(stranger) is None


async def test_metrics_tell_of_people_and_messages(open_site: Open) -> None:
    town = await open_site(messages_burst=1)
    host, _ = await kitchen(town)
    await host.say("hello")
    await host.say("too fast", "2")
    async with host.client.get("/metrics") as answer:
        lines = (await answer.text()).splitlines()
    assert "drift_rooms_participants 1.0" in lines
    assert 'drift_rooms_messages_total{outcome="said"} 1.0' in lines
    assert 'drift_rooms_messages_total{outcome="too-many"} 1.0' in lines
