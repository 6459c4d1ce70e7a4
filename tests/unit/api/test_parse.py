"""Requests that make no sense, and the words in which they are refused."""

from __future__ import annotations

import pytest

from tests.unit.http_site import Site

DIRECTION = "/session/master/direction"


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/session/master/seek", '{"positionS": false}', "positionS: Input should be a valid number."),
        ("/session/master/seek", '{"positionS": "1"}', "positionS: Input should be a valid number."),
        ("/session/master/seek", '{"positionS": NaN}', "positionS: Input should be a finite number."),
        ("/session/master/seek", "[]", "the body: Input should be an object."),
        ("/api/session/create", '{"sessionName": "x", "options": 1}', "options: Input should be an object."),
        (DIRECTION, '{"direction": null, "more": 1}', "more: Extra inputs are not permitted."),
        (DIRECTION, "", "direction: Field required."),
    ],
)
async def test_bodies_are_strict(site: Site, path: str, body: str, said: str) -> None:
    async with site.client.post(path, data=body) as response:
        assert response.status == 422
        assert (await response.json())["error"]["message"] == said


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{", {}),
        (b"\xff\xfe", {}),
        (b"[" * 100_000, {}),
        (b"1" * 10_000, {}),
        (b"{}", {"Content-Type": "application/json; charset=nonsense"}),
        (b"not gzip", {"Content-Encoding": "gzip"}),
    ],
)
async def test_bodies_that_are_not_json(site: Site, body: bytes, headers: dict[str, str]) -> None:
    async with site.client.post(DIRECTION, data=body, headers=headers) as response:
        assert response.status == 400
        assert (await response.json())["error"]["code"] == "bad-request"


@pytest.mark.parametrize(
    ("query", "limit"), [("", 50), ("limit=2", 2), ("limit=2&limit=x", 2), ("limit=500&utm_source=x", 500)]
)
async def test_queries_have_defaults_and_room_for_more(site: Site, query: str, limit: int) -> None:
    async with site.client.get(f"/api/library/tracks?{query}") as response:
        assert (response.status, (await response.json())["limit"]) == (200, limit)


@pytest.mark.parametrize("limit", ["0", "501", "-1", "1.5", "x", "", "%00", "%D9%A1", "1" * 5000])
async def test_queries_are_checked(site: Site, limit: str) -> None:
    async with site.client.get(f"/api/library/tracks?limit={limit}") as response:
        error = (await response.json())["error"]
    assert (response.status, error["details"]) == (422, {"fields": ["limit", "offset", "q"]})
    assert error["message"].startswith("limit: ")
