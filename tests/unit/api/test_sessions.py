from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest
from yarl import URL

from drift.names import RESERVED
from tests.unit.http_site import Site

COMMANDS: dict[str, Any] = {
    "next-track": None,
    "direction": {"direction": "faster"},
    "play": {"trackId": f"{1:032x}", "when": "next"},
    "seek": {"positionS": 1},
    "pause": None,
    "resume": None,
    "reset": None,
    "rename": {"name": "Kitchen"},
}
VIEW = {
    "sessionId",
    "uid",
    "name",
    "type",
    "followingSession",
    "allowCommands",
    "state",
    "listeners",
    "eventClients",
    "clients",
    "created",
    "webUrl",
    "streamUrl",
    "eventsUrl",
    "nowPlaying",
    "held",
}


async def ask(
    site: Site, method: str, path: str, document: Any = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    """Status and JSON of a request; ``path`` is sent as it stands."""
    url = URL(f"http://{site.client.host}:{site.client.port}{path}", encoded=True)
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    body = None if document is None else io.BytesIO(data)
    async with site.client.session.request(
        method, url, data=body, headers=headers, allow_redirects=False
    ) as answer:
        said = await answer.json() if answer.content_type == "application/json" else None
        return answer.status, (said or {}) | {"headers": answer.headers}


async def create(site: Site, name: str, **options: Any) -> dict[str, Any]:
    status, body = await ask(
        site, "POST", "/api/session/create", {"sessionName": name, "options": options or {}}
    )
    assert status == 201, body
    return body


async def follow(site: Site, target: str, name: str = "") -> dict[str, Any]:
    document = {"sessionName": target} | ({"followerName": name} if name else {})
    status, body = await ask(site, "POST", "/api/session/follow", document)
    assert status == 201, body
    return body


async def listed(site: Site) -> list[str]:
    body = (await ask(site, "GET", "/api/session/list"))[1]
    return [one["sessionId"] for one in body["sessions"]]


async def events(site: Site, response: Any, until: str) -> list[str]:
    """Names of the events up to one of this name."""
    seen: list[str] = []
    async with asyncio.timeout(10):
        while until not in seen:
            text = (await response.content.readuntil(b"\n\n")).decode()
            seen += [line.removeprefix("event: ") for line in text.split("\n") if line.startswith("event: ")]
    return seen


# Making


async def test_a_session_is_made_and_told_of(site: Site) -> None:
    made = await create(site, "Küche Nr. 1")
    base = f"http://{site.client.host}:{site.client.port}"
    assert set(made) - {"headers"} == VIEW | {"resumed"}
    assert made["sessionId"] == "kuche-nr-1"
    assert (made["name"], made["type"], made["resumed"]) == ("Küche Nr. 1", "named", False)
    assert (made["followingSession"], made["allowCommands"], made["state"]) == (None, True, "idle")
    assert made["webUrl"] == f"{base}/session/kuche-nr-1"
    assert made["streamUrl"] == f"{base}/stream/kuche-nr-1.mp3"
    assert made["eventsUrl"] == f"{base}/events/kuche-nr-1"
    for url in (made["webUrl"], made["streamUrl"], made["eventsUrl"]):
        async with site.client.session.get(url) as answer:
            assert answer.status == 200
    assert await listed(site) == ["master", "kuche-nr-1"]


async def test_one_that_is_there_is_told_of_with_its_addresses(site: Site) -> None:
    made = await create(site, "a")
    status, body = await ask(site, "POST", "/api/session/create", {"sessionName": "A"})
    assert status == 409
    assert body["error"]["code"] == "conflict"
    for name in ("sessionId", "webUrl", "streamUrl", "eventsUrl"):
        assert body[name] == made[name]


async def test_one_that_was_put_away_goes_on(site: Site) -> None:
    made = await create(site, "a", direction="calmer")
    site.studio.clock.advance(1e5)
    assert await site.registry.unload_idle() == ["a"]
    assert await listed(site) == ["master"]
    again = await create(site, "a")
    assert (again["resumed"], again["uid"], again["held"]) == (True, made["uid"], "calmer")


async def test_a_session_begins_as_wished(site: Site) -> None:
    wanted = site.studio.library.tracks[2].id
    made = await create(site, "a", startingTrack=wanted, direction="faster")
    assert made["nowPlaying"]["id"] == wanted
    assert made["held"] == "faster"


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"startingTrack": "nothing"}, 404),
        ({"startingTrack": ""}, 404),
        ({"direction": "sideways"}, 422),
        ({"startingTrack": 7}, 422),
        ({"colour": "red"}, 422),
        ([], 422),
        ("x", 422),
    ],
)
async def test_wishes_that_cannot_be_met(site: Site, options: Any, status: int) -> None:
    document = {"sessionName": "a", "options": options}
    assert (await ask(site, "POST", "/api/session/create", document))[0] == status
    assert await listed(site) == ["master"]


