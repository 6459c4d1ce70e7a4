"""Sessions made, followed, listed and commanded over HTTP."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

from yarl import URL

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
DEEP = b'{"sessionName":' + b"[" * 100_000


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
