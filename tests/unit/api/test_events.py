from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientResponse

from drift.api.keys import CONFIG
from drift.config import Config, EventsConfig
from tests.unit.http_site import Site


async def event(response: ClientResponse) -> dict[str, Any]:
    """The next event."""
    async with asyncio.timeout(10):
        text = (await response.content.readuntil(b"\n\n")).decode()
    fields = dict(line.split(": ", 1) for line in text.rstrip("\n").split("\n"))
    return fields | {"data": json.loads(fields["data"])}


async def test_hello_is_a_full_snapshot(site: Site) -> None:
    async with site.client.get("/events/master") as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        first = await event(response)
    assert first["event"] == "hello"
    assert int(first["id"]) == site.session.events.last_id
    hello = first["data"]
    assert (hello["state"], hello["listeners"], hello["sampleRate"]) == ("idle", 0, 48_000)
    assert hello["library"]["tracks"] == 3
    assert {stream["format"]: stream["bitrateKbps"] for stream in hello["streams"]}["flac"] is None
    assert {stream["url"] for stream in hello["streams"]} >= {"/stream/master.mp3", "/stream/master.webm"}


async def test_events_follow_as_they_happen_and_the_end_is_the_end(site: Site) -> None:
    async with site.client.get("/events/master") as response:
        await event(response)
        site.session.attach()
        site.session.announce()
        follows = await event(response)
        assert (follows["event"], follows["data"]) == ("listeners", {"count": 1})
        site.session.close()
        async with asyncio.timeout(10):
            assert b"session-ended" not in await response.content.read(), "clients would not come back"
    assert site.session.events.clients == 0
    assert b"drift_events_clients 0.0" in site.studio.metrics.text()


async def test_a_client_that_reconnects_gets_what_it_missed(site: Site) -> None:
    made = [site.session.events.publish("listeners", {"count": n}) for n in range(3)]
    async with site.client.get("/events/master", headers={"Last-Event-ID": str(made[0].id)}) as response:
        got = [await event(response) for _ in range(3)]
    assert [one["event"] for one in got] == ["listeners", "listeners", "hello"]
    assert [int(one["id"]) for one in got[:2]] == [made[1].id, made[2].id]


@pytest.mark.parametrize("junk", ["", "abc", "-1", "1.5", "²", "9" * 17, "9" * 400, "1; DROP"])
async def test_a_junk_last_event_id_counts_as_none(site: Site, junk: str) -> None:
    site.session.events.publish("listeners", {"count": 1})
    async with site.client.get("/events/master", headers={"Last-Event-ID": junk}) as response:
        assert (await event(response))["event"] == "hello"


async def test_heartbeats_have_no_id(site: Site) -> None:
    site.application._state[CONFIG] = Config(events=EventsConfig(heartbeat_s=0.01))
    async with site.client.get("/events/master") as response:
        await event(response)
        beat = await event(response)
    assert beat["event"] == "heartbeat"
    assert "id" not in beat
    assert beat["data"] == {"position": site.session.position, "state": "idle"}


async def test_while_the_library_is_prepared_the_state_says_so(site: Site) -> None:
    site.studio.library.tracks.clear()
    async with site.client.get("/events/master") as response:
        assert (await event(response))["data"]["state"] == "preparing"


async def test_unknown_session_and_wrong_method(site: Site) -> None:
    async with site.client.get("/events/nobody") as response:
        assert response.status == 404
    async with site.client.head("/events/master") as response:
        assert response.status == 405


async def test_event_clients_do_not_wake_a_session(site: Site) -> None:
    async with site.client.get("/events/master") as response:
        await event(response)
        assert site.session.state == "idle"
        assert len(site.supervisor) == 0


async def test_each_client_is_greeted_anew_as_itself(site: Site) -> None:
    await site.registry.follow("master", "echo")
    async with site.client.get("/events/master") as one, site.client.get("/events/echo") as other:
        names = []
        for response in (one, other):
            await event(response)
        site.session.events.greet()
        for response in (one, other):
            again = await event(response)
            names.append((again["event"], again["data"]["session"]["id"], again["data"]["session"]["type"]))
    assert names == [("hello", "master", "master"), ("hello", "echo", "follower")]