BAD_NAMES = [
    "",
    " ",
    "...",
    "/",
    "../",
    "x" * 65,
    "x" * 5000,
    "🎵",
    "日本語",
    "a\0b",
    "a\r\nb",
    *sorted(RESERVED),
]


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_bad_names(site: Site, name: str) -> None:
    await create(site, "a")
    for path, document in (
        ("create", {"sessionName": name}),
        ("follow", {"sessionName": "a", "followerName": name}),
    ):
        if (path, name) == ("follow", ""):
            continue  # one is made up
        status, body = await ask(site, "POST", f"/api/session/{path}", document)
        assert (status, body["error"]["code"]) == (422, "invalid")
    assert await listed(site) == ["master", "a"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "%00", "a%2Fb", "<b>", "a b", "'; DROP TABLE sessions"])
async def test_strange_names_become_plain_addresses(site: Site, name: str) -> None:
    made = await create(site, name)
    assert made["name"] == name
    assert set(made["sessionId"]) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    async with site.client.session.get(made["eventsUrl"]) as answer:
        assert answer.status == 200
    assert (await ask(site, "DELETE", f"/api/session/{made['sessionId']}"))[0] == 200


DEEP = b'{"sessionName":' + b"[" * 100_000
DEEP_AND_WHOLE = b'{"sessionName":' + b"[" * 900 + b"]" * 900 + b"}"


@pytest.mark.parametrize("path", ["/api/session/create", "/api/session/follow"])
@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"sessionName=a", 400),
        (b"\xff\xfe", 400),
        (DEEP, 400),
        (DEEP_AND_WHOLE, 422),
        (b'{"sessionName": ' + b"9" * 5000 + b"}", 400),
        (b"null", 422),
        (b"[]", 422),
        (b'"a"', 422),
        (b"NaN", 422),
        (b"{}", 422),
        (b'{"sessionName": null}', 422),
        (b'{"sessionName": 1}', 422),
        (b'{"sessionName": ["a"]}', 422),
        (b'{"sessionName": {"a": 1}}', 422),
        (b'{"sessionName": "\\ud800"}', 422),
        (b'{"sessionName": "a", "extra": 1}', 422),
        (b'{"sessionName": "a' + b"x" * 10_000_000 + b'"}', 413),
    ],
    ids=lambda one: repr(one)[:30],
)
async def test_bodies_that_make_no_sense(site: Site, path: str, data: bytes, status: int) -> None:
    found, body = await ask(site, "POST", path, data)
    assert found == status
    assert set(body["error"]) <= {"code", "message", "details"}
    assert await listed(site) == ["master"]


async def test_a_body_of_unknown_length_is_bounded_too(site: Site) -> None:
    async def endless() -> Any:
        for _ in range(200):
            yield b" " * 65_536

    async with site.client.post("/api/session/create", data=endless()) as answer:
        assert answer.status == 413


