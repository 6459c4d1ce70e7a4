"""Behind reverse proxies, a request is its visitor's; nobody else can say so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from drift.access.doorkeeper import BURST
from drift.api.guard import COOKIE
from drift.api.proxies import Proxies
from tests.unit.api.people import Open, Person, kitchen

HERE = Proxies(["127.0.0.1", "10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize(
    ("peer", "told", "client"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("127.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("127.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("fd00::5", "2001:db8::1", "2001:db8::1"),
        ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "10.0.0.7", "10.0.0.7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9, unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9, _hidden, 10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", ",,;\x00[", "127.0.0.1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("192.0.2.1", "127.0.0.1", "192.0.2.1"),
        ("", "203.0.113.9", ""),
    ],
)
def test_whose_request_it_is(peer: str, told: str, client: str) -> None:
    assert HERE.client(peer, told) == client


@given(st.text(max_size=60), st.integers(0, 3))
def test_nobody_can_be_another_one(made_up: str, further_proxies: int) -> None:
    told = ", ".join([made_up, "203.0.113.9", *["10.0.0.2"] * further_proxies])
    assert HERE.client("127.0.0.1", told) == "203.0.113.9"


def test_a_trusted_network_must_be_one() -> None:
    with pytest.raises(ValueError, match="nginx"):
        Proxies(["nginx"])


def by(address: str, **more: str) -> dict[str, str]:
    """What a proxy adds to the request of that address."""
    return {"X-Forwarded-For": address, **{f"X-Forwarded-{name}": value for name, value in more.items()}}


async def make(person: Person, headers: dict[str, str]) -> tuple[Any, dict[str, Any]]:
    document = {"sessionName": "attic", "displayName": "Ann"}
    async with person.client.post("/api/sessions.create", json=document, headers=headers) as answer:
        return answer, await answer.json()


async def test_links_and_cookies_are_as_the_visitor_sees_the_site(open_site: Open) -> None:
    person = await (await open_site()).person()
    answer, made = await make(person, by("203.0.113.9", Proto="https", Host="radio.example.com"))
    assert made["webUrl"] == "https://radio.example.com/session/attic"
    assert made["links"]["viewer"].startswith("https://radio.example.com/?sessionId=attic&code=")
    assert answer.cookies[COOKIE]["secure"]
    async with person.client.get("/listen/attic.m3u", headers=by("", Proto="https", Host="a:8443")) as list_:
        assert "https://a:8443/stream/attic.mp3" in await list_.text()


@pytest.mark.parametrize(("scheme", "host"), [("gopher", "a b"), ("", "x/../y"), ("https:", "a@b")])
async def test_what_is_no_scheme_or_host_is_left_aside(open_site: Open, scheme: str, host: str) -> None:
    person = await (await open_site()).person()
    _, made = await make(person, by("203.0.113.9", Proto=scheme, Host=host))
    assert made["webUrl"] == f"http://127.0.0.1:{person.client.port}/session/attic"


async def test_commands_of_the_site_itself_pass_where_a_proxy_changes_the_host(open_site: Open) -> None:
    town = await open_site()
    await kitchen(town)
    client = (await town.person()).client
    origin = {"Origin": "https://radio.example.com"}
    behind = by("203.0.113.9", Host="radio.example.com")
    for headers, status in ((origin | behind, 200), (origin, 403)):
        async with client.post("/session/kitchen/pause", headers=headers) as answer:
            assert answer.status == status


async def guess(person: Person, address: str) -> int:
    document = {"sessionId": "kitchen", "code": "zz", "displayName": "Eve"}
    async with person.client.post("/api/sessions.join", json=document, headers=by(address)) as answer:
        return int(answer.status)


async def test_each_visitor_has_limits_of_their_own(open_site: Open) -> None:
    town = await open_site("codes")
    await kitchen(town)
    eve = await town.person()
    outcomes = [await guess(eve, f"198.51.100.{number}, 203.0.113.9") for number in range(BURST + 1)]
    assert outcomes == [403] * BURST + [429], "what Eve makes up before her address changes nothing"
    assert await guess(eve, "203.0.113.10") == 403


async def test_who_is_not_trusted_is_not_believed_and_that_is_said_once(open_site: Open) -> None:
    town = await open_site("codes", proxies=())
    await kitchen(town)
    eve = await town.person()
    with capture_logs() as lines:
        outcomes = [await guess(eve, f"203.0.113.{number}") for number in range(BURST + 1)]
        _, made = await make(eve, by("203.0.113.9", Proto="https", Host="radio.example.com"))
    assert outcomes[-1] == 429
    assert made["webUrl"].startswith("http://127.0.0.1:")
    said = [line for line in lines if line["event"] == "proxy-not-trusted"]
    assert [(line["address"], line["log_level"]) for line in said] == [("127.0.0.1", "warning")]
