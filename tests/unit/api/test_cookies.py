"""Who somebody is, by a cookie."""

from __future__ import annotations

import asyncio

from aiohttp import CookieJar
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from drift.access import LIFETIME_S, Signer, new_person
from drift.api.guard import COOKIE
from drift.api.keys import SIGNER
from tests.unit.api.people import House, Person


async def test_the_cookie(locked: House) -> None:
    for headers, secure in (({}, False), ({"X-Forwarded-Proto": "HTTPS, http"}, True)):
        person = await locked.town.person()
        document = {"sessionId": "kitchen", "displayName": "Dee", "code": locked.codes["viewer"]}
        async with person.client.post("/api/sessions.join", json=document, headers=headers) as joined:
            assert joined.headers["Cache-Control"] == "no-store"
            cookie = joined.cookies[COOKIE]
        assert {name: cookie[name] for name in ("path", "samesite", "max-age", "domain")} == {
            "path": "/",
            "samesite": "Lax",
            "max-age": str(LIFETIME_S),
            "domain": "",
        }
        assert cookie["httponly"]
        assert bool(cookie["secure"]) == secure


def cookie_of(person: Person) -> str:
    jar: CookieJar = person.client.session.cookie_jar
    found = jar.filter_cookies(URL(f"http://{person.client.host}"))[COOKIE]
    return str(found.value)


async def by_cookie(house: House, header: bytes) -> int:
    """The status that a command with this Cookie header gets."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.persons["host"].client.port)
    writer.write(b"POST /session/kitchen/pause HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: ")
    writer.write(header + b"\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1])


async def test_cookies_of_every_kind(locked: House) -> None:
    good = cookie_of(locked.persons["collaborator"])
    viewers = cookie_of(locked.persons["viewer"])
    nobody = locked.site.application[SIGNER].sign(new_person())
    person, expires, signature = good.split(".")
    flipped = ("0" if signature[0] != "0" else "1") + signature[1:]
    expected = {
        f"{COOKIE}={good}": 200,
        f"theme=dark; {COOKIE}={good}; x": 200,
        f"{COOKIE}=junk; {COOKIE}={good}": 200,
        f"{COOKIE}={good}; {COOKIE}={viewers}": 200,
        f"{COOKIE}={viewers}; {COOKIE}={good}": 403,
        f"{COOKIE}={nobody}": 401,
        "": 401,
        COOKIE: 401,
        f"{COOKIE}=": 401,
        f"{COOKIE.upper()}={good}": 401,
        f'{COOKIE}="{good}"': 401,
        f"{COOKIE}={person}.{expires}.{flipped}": 401,
        f"{COOKIE}={person}.{int(expires) + 1}.{signature}": 401,
        f"{COOKIE}={person[::-1]}.{expires}.{signature}": 401,
        f"{COOKIE}={Signer(b'other', lambda: 0).sign(new_person())}": 401,
        f"{COOKIE}={'a' * 7000}": 401,
        f"{COOKIE}={'a' * 10_000}": 400,
        f"{COOKIE}=é\udcff🎵": 401,
        f"{COOKIE}={good}é": 401,
        ";" * 1000: 401,
    }
    found = {header: await by_cookie(locked, header.encode(errors="surrogateescape")) for header in expected}
    assert found == expected


async def test_a_cookie_expires(locked: House) -> None:
    good = f"{COOKIE}={cookie_of(locked.persons['collaborator'])}".encode()
    locked.site.studio.clock.advance(LIFETIME_S - 2)
    assert await by_cookie(locked, good) == 200
    locked.site.studio.clock.advance(3)
    assert await by_cookie(locked, good) == 401


@settings(deadline=None)
@given(st.text(max_size=200))
def test_nobody_is_known_by_whatever_text(text: str) -> None:
    assert Signer(b"secret", lambda: 0).read(text) is None
