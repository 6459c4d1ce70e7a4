"""What links on other sites do in a visitor's browser, and browsers that tell little."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.unit.api.people import END, FORBIDDEN, STEERING, House, ask

LINKS = [("/session/create/attic", "/?create=attic"), ("/session/follow/kitchen", "/?follow=kitchen")]


@asynccontextmanager
async def follow_link(house: House, path: str, headers: dict[str, str]) -> AsyncIterator[Any]:
    """The answer to the host's browser, with the headers that a page gives it; ``{own}``: this site."""
    host = house.persons["host"]
    own = f"{host.client.host}:{host.client.port}"
    sent = {name: value.format(own=own) for name, value in headers.items()}
    async with host.client.get(path, headers=sent, allow_redirects=False) as answer:
        yield answer


@pytest.mark.parametrize(("path", "home"), LINKS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site", "Referer": "http://{own}/"},
        {"Referer": "http://evil.example/"},
        {"Referer": "https://evil.example/?http://{own}/"},
        {"Referer": "http://{own}.evil.example/"},
        {"Referer": "http://{own}@evil.example/"},
        {"Referer": "android-app://com.example.mail/"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_links_on_other_sites_ask_first(
    house: House, path: str, home: str, headers: dict[str, str]
) -> None:
    before = len(house.site.registry)
    async with follow_link(house, path, headers) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, home)
        assert not answer.cookies
    assert len(house.site.registry) == before


@pytest.mark.parametrize(("path", "_home"), LINKS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Referer": "http://behind.a.proxy/"},
        {"Referer": "http://{own}/session/master"},
        {"Referer": ""},
    ],
)
async def test_links_on_the_own_pages_do_it(
    house: House, path: str, _home: str, headers: dict[str, str]
) -> None:
    before = len(house.site.registry)
    async with follow_link(house, path, headers) as answer:
        assert answer.headers["Location"].startswith("/session/")
    assert len(house.site.registry) == before + 1


@pytest.mark.parametrize(("path", "_home"), LINKS)
@pytest.mark.parametrize("name", ["Sec-Purpose", "Purpose", "X-Moz"])
async def test_looking_ahead_makes_nothing_nor_anybody_a_host(
    house: House, path: str, _home: str, name: str
) -> None:
    before = len(house.site.registry)
    async with follow_link(house, path, {name: "prefetch"}) as answer:
        assert (answer.status, answer.cookies) == (403, {})
    assert len(house.site.registry) == before


async def test_nothing_else_that_is_got_changes_anything(house: House) -> None:
    """All other GETs of the interface, as another site would make them in a host's browser."""
    host, registry = house.persons["host"], house.site.registry
    kitchen = registry.get("kitchen")
    paths = json.loads(await (await host.client.get("/api/openapi.json")).text())["paths"]
    endless = {"/stream/{session}", "/events/{session}", "/session/create/{name}", "/session/follow/{name}"}
    for path in (path for path, methods in paths.items() if "get" in methods and path not in endless):
        url = path.replace("{session}", "kitchen").replace("{format}", "json").replace("{track}", "0" * 32)
        await ask(host, f"GET {url}?sessionId=kitchen", **{"Sec-Fetch-Site": "cross-site"})
    assert [one.id for one in registry] == ["master", "kitchen"]
    assert registry.get("kitchen") is kitchen


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Referer": "http://evil.example/"},
    ],
)
async def test_other_sites_may_not_command_in_a_hosts_browser(locked: House, headers: dict[str, str]) -> None:
    for what in (*STEERING, END, "POST /api/session/create", "POST /api/sessions.codes"):
        assert await ask(locked.persons["host"], what, **headers) == FORBIDDEN, what
