from __future__ import annotations

import pytest

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
