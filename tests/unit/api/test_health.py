from __future__ import annotations

import asyncio
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from mixer.codecs import Codec
from tests.unit.fakes import EMPTY
from tests.unit.http_site import Site


async def health(site: Site) -> tuple[int, dict[str, Any]]:
    async with site.client.get("/health") as response:
        return response.status, await response.json()


async def test_all_is_well(site: Site) -> None:
    status, body = await health(site)
    assert (status, body["status"], body["reasons"], body["listeners"]) == (200, "ok", [], 0)


async def test_an_empty_library_is_red(site: Site) -> None:
    site.studio.library.tracks.clear()
    status, body = await health(site)
    assert (status, body["reasons"]) == (503, ["the library has no playable track"])
    site.studio.library.done = 1
    assert (await health(site))[1]["reasons"] == ["the library is being prepared"]


async def test_a_stalled_pump_is_red_and_green_again(site: Site) -> None:
    packets = site.session.packets

    async def stalled(codec: Codec, quantum: int, count: int) -> list[list[bytes]]:
        raise EMPTY

    async with site.client.get("/stream/master.mp3") as stream:
        await stream.content.readexactly(2)
        assert (await health(site))[0] == 200
        site.session.packets = stalled  # type: ignore[method-assign]
        for _ in range(10):
            await site.pass_time(4)
        status, body = await health(site)
        assert status == 503
        assert body["reasons"][0].startswith("stream master.mp3 is ")
        assert body["listeners"] == 1
        site.session.packets = packets  # type: ignore[method-assign]
        for _ in range(5):
            await site.pass_time(4)
        assert (await health(site))[0] == 200


async def test_a_pump_that_hangs_is_red_within_three_seconds_and_then_goes_on(site: Site) -> None:
    """Not an error that it could tell of: its packets never come."""
    packets, going_on = site.session.packets, asyncio.Event()

    async def hanging(codec: Codec, quantum: int, count: int) -> list[list[bytes]]:
        await going_on.wait()
        return await packets(codec, quantum, count)

    async with (
        site.client.get("/stream/master.mp3") as stream,
        site.client.get("/events/master") as events,
    ):
        await stream.content.readexactly(2)
        for _ in range(8):
            await site.pass_time(4)
            assert (await health(site))[0] == 200
        site.session.packets = hanging  # type: ignore[method-assign]
        begin = site.studio.clock.now()
        while (await health(site))[0] == 200:
            assert site.studio.clock.now() - begin <= 3
            await site.pass_time(1)
        status, body = await health(site)
        assert (status, body["status"]) == (503, "unavailable")
        (reason,) = body["reasons"]
        assert reason.startswith("stream master.mp3 is 2.")
        assert reason.endswith(" s late")
        async with site.client.get("/api/session/list") as response:
            assert response.status == 200, "all else goes on"
        assert b"event: hello" in await events.content.readuntil(b"\n\n")
        going_on.set()
        for _ in range(3):
            await site.pass_time(4)
        assert (await health(site))[0] == 200


async def test_metrics(site: Site) -> None:
    async with site.client.get("/stream/master.mp3") as stream:
        await stream.content.readexactly(2)
        async with site.client.get("/metrics") as response:
            assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
            families = {f.name: f for f in text_string_to_metric_families(await response.text())}
    assert families["drift_library_tracks"].samples[0].value == 3
    assert families["drift_stream_listeners"].samples[0].value == 1
    assert families["drift_stream_bytes"].samples[0].value > 0