@pytest.mark.parametrize("encoding", ["nonsense", "utf-16", "base64", "rot13"])
async def test_a_strange_charset_is_a_bad_request(site: Site, encoding: str) -> None:
    headers = {"Content-Type": f"application/json; charset={encoding}"}
    async with site.client.post(
        "/api/session/create", data=b'{"sessionName":"a"}', headers=headers
    ) as answer:
        assert answer.status == 400


async def test_there_is_an_end_to_room(site: Site) -> None:
    for number in range(99):
        await create(site, f"s{number}")
    status, body = await ask(site, "POST", "/api/session/create", {"sessionName": "one-more"})
    assert status == 429
    assert int(body["headers"]["Retry-After"]) >= 1


# Followers


async def test_a_follower_looks_like_its_target_but_is_read_only(site: Site) -> None:
    target = await create(site, "a")
    made = await follow(site, "a", "Ears")
    assert (made["sessionId"], made["name"], made["type"]) == ("ears", "Ears", "follower")
    assert (made["followingSession"], made["allowCommands"]) == ("a", False)
    assert made["nowPlaying"] == target["nowPlaying"]
    async with site.client.get("/events/a"), site.client.get("/events/ears") as ears:
        text = (await ears.content.readuntil(b"\n\n")).decode()
        hello = json.loads(text.partition("data: ")[2])
        assert hello["session"] == {
            "id": "ears",
            "uid": made["uid"],
            "name": "Ears",
            "type": "follower",
            "followingSession": "a",
            "allowCommands": False,
        }
        assert hello["streams"][0]["url"].startswith("/stream/ears.")
        shown = (await ask(site, "GET", "/api/session/info?sessionId=ears"))[1]
        assert (shown["eventClients"], shown["clients"], shown["listeners"]) == (2, 2, 0)


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_follower_takes_no_command(site: Site, command: str) -> None:
    await create(site, "a")
    await follow(site, "a", "b")
    await follow(site, "b", "c")
    for session in ("b", "c"):
        status, body = await ask(site, "POST", f"/session/{session}/{command}", COMMANDS[command])
        assert status == 403
        assert body["error"]["code"] == "forbidden"
        assert body["followingSession"] == "a"


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_other_session_takes_every_command(site: Site, command: str) -> None:
    await create(site, "a")
    for session in ("a", "master"):
        status, body = await ask(site, "POST", f"/session/{session}/{command}", COMMANDS[command])
        assert (status, body["sessionId"]) == (200, session), body
    assert (await ask(site, "POST", f"/session/nobody/{command}", COMMANDS[command]))[0] == 404


async def test_what_cannot_be_followed(site: Site) -> None:
    await create(site, "a")
    await follow(site, "a", "b")
    for target, name, status in (
        ("nobody", "c", 404),
        ("", "c", 404),
        ("a", "a", 422),
        ("a", "A ", 422),
        ("b", "b", 409),
        ("b", "a", 422),
        ("a", "b", 409),
        ("a", "master", 422),
    ):
        document = {"sessionName": target, "followerName": name}
        found, body = await ask(site, "POST", "/api/session/follow", document)
        assert found == status, (target, name)
        if status == 409:
            assert body["webUrl"].endswith("/session/b")
    assert await listed(site) == ["master", "a", "b"]


async def test_a_follower_of_what_is_not_there_waits(site: Site) -> None:
    await create(site, "a")
    await follow(site, "a", "b")
    assert (await ask(site, "DELETE", "/api/session/a"))[0] == 200
    assert (await ask(site, "GET", "/api/session/list"))[1]["sessions"][1]["state"] == "waiting"
    for path in ("/events/b", "/stream/b.mp3", "/api/session/info?sessionId=b"):
        assert (await ask(site, "GET", path))[0] == 404, path
    assert (await ask(site, "POST", "/session/b/next-track"))[1]["followingSession"] == "a"
    await create(site, "a")
    async with site.client.get("/events/b") as answer:
        assert answer.status == 200


