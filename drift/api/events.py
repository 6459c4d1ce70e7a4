"""``/events/:id``: a session's events as they happen."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack

from aiohttp import web
from aiohttp_sse import sse_response

from drift.api import schemas
from drift.api.guard import person_of
from drift.api.keys import CONFIG, METRICS, REGISTRY, ROOMS
from drift.api.livekit import livekit_facts
from drift.api.operations import operation
from drift.api.sessions import entry_of, hello
from drift.api.stream import end, limit_unsent, notice_death
from drift.errors import NotFoundError
from drift.events import Event, Subscription
from drift.models import Participant
from drift.rooms import Room
from drift.sessions import Session
from drift.sessions.views import Json
from drift.telemetry import logger

log = logger(__name__)

_HEADERS = {"Access-Control-Allow-Origin": "*"}
_MAX_ID = 2**53
_NEVER_S = 1e6
"""The library's own pings are not needed: heartbeats are sent, once for all clients of a session."""
_UNSENT_BYTES = 64 * 1024


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [web.get("/events/{session}", events, allow_head=False)]


def _last_seen(request: web.Request) -> int | None:
    """The Last-Event-ID of a client that reconnects; junk counts as none."""
    text = request.headers.get("Last-Event-ID", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 17 and int(text) < _MAX_ID:
        return int(text)
    return None


@operation(
    "Follow what happens",
    tag="Listening",
    answers={200: {"text/event-stream": schemas.Events}},
    headers={"Last-Event-ID": "What happened since then comes first, as far as it is remembered."},
)
async def events(request: web.Request) -> web.StreamResponse:
    """What a client missed (if it says since when), a full snapshot, then everything as it happens."""
    registry = request.app[REGISTRY]
    entry = await entry_of(request, request.match_info["session"])
    session = registry.heard(entry)
    hub = session.events
    member = await request.app[ROOMS].member(session.id, person_of(request))
    room = await request.app[ROOMS].room(session.id) if member else None
    metrics, loop = request.app[METRICS], asyncio.get_running_loop()
    async with sse_response(request, headers=_HEADERS, sep="\n", ping_interval=_NEVER_S) as response:
        if request.transport is None:
            return response
        limit_unsent(request.transport, _UNSENT_BYTES)
        notice_death(request.transport)
        inside = room is not None
        subscription = hub.subscribe(_last_seen(request), drop=request.transport.abort, inside=inside)
        hub.beat(request.app[CONFIG].events.heartbeat_s, lambda: _heartbeat(session))
        metrics.event_clients.inc()
        try:
            subscription.greet()
            with ExitStack() as visit:
                visit.enter_context(registry.visiting(entry, lambda reason: _end(subscription, reason)))
                if room is not None and member is not None:
                    visit.enter_context(room.watching(member, subscription))
                while (data := await subscription.take()) or subscription.to_greet:
                    if subscription.to_greet:
                        subscription.to_greet = False
                        seen = _room_view(request.app, room, member) if subscription.inside else None
                        snapshot = {**hello(request.app, entry), "room": seen}
                        data += Event(hub.last_id, "hello", json.dumps(snapshot, ensure_ascii=False)).encoded
                    await response.write(data)
                    if subscription.waited_since is not None:
                        metrics.event_lag.observe(loop.time() - subscription.waited_since)
            await end(request, response)
        except (ConnectionResetError, NotFoundError):
            pass  # the client has left, or was dropped; or the session has ended
        finally:
            metrics.event_clients.dec()
            if subscription.closed_because == "too-slow":
                metrics.event_clients_dropped.inc()
                log.info("event-client-dropped", session=entry.id, reason="too-slow")
            hub.unsubscribe(subscription)
    return response


def _room_view(app: web.Application, room: Room | None, member: Participant | None) -> Json | None:
    """The room as a participant sees it; a token for LiveKit is had elsewhere."""
    if room is None or member is None:
        return None
    you = room.participants.get(member.id, member)
    return {**room.view(you, app[CONFIG].rooms.duck_db), "livekit": livekit_facts(app)}


def _end(subscription: Subscription, reason: str) -> None:
    """Tell one client of the end of its session, which others hear go on."""
    subscription.offer(f'event: session-ended\ndata: {{"reason":"{reason}"}}\n\n'.encode())
    subscription.close(reason)


def _heartbeat(session: Session) -> bytes:
    """A sign of life. It has no id: there is nothing to replay."""
    data = f'{{"position":{session.position},"state":"{session.state}"}}'
    return f"event: heartbeat\ndata: {data}\n\n".encode()
