from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from drift.events import QUEUE, EventHub


def ids(data: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"^id: (\d+)$", data, re.MULTILINE)]


async def test_ids_ascend_and_start_from_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 1_700_000_000_000_999_999)
    hub = EventHub()
    made = [hub.publish("listeners", {"count": n}) for n in range(3)]
    assert [event.id for event in made] == [1_700_000_000_001, 1_700_000_000_002, 1_700_000_000_003]
    assert hub.last_id == 1_700_000_000_003


async def test_an_event_is_one_line_of_json_whatever_it_holds() -> None:
    title = "two\nlines \u2028 \r and ünïcode"
    encoded = EventHub().publish("track-started", {"title": title}).encoded.decode()
    fields = dict(line.split(": ", 1) for line in encoded.rstrip("\n").split("\n"))
    assert encoded.endswith("\n\n")
    assert "\r" not in encoded
    assert fields["event"] == "track-started"
    assert json.loads(fields["data"]) == {"title": title}


async def test_all_subscribers_share_one_serialisation(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    dumps = json.dumps

    def counted(data: object, **how: Any) -> str:
        calls.append(data)
        return dumps(data, **how)

    monkeypatch.setattr("json.dumps", counted)
    hub = EventHub()
    subscriptions = [hub.subscribe() for _ in range(5)]
    hub.publish("listeners", {"count": 5})
    taken = [await subscription.take(0) for subscription in subscriptions]
    assert len(calls) == 1
    assert len(set(taken)) == 1
    assert b'"count":5' in taken[0]


async def test_a_client_that_reconnects_gets_what_it_missed_and_nothing_twice() -> None:
    hub = EventHub(replay=3)
    made = [hub.publish("e", {"n": n}).id for n in range(5)]
    assert ids(await hub.subscribe(made[3]).take(0)) == made[4:]
    assert ids(await hub.subscribe(made[0]).take(0)) == made[2:]  # older ones are forgotten
    assert await hub.subscribe(made[4]).take(0) == b""
    assert await hub.subscribe(made[4] + 1000).take(0) == b""
    assert await hub.subscribe().take(0) == b""


async def test_a_replay_longer_than_the_queue_does_not_close_the_subscription() -> None:
    hub = EventHub(replay=QUEUE * 2)
    for n in range(QUEUE * 2):
        hub.publish("e", {"n": n})
    subscription = hub.subscribe(0)
    assert len(ids(await subscription.take(0))) == QUEUE * 2
    assert subscription.closed_because is None


async def test_a_slow_subscriber_is_closed_at_its_bound_and_others_are_not() -> None:
    hub = EventHub()
    slow, quick = hub.subscribe(), hub.subscribe()
    for n in range(QUEUE):
        hub.publish("e", {"n": n})
        await quick.take(0)
    assert (slow.closed_because, hub.clients) == (None, 2)
    hub.publish("e", {"n": "one too many"})
    assert (slow.closed_because, hub.clients) == ("too-slow", 1)
    assert len(ids(await slow.take(0))) == QUEUE
    assert len(ids(await quick.take(0))) == 1


async def test_a_subscriber_that_is_too_slow_is_dropped_at_once_and_only_then() -> None:
    hub = EventHub()
    dropped: list[str] = []
    hub.subscribe(drop=lambda: dropped.append("slow"))
    quick = hub.subscribe(drop=lambda: dropped.append("quick"))
    for n in range(QUEUE + 1):
        assert dropped == []
        hub.publish("e", {"n": n})
        await quick.take(0)
    assert dropped == ["slow"]
    hub.publish("e", {})
    hub.close("shutdown")
    assert dropped == ["slow"]


async def test_take_with_no_time_lets_nobody_else_run() -> None:
    ran: list[bool] = []
    asyncio.get_running_loop().call_soon(ran.append, True)
    assert await EventHub().subscribe().take(0) == b""
    assert ran == []


async def test_take_gives_up_after_its_time() -> None:
    assert await EventHub().subscribe().take(0.001) == b""


async def test_a_heartbeat_is_made_once_for_all_and_not_remembered() -> None:
    hub = EventHub()
    made: list[bytes] = []

    def heartbeat() -> bytes:
        made.append(b"beat %d\n\n" % len(made))
        return made[-1]

    before = hub.last_id
    subscriptions = [hub.subscribe() for _ in range(1000)]
    for _ in range(3):
        hub.beat(0.001, heartbeat)  # as each client's handler does
    async with asyncio.timeout(10):
        taken = [await subscription.take() for subscription in subscriptions]
    assert taken == [made[0]] * 1000
    assert len(made) == 1
    async with asyncio.timeout(10):
        assert await subscriptions[0].take() == made[1]
    assert hub.last_id == before
    assert await hub.subscribe(0).take(0) == b""


async def test_the_heart_stops_with_the_last_subscriber_and_starts_again() -> None:
    hub = EventHub()
    made: list[bytes] = []

    def heartbeat() -> bytes:
        made.append(b"beat")
        return b"beat"

    first = hub.subscribe()
    hub.beat(0.001, heartbeat)
    hub.unsubscribe(first)
    await asyncio.sleep(0.02)
    assert made == []
    second = hub.subscribe()
    hub.beat(0.001, heartbeat)
    async with asyncio.timeout(10):
        assert await second.take() == b"beat"
    hub.close("shutdown")
    hub.beat(0.001, heartbeat)
    count = len(made)
    await asyncio.sleep(0.02)
    assert len(made) == count


async def test_take_waits_for_an_event() -> None:
    hub = EventHub()
    subscription = hub.subscribe()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(subscription.take(60))
        await asyncio.sleep(0)
        event = hub.publish("e", {})
    assert waiting.result() == event.encoded


async def test_take_ends_when_the_hub_closes() -> None:
    hub = EventHub()
    subscription = hub.subscribe()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(subscription.take(60))
        await asyncio.sleep(0)
        hub.close("session-ended")
    assert waiting.result() == b""
    assert subscription.closed_because == "session-ended"
    assert hub.clients == 0


async def test_what_waits_is_delivered_after_the_end() -> None:
    hub = EventHub()
    subscription = hub.subscribe()
    event = hub.publish("session-ended", {})
    hub.close("shutdown")
    assert await subscription.take(60) == event.encoded
    assert await subscription.take(60) == b""


async def test_who_subscribes_after_the_end_is_told_at_once() -> None:
    hub = EventHub()
    hub.close("shutdown")
    subscription = hub.subscribe()
    assert subscription.closed_because == "shutdown"
    assert await subscription.take(60) == b""
    assert hub.clients == 0
