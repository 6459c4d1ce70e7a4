"""Who may do what, by mode, role and code."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from drift.access import new_codes
from drift.access.doorkeeper import BURST
from drift.api.guard import COOKIE
from drift.api.keys import ROOMS
from drift.models import ParticipantId, SessionId
from drift.rooms.rooms import JOINS_BURST
from tests.unit.api.people import (
    COMMANDS,
    END,
    FORBIDDEN,
    NOT_JOINED,
    ROLES,
    STEERING,
    Ask,
    House,
    Open,
    ask,
    bearer,
    settled_in,
)

pytestmark = pytest.mark.usefixtures("quick_hashes")

JUNK = b"{junk"
"""Whoever reads this says 400 or 422; whoever refuses first, 401 or 403."""


# Role, mode and action

MAY = None
WHO_MAY: dict[tuple[str, str], tuple[Ask | None, Ask | None]] = {
    # mode, who: steer, end
    ("open", "stranger"): (MAY, MAY),
    ("open", "viewer"): (FORBIDDEN, FORBIDDEN),
    ("open", "collaborator"): (MAY, MAY),
    ("open", "host"): (MAY, MAY),
    ("codes", "stranger"): (NOT_JOINED, NOT_JOINED),
    ("codes", "viewer"): (FORBIDDEN, FORBIDDEN),
    ("codes", "collaborator"): (MAY, FORBIDDEN),
    ("codes", "host"): (MAY, MAY),
}


@pytest.mark.parametrize(("mode", "who"), WHO_MAY)
async def test_who_may_do_what(open_site: Open, mode: str, who: str) -> None:
    house = await settled_in(await open_site(mode))
    steer, end = WHO_MAY[mode, who]
    for what in STEERING:
        status, code = await ask(house.persons[who], what, JUNK)
        if steer is None:
            assert status in {200, 400, 422}, what
        else:
            assert (status, code) == steer, what
    assert await ask(house.persons[who], END) == (end or (200, ""))


@pytest.mark.parametrize("role", ROLES)
async def test_a_program_shows_a_code(locked: House, role: str) -> None:
    stranger, code = locked.persons["stranger"], locked.codes[role]
    steer, end = WHO_MAY["codes", role]
    for what in STEERING:
        answer = await ask(stranger, what, JUNK, **bearer(code))
        assert answer == steer or (steer is None and answer[0] in {200, 400, 422}), what
    said = f"bearer  {code.upper().replace('-', ' ')}"
    assert (await ask(stranger, "POST /session/kitchen/pause", Authorization=said))[0] == (
        403 if steer else 200
    )
    assert await ask(stranger, END, **bearer(code)) == (end or (200, ""))


async def test_the_better_of_cookie_and_code_counts(house: House) -> None:
    viewer, host = house.persons["viewer"], house.persons["host"]
    pause = "POST /session/kitchen/pause"
    assert await ask(viewer, pause, **bearer(house.codes["collaborator"])) == (200, "")
    assert await ask(viewer, pause, **bearer(house.codes["viewer"])) == FORBIDDEN
    assert await ask(viewer, pause) == FORBIDDEN, "the code has raised nobody"
    assert await ask(host, pause, **bearer("whatever")) == (200, "")


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        ("Bearer ", (401, "not-joined")),
        ("Basic YTpi", (401, "not-joined")),
        ("k7d2-m9qp-x4tz", (401, "not-joined")),
        ("", (401, "not-joined")),
        ("Bearer k7d2-m9qp-x4tz", (403, "wrong-code")),
        ("Bearer " + "k" * 4000, (403, "wrong-code")),
        ("Bearer k7d2 m9qp x4tz,Bearer", (403, "wrong-code")),
        ("Bearer {codes}", (403, "wrong-code")),
        ("Bearer \udcff\udcfe é 🎵", (403, "wrong-code")),
        ("Bearer ' OR 1=1 --", (403, "wrong-code")),
    ],
)
async def test_junk_instead_of_a_code(locked: House, header: str, answer: Ask) -> None:
    raw = f"POST /session/kitchen/pause HTTP/1.1\nHost: a\nConnection: close\nAuthorization: {header}\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", locked.persons["stranger"].client.port)
    writer.write(raw.replace("\n", "\r\n").encode(errors="surrogateescape") + b"\r\n")
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    assert (int(head.split()[1]), json.loads(body)["error"]["code"]) == answer
    assert (b"WWW-Authenticate: Bearer" in head) == (answer[0] == 401)


async def test_an_open_site_does_not_mind_what_proxies_send(unlocked: House) -> None:
    for header in ("Basic YTpi", "Bearer eyJhbGciOi.J9", "junk"):
        answer = await ask(unlocked.persons["stranger"], STEERING[4], Authorization=header)
        assert answer == (200, "")


async def test_guessing_with_commands_is_stopped(locked: House) -> None:
    stranger, pause = locked.persons["stranger"], "POST /session/kitchen/pause"
    answers = [await ask(stranger, pause, **bearer(new_codes().host)) for _ in range(BURST + 5)]
    assert answers == [(403, "wrong-code")] * BURST + [(429, "too-many")] * 5
    async with stranger.client.post("/session/kitchen/pause", headers=bearer("x")) as refused:
        assert 1 <= int(refused.headers["Retry-After"]) <= 6
    assert await ask(stranger, pause, **bearer(locked.codes["host"])) == (429, "too-many")
    assert await ask(locked.persons["collaborator"], pause) == (200, ""), "who has joined needs no code"
    locked.site.studio.clock.advance(6)
    assert await ask(stranger, pause, **bearer(locked.codes["host"])) == (200, "")


async def test_new_codes_void_the_old_ones_and_not_who_has_joined(locked: House) -> None:
    stranger, host = locked.persons["stranger"], locked.persons["host"]
    pause = "POST /session/kitchen/pause"
    assert await ask(stranger, pause, **bearer(locked.codes["host"])) == (200, "")
    _, made = await host.post("codes", sessionId="kitchen")
    assert await ask(stranger, pause, **bearer(locked.codes["host"])) == (403, "wrong-code")
    assert await ask(stranger, pause, **bearer(made["hostCode"])) == (200, "")
    assert await ask(locked.persons["collaborator"], pause) == (200, "")


async def test_who_was_shown_out(house: House) -> None:
    host, pause = house.persons["host"], "POST /session/kitchen/pause"
    rooms = house.site.application[ROOMS]
    room = await rooms.room(SessionId("kitchen"))
    by_name = {one.name: one for one in room.participants.values()}
    ids: dict[str, ParticipantId] = {name: one.id for name, one in by_name.items()}
    for name, ban in (("collaborator", False), ("viewer", True)):
        answer = await host.post("remove", sessionId="kitchen", participantId=ids[name], ban=ban)
        assert answer[0] == 200
    stranger = await ask(house.persons["stranger"], pause)
    assert await ask(house.persons["collaborator"], pause) == stranger, "as if never there"
    assert await ask(house.persons["viewer"], pause) == (403, "banned")


async def test_who_may_not_is_told_before_the_body_is_read(locked: House) -> None:
    for path in ("/session/kitchen/rename", "/api/session/import?sessionId=kitchen"):
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", locked.persons["host"].client.port)
            writer.write(f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\n".encode())
            assert (await reader.readline()).split()[1] == b"401"
            writer.close()
            await writer.wait_closed()


async def test_what_is_not_there_is_said_to_everybody(locked: House) -> None:
    for person in locked.persons.values():
        assert await ask(person, "POST /session/nowhere/pause") == (404, "not-found")
        assert await ask(person, "DELETE /api/session/nowhere") == (404, "not-found")
        assert await ask(person, "DELETE /api/session/%00") == (404, "not-found")


async def test_the_master_has_no_hosts_unless_it_is_given_codes(locked: House) -> None:
    stranger = locked.persons["stranger"]
    pause, end = "POST /session/master/pause", "DELETE /api/session/master"
    for person in locked.persons.values():
        assert await ask(person, pause) == NOT_JOINED
    assert await ask(stranger, pause, **bearer(locked.codes["host"])) == (403, "wrong-code")
    made = new_codes()
    await locked.site.application[ROOMS].set_codes(SessionId("master"), made)
    assert await ask(stranger, pause, **bearer(made.collaborator)) == (200, "")
    assert await ask(stranger, end, **bearer(made.host)) == (409, "conflict")


# Followers


async def test_a_followers_room_is_that_of_what_it_follows(locked: House) -> None:
    host, stranger = locked.persons["host"], locked.persons["stranger"]
    document = json.dumps({"sessionName": "kitchen", "followerName": "porch"})
    assert await ask(stranger, "POST /api/session/follow", document) == (201, "")
    for person in (host, stranger):
        async with person.client.post("/session/porch/pause") as refused:
            answer = await refused.json()
        assert refused.status == 403
        assert (answer["error"]["code"], answer["followingSession"]) == ("forbidden", "kitchen")
    assert await ask(stranger, "DELETE /api/session/porch") == NOT_JOINED
    assert await ask(locked.persons["collaborator"], "DELETE /api/session/porch") == FORBIDDEN
    assert await ask(host, "DELETE /api/session/porch") == (200, "")


async def test_whoever_likes_may_end_a_follower_of_nothing(locked: House) -> None:
    document = json.dumps({"sessionName": "kitchen", "followerName": "porch"})
    assert await ask(locked.persons["host"], "POST /api/session/follow", document) == (201, "")
    assert await ask(locked.persons["host"], END) == (200, "")
    assert await ask(locked.persons["stranger"], "DELETE /api/session/porch") == (200, "")


# Whoever makes a session


def wanted(name: str, **options: Any) -> str:
    return json.dumps({"sessionName": name, "options": options})


@pytest.mark.parametrize(
    "make", ["POST /api/session/create", "GET /session/create/attic"], ids=["asked", "by a link"]
)
async def test_who_makes_a_session_is_its_host(locked: House, make: str) -> None:
    maker, other = await locked.town.person(), locked.persons["host"]
    data = wanted("attic") if make.startswith("POST") else None
    assert (await ask(maker, make, data))[0] in {201, 303}
    assert (await ask(other, make, data))[0] in {409, 303}
    for what in ("POST /session/attic/pause", "DELETE /api/session/attic"):
        assert await ask(other, what) == NOT_JOINED
        assert await ask(maker, what) == (200, "")


async def test_in_open_mode_nobody_is_made_a_host(unlocked: House) -> None:
    async with unlocked.persons["stranger"].client.post(
        "/api/session/create", json={"sessionName": "attic"}
    ) as made:
        assert (made.status, made.cookies) == (201, {})


async def test_what_was_put_away_keeps_its_hosts(locked: House) -> None:
    maker, thief = await locked.town.person(), await locked.town.person()
    create = "POST /api/session/create"
    assert await ask(maker, create, wanted("attic")) == (201, "")

    async def put_away() -> None:
        locked.site.studio.clock.advance(2000)
        assert SessionId("attic") in await locked.site.registry.unload_idle()

    await put_away()
    assert await ask(thief, "GET /session/create/attic") == (303, "")
    assert await ask(thief, "POST /session/attic/pause") == NOT_JOINED
    await put_away()
    assert await ask(thief, create, wanted("attic")) == (201, ""), "it goes on"
    assert await ask(thief, "POST /session/attic/pause") == NOT_JOINED
    await put_away()
    track = locked.site.studio.library.tracks[2].id
    assert await ask(thief, create, wanted("attic", startingTrack=track)) == (409, "conflict")
    assert locked.site.registry.get("attic") is not None
    await put_away()
    assert (await thief.post("create", sessionName="attic", displayName="Eve"))[0] == 409
    assert await ask(thief, "POST /session/attic/pause") == NOT_JOINED
    assert await ask(maker, "POST /session/attic/pause") == (200, "")


async def test_a_new_session_may_be_wished_for(locked: House) -> None:
    track = locked.site.studio.library.tracks[2].id
    person = await locked.town.person()
    made = wanted("attic", startingTrack=track)
    assert await ask(person, "POST /api/session/create", made) == (201, "")
    assert await ask(person, "POST /api/session/create", wanted("nowhere", startingTrack="x")) == (
        404,
        "not-found",
    )


async def test_no_session_is_left_without_its_host(locked: House) -> None:
    answers = []
    for number in range(JOINS_BURST):
        person = await locked.town.person()
        answers.append(await ask(person, "POST /api/session/create", wanted(f"s{number}")))
    made = answers.count((201, ""))
    assert answers == [(201, "")] * made + [(429, "too-many")] * (JOINS_BURST - made)
    assert made < JOINS_BURST
    for number in range(JOINS_BURST):
        assert (locked.site.registry.get(f"s{number}") is not None) == (number < made)


@pytest.mark.parametrize("name", ["\u200b", "x" * 100, "\u202e"])
async def test_nor_one_whose_codes_nobody_was_told(house: House, name: str) -> None:
    person = await house.town.person()
    assert (await person.post("create", sessionName="attic", displayName=name))[0] == 422
    assert house.site.registry.get("attic") is None
    assert (await person.post("create", sessionName="attic", displayName="Dee"))[0] == 201


# What is told of it


async def test_the_mode_is_told(house: House) -> None:
    client = house.persons["stranger"].client
    async with client.get("/api/session/info?sessionId=kitchen") as answer:
        mode = (await answer.json())["access"]["mode"]
    async with client.get("/events/kitchen") as events:
        while not (line := await events.content.readline()).startswith(b"data: "):
            pass
        hello = json.loads(line[6:])
    assert hello["access"] == {"mode": mode}
    assert await ask(house.persons["stranger"], STEERING[4]) == ((200, "") if mode == "open" else NOT_JOINED)


async def test_the_document_tells_how_to_show_who_one_is(house: House) -> None:
    document = json.loads(await (await house.persons["host"].client.get("/api/openapi.json")).text())
    schemes = document["components"]["securitySchemes"]
    assert (schemes["cookie"]["in"], schemes["cookie"]["name"]) == ("cookie", COOKIE)
    assert schemes["code"]["scheme"] == "bearer"
    guarded = {
        (method, path)
        for path, methods in document["paths"].items()
        for method, one in methods.items()
        if "security" in one
    }
    commands = {("post", f"/session/{{session}}/{name}") for name in COMMANDS}
    assert guarded == commands | {("post", "/api/session/import"), ("delete", "/api/session/{session}")}
    for method, path in guarded:
        one = document["paths"][path][method]
        assert one["security"] == [{}, {"cookie": []}, {"code": []}]
        assert {"401", "403", "404", "429"} <= one["responses"].keys()
