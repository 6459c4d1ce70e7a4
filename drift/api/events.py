"""``/events/:id``: a session's events as they happen."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from drift.api.keys import CONFIG, METRICS
from drift.api.sessions import find, hello
from drift.events import Event

_MAX_ID = 2**53


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [web.get("/events/{session}", events, allow_head=False)]


def _last_seen(request: web.Request) -> int | None:
    """The Last-Event-ID of a client that reconnects; junk counts as none."""
    text = request.headers.get("Last-Event-ID", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 17 and int(text) < _MAX_ID:
        return int(text)
    return None


async def events(request: web.Request) -> web.StreamResponse:
    """What a client missed (if it says since when), a full snapshot, then everything as it happens."""
    session = find(request, request.match_info["session"])
    hub = session.events
    heartbeat_s = request.app[CONFIG].events.heartbeat_s
    metrics = request.app[METRICS]
    async with sse_response(request, headers={"Access-Control-Allow-Origin": "*"}, sep="\n") as response:
        subscription = hub.subscribe(_last_seen(request))
        metrics.event_clients.inc()
        try:
            missed = await subscription.take(0)
            snapshot = json.dumps(hello(request.app, session), ensure_ascii=False)
            await _write(response, missed + Event(hub.last_id, "hello", snapshot).encoded)
            while subscription.closed_because is None:
                data = await subscription.take(heartbeat_s)
                await _write(response, data or _heartbeat(session.position, session.state))
            await _write(response, await subscription.take(0))
        except ConnectionResetError:
            pass
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
        finally:
            metrics.event_clients.dec()
            if subscription.closed_because == "too-slow":
                metrics.event_clients_dropped.inc()
            hub.unsubscribe(subscription)
    return response


async def _write(response: EventSourceResponse, data: bytes) -> None:
    if data:
        async with asyncio.timeout(EventSourceResponse.DEFAULT_SEND_TIMEOUT):
            await response.write(data)


def _heartbeat(position: int, state: str) -> bytes:
    """A sign of life. It has no id: there is nothing to replay."""
    return f'event: heartbeat\ndata: {{"position":{position},"state":"{state}"}}\n\n'.encode()
