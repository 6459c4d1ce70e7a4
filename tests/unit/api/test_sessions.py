from __future__ import annotations

from typing import Any

import pytest

from drift.names import RESERVED
from tests.unit.api.asking import DEEP, ask, create, follow, listed
from tests.unit.http_site import Site

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
