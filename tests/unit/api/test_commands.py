from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api.asking import COMMANDS, DEEP, ask, create, listed
from tests.unit.http_site import Site

SKIP = "/session/master/next-track"


async def test_next_track(site: Site) -> None:
    async with site.client.get("/stream/master.mp3") as stream:
        await stream.content.readexactly(2)
        async with site.client.post(SKIP) as response:
            assert response.status == 200
            body = await response.json()
    assert body["sessionId"] == "master"
    assert body["transition"]["kind"] == "skip"
    assert body["transition"]["to"] == site.studio.library.tracks[1].id


async def test_next_track_with_nothing_to_play(site: Site) -> None:
    site.studio.library.tracks.clear()
    async with site.client.post(SKIP) as response:
        assert response.status == 503
        assert "Retry-After" in response.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"},
    ],
)
async def test_another_web_site_may_not_command(site: Site, headers: dict[str, str]) -> None:
    site.session.library_changed()
    async with site.client.post(SKIP, headers=headers) as response:
        assert response.status == 403
        assert (await response.json())["error"]["code"] == "forbidden"
    assert b'drift_session_commands_total{command="next-track"}' not in site.studio.metrics.text()


async def test_the_own_page_and_tools_may(site: Site) -> None:
    own = f"http://{site.client.host}:{site.client.port}"
    for headers in (
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://behind.a.proxy"},
        {"Origin": own},
        {},
    ):
        async with site.client.post(SKIP, headers=headers) as response:
            assert response.status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing/here", 404),
        ("POST", "/session/nobody/next-track", 404),
        ("GET", SKIP, 405),
        ("DELETE", "/stream/master.mp3", 405),
        ("POST", "/health", 405),
        ("GET", "/session/%00", 404),
        ("GET", "/session/%ff", 404),
        ("GET", "/stream/%F0%9F%8E%B5.mp3", 404),
    ],
)
async def test_errors_are_json(site: Site, method: str, path: str, status: int) -> None:
    async with site.client.request(method, path) as response:
        assert response.status == status
        assert set((await response.json())["error"]) <= {"code", "message", "details"}
        assert ("Allow" in response.headers) == (status == 405)


async def test_a_bug_is_a_500_without_a_traceback(site: Site) -> None:
    def broken() -> None:
        raise RuntimeError("secret details")

    site.session.skip = broken  # type: ignore[method-assign, assignment]
    async with site.client.post(SKIP) as response:
        assert response.status == 500
        text = await response.text()
    assert '"internal"' in text
    assert "secret details" not in text


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