async def test_the_end_of_the_target_reaches_its_followers_clients(site: Site) -> None:
    await create(site, "a")
    await follow(site, "a", "b")
    async with site.client.get("/events/b") as watching, site.client.get("/stream/b.mp3") as listening:
        await events(site, watching, "hello")
        await listening.content.readexactly(2)
        assert (await ask(site, "DELETE", "/api/session/a"))[0] == 200
        assert (await events(site, watching, "session-ended"))[-1] == "session-ended"
        async with asyncio.timeout(10):
            await watching.content.read()
            await listening.content.read()
    assert (await ask(site, "GET", "/stream/b"))[0] == 404


async def test_the_end_of_a_follower_reaches_its_own_clients_only(site: Site) -> None:
    await create(site, "a")
    await follow(site, "a", "b")
    async with site.client.get("/events/a") as others, site.client.get("/events/b") as watching:
        async with site.client.get("/stream/b.mp3") as listening:
            await events(site, others, "hello")
            await events(site, watching, "hello")
            await listening.content.readexactly(2)
            assert (await ask(site, "DELETE", "/api/session/b"))[0] == 200
            assert (await events(site, watching, "session-ended"))[-1] == "session-ended"
            async with asyncio.timeout(10):
                await watching.content.read()
                await listening.content.read()
        assert site.registry.get("a") is not None
        (await ask(site, "POST", "/session/a/rename", {"name": "b"}))
        assert "session-ended" not in await events(site, others, "renamed")


# Ending


async def test_the_end(site: Site) -> None:
    await create(site, "a")
    async with site.client.get("/events/a") as watching, site.client.get("/stream/a.mp3") as listening:
        await events(site, watching, "hello")
        await listening.content.readexactly(2)
        status, body = await ask(site, "DELETE", "/api/session/a")
        assert (status, body["sessionId"], body["ended"]) == (200, "a", True)
        await events(site, watching, "session-ended")
        async with asyncio.timeout(10):
            assert await watching.content.read() == b""
            await listening.content.read()  # a clean end: else this raises
    status, body = await ask(site, "DELETE", "/api/session/a")
    assert (status, body["error"]["code"]) == (404, "not-found")
    for path in ("/events/a", "/stream/a", "/session/a", "/api/session/info?sessionId=a"):
        assert (await ask(site, "GET", path))[0] == 404, path
    assert len(site.supervisor) == 0 or await _pumps_end(site)


async def _pumps_end(site: Site) -> bool:
    for _ in range(5):
        await site.pass_time()
    return len(site.supervisor) == 0


async def test_the_master_stays(site: Site) -> None:
    for same in ("master", site.registry.master.uid):
        assert (await ask(site, "DELETE", f"/api/session/{same}"))[0] == 409
    assert await listed(site) == ["master"]


UNKNOWN = [
    "nobody",
    "%00",
    "%ff",
    "..%2f..%2fetc",
    "x" * 5000,
    "%F0%9F%8E%B5",
    "%ed%a0%80",
    "a%0d%0ab",
    "MASTER",
]


@pytest.mark.parametrize("name", UNKNOWN)
async def test_unknown_ids(site: Site, name: str) -> None:
    for method, path in (
        ("DELETE", f"/api/session/{name}"),
        ("GET", f"/api/session/info?sessionId={name}"),
        ("GET", f"/events/{name}"),
        ("GET", f"/stream/{name}"),
        ("GET", f"/stream/{name}.mp3"),
        ("GET", f"/session/{name}"),
        ("GET", f"/session/{name}/explore"),
        ("POST", f"/session/{name}/next-track"),
    ):
        status, body = await ask(site, method, path)
        assert status == 404, path
        assert body["error"]["code"] == "not-found"
    document = {"sessionName": name, "followerName": "b"}
    assert (await ask(site, "POST", "/api/session/follow", document))[0] in {404, 422}


