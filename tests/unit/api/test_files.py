from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from yarl import URL

from drift.api.keys import CLIENT, CONFIG
from drift.config import Config, LiveKitConfig
from tests.unit.http_site import Site


async def test_home_is_the_page(site: Site) -> None:
    async with site.client.get("/") as response:
        assert (response.status, response.content_type) == (200, "text/html")


async def test_browsers_get_the_page_for_a_session_that_is_not_there(site: Site) -> None:
    async with site.client.get("/session/nobody", headers={"Accept": "text/html,*/*"}) as response:
        assert (response.status, response.content_type) == (404, "text/html")
    async with site.client.get("/session/nobody") as response:
        assert (await response.json())["error"]["code"] == "not-found"


async def test_the_page(site: Site) -> None:
    async with site.client.get("/session/master") as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert response.headers["Cache-Control"] == "no-cache"
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    async with site.client.get("/session/nobody") as response:
        assert response.status == 404


async def test_the_page_that_makes_sessions(site: Site) -> None:
    async with site.client.get("/new?names=kitchen,garden") as response:
        assert (response.status, response.content_type) == (200, "text/html")


@pytest.mark.parametrize(
    ("url", "public_url", "places"),
    [
        ("ws://127.0.0.1:7880", "", "ws://127.0.0.1:7880 http://127.0.0.1:7880"),
        ("http://livekit:7880", "wss://party.example/x", "wss://party.example https://party.example"),
    ],
)
async def test_the_page_may_talk_to_livekit(site: Site, url: str, public_url: str, places: str) -> None:
    livekit = LiveKitConfig(url=url, public_url=public_url, api_key="key", api_secret="s" * 32)
    async with site.client.get("/") as response:
        assert "connect-src" not in response.headers["Content-Security-Policy"]
    site.application._state[CONFIG] = Config(livekit=livekit)
    async with site.client.get("/") as response:
        assert response.headers["Content-Security-Policy"].endswith(f"; connect-src 'self' {places}")


async def test_the_page_of_a_checkout_that_is_not_built(site: Site) -> None:
    site.application._state[CLIENT] = None
    async with site.client.get("/session/master") as response:
        assert response.status == 503
        assert "make setup" in await response.text()
    async with site.client.get("/assets/index-1.js") as response:
        assert response.status == 404


async def test_assets_are_kept_for_ever_and_icons_for_a_while(site: Site) -> None:
    async with site.client.get("/assets/index-1.js") as response:
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    async with site.client.get("/icon.svg") as response:
        assert (response.content_type, response.headers["Cache-Control"]) == (
            "image/svg+xml",
            "public, max-age=3600",
        )
    async with site.client.get("/manifest.webmanifest") as response:
        assert response.content_type == "application/manifest+json"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/..%2f..%2fsecret.svg",
        "/assets/%2e%2e%2f%2e%2e%2fsecret.svg",
        "/assets/..%5c..%5csecret.svg",
        "/../secret.svg",
        "/assets/../../secret.svg",
        "/assets/%2fetc%2fpasswd",
        "/assets/%00",
        "/assets/" + "a" * 300,
        "/assets/.",
        "/assets/",
        "/api/library/tracks/..%2f..%2fsecret.svg/art",
        "/api/library/tracks/%00/art",
    ],
)
async def test_nothing_outside_is_served(site: Site, path: str) -> None:
    async with site.client.get(URL(path, encoded=True)) as response:
        assert response.status == 404
        assert "error" in await response.json()


async def test_covers(site: Site, tmp_path: Path) -> None:
    library = site.studio.library
    library.art_directory = tmp_path / "art"
    library.art_directory.mkdir()
    (library.art_directory / "0a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    first, second, third = library.tracks
    library.tracks[:] = [
        replace(first, art="0a.png"),
        replace(second, art="../secret.svg"),
        replace(third, art="ff.png"),
    ]
    async with site.client.get(f"/api/library/tracks/{first.id}/art") as response:
        assert (response.status, response.content_type) == (200, "image/png")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age" in response.headers["Cache-Control"]
    for track in (second, third):
        async with site.client.get(f"/api/library/tracks/{track.id}/art") as response:
            assert response.status == 404