# By a link


async def test_a_link_makes_a_session_or_opens_it(site: Site) -> None:
    for _ in range(2):
        status, body = await ask(site, "GET", "/session/create/Living%20Room")
        assert (status, body["headers"]["Location"]) == (303, "/session/living-room")
    assert await listed(site) == ["master", "living-room"]
    status, body = await ask(site, "GET", "/session/follow/living-room")
    assert status == 303
    assert body["headers"]["Location"] == f"/session/{(await listed(site))[-1]}"
    assert len(await listed(site)) == 3


@pytest.mark.parametrize("path", ["/session/create/a", "/session/follow/master"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
        {"Sec-Purpose": "PREFETCH", "Sec-Fetch-Site": "same-origin"},
    ],
)
async def test_looking_ahead_makes_nothing(site: Site, path: str, headers: dict[str, str]) -> None:
    assert (await ask(site, "GET", path, **headers))[0] == 403
    assert await listed(site) == ["master"]


@pytest.mark.parametrize(
    ("path", "home"),
    [
        ("/session/create/a%26b%23c", "/?create=a%26b%23c"),
        ("/session/follow/master", "/?follow=master"),
        ("/session/create/%0d%0aSet-Cookie:x", None),
    ],
)
async def test_a_link_on_another_site_asks_first(site: Site, path: str, home: str | None) -> None:
    status, body = await ask(site, "GET", path, **{"Sec-Fetch-Site": "cross-site"})
    assert status == (303 if home else 422)
    assert body["headers"].get("Location") == home
    assert "Set-Cookie" not in body["headers"]
    assert await listed(site) == ["master"]


async def test_a_link_to_a_name_that_is_none(site: Site) -> None:
    for name in ("master", "%00", "x" * 65, "...", "%F0%9F%8E%B5"):
        assert (await ask(site, "GET", f"/session/create/{name}"))[0] == 422, name
    assert (await ask(site, "GET", "/session/follow/nobody"))[0] == 404
    assert (await ask(site, "HEAD", "/session/create/a"))[0] == 405
    assert await listed(site) == ["master"]


# Commands


@pytest.mark.parametrize(
    ("command", "document"),
    [
        ("seek", {"positionS": -1}),
        ("seek", {"positionS": 1e9}),
        ("seek", {"positionS": "1"}),
        ("seek", {"positionS": True}),
        ("seek", {"positionS": None}),
        ("seek", {}),
        ("seek", {"positionS": 100}),  # the track has four seconds
        ("rename", {}),
        ("rename", {"name": ""}),
        ("rename", {"name": "x" * 65}),
        ("rename", {"name": "a\0b"}),
        ("rename", {"name": 1}),
        ("play", {}),
        ("play", {"trackId": "a", "trackIds": ["b"]}),
        ("play", {"trackIds": "a"}),
        ("play", {"trackIds": ["a"] * 1001}),
        ("play", {"trackId": f"{1:032x}", "when": "later"}),
        ("direction", {"direction": "sideways"}),
        ("direction", {}),
        ("direction", {"direction": ["faster"]}),
    ],
    ids=lambda one: repr(one)[:40],
)
async def test_commands_that_make_no_sense(site: Site, command: str, document: Any) -> None:
    site.session.library_changed()
    before = site.session.events.last_id
    status, body = await ask(site, "POST", f"/session/master/{command}", document)
    assert (status, body["error"]["code"]) == (422, "invalid")
    assert site.session.events.last_id == before


@pytest.mark.parametrize("command", [name for name, document in COMMANDS.items() if document is not None])
@pytest.mark.parametrize(
    ("data", "status"),
    [(b"{", 400), (DEEP, 400), (b"[]", 422), (b"x" * 10_000_000, 413), (b'{"name": NaN}', 422)],
    ids=["torn", "deep", "list", "huge", "nan"],
)
async def test_command_bodies_that_make_no_sense(site: Site, command: str, data: bytes, status: int) -> None:
    assert (await ask(site, "POST", f"/session/master/{command}", data))[0] == status


async def test_seeking_to_nan_is_refused(site: Site) -> None:
    for text in (b"NaN", b"Infinity", b"-Infinity", b"1e999"):
        data = b'{"positionS": ' + text + b"}"
        assert (await ask(site, "POST", "/session/master/seek", data))[0] == 422


async def test_too_many_commands_are_told_when_to_come_again(site: Site) -> None:
    site.session.library_changed()
    answers = [await ask(site, "POST", "/session/master/rename", {"name": str(n)}) for n in range(100)]
    statuses = [status for status, _ in answers]
    assert statuses == [200] * 40 + [429] * 60
    assert answers[-1][1]["error"]["code"] == "too-many"
    assert int(answers[-1][1]["headers"]["Retry-After"]) >= 1
    assert (await ask(site, "GET", "/api/session/list"))[0] == 200, "looking is no command"
    site.studio.clock.advance(1)
    assert (await ask(site, "POST", "/session/master/rename", {"name": "x"}))[0] == 200


async def test_a_key_makes_a_command_happen_once(site: Site) -> None:
    async with site.client.get("/stream/master.mp3") as stream:
        await stream.content.readexactly(2)
        key = {"Idempotency-Key": "4f1c"}
        first = await ask(site, "POST", "/session/master/next-track", **key)
        for _ in range(3):
            await site.pass_time(10)
            again = await ask(site, "POST", "/session/master/next-track", **key)
            assert again[0] == 200
            assert again[1]["transition"] == first[1]["transition"]
        status, body = await ask(site, "POST", "/session/master/rename", {"name": "x"}, **key)
        assert (status, body["error"]["code"]) == (422, "invalid")
        status, _ = await ask(site, "POST", "/session/master/reset", **{"Idempotency-Key": "k" * 129})
        assert status == 422


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_another_web_site_may_do_nothing(site: Site, method: str) -> None:
    await create(site, "a")
    path = "/api/session/create" if method == "POST" else "/api/session/a"
    document = {"sessionName": "b"} if method == "POST" else None
    status, _ = await ask(site, method, path, document, **{"Sec-Fetch-Site": "cross-site"})
    assert status == 403
    assert await listed(site) == ["master", "a"]


# Looking


async def test_the_list(site: Site) -> None:
    await create(site, "b")
    await create(site, "a")
    await follow(site, "master", "c")
    sessions = (await ask(site, "GET", "/api/session/list"))[1]["sessions"]
    assert [one["sessionId"] for one in sessions] == ["master", "b", "a", "c"]
    assert [one["type"] for one in sessions] == ["master", "named", "named", "follower"]
    assert all(set(one) == VIEW for one in sessions)


async def test_the_master_has_an_id_of_its_own(site: Site) -> None:
    uid = site.registry.master.uid
    shown = (await ask(site, "GET", f"/api/session/info?sessionId={uid}"))[1]
    assert (shown["sessionId"], shown["uid"], shown["type"]) == ("master", uid, "master")
    assert (await ask(site, "GET", "/api/session/info"))[1]["sessionId"] == "master"


async def test_info_has_what_a_page_needs(site: Site) -> None:
    shown = (await ask(site, "GET", "/api/session/info?sessionId=master"))[1]
    assert set(shown) - {"headers"} == VIEW | {"playing", "next", "position", "streams", "access"}
    assert shown["access"] == {"mode": "open"}
    assert shown["playing"]["track"] == shown["nowPlaying"]
    assert shown["position"] == site.session.position


async def test_addresses_are_those_of_the_request(site: Site) -> None:
    made = (await ask(site, "GET", "/api/session/info", Host="radio.example:8000"))[1]
    assert made["streamUrl"] == "http://radio.example:8000/stream/master.mp3"
