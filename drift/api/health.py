"""``/health`` for supervisors, ``/metrics`` for Prometheus."""

from __future__ import annotations

from aiohttp import web

from drift import __version__
from drift.api import schemas
from drift.api.keys import LIBRARY, LIVEKIT, METRICS, MOUNTS, REGISTRY, ROOMS, STAGE
from drift.api.operations import operation
from drift.sessions import Follower

STALLED_S = 2.0
"""A mount with listeners that lags this far behind the clock is a fault."""


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [web.get("/health", health), web.get("/metrics", metrics)]


@operation("Readiness", tag="Server", answers={200: schemas.Health, 503: schemas.Health})
async def health(request: web.Request) -> web.Response:
    """200 when everything that should be running is; 503 with reasons when not."""
    reasons = []
    livekit = request.app[LIVEKIT]
    status = request.app[LIBRARY].status
    if not status.tracks:
        preparing = status.done is not None
        reasons.append("the library is being prepared" if preparing else "the library has no playable track")
    reasons += [
        f"stream {mount.station.id}.{mount.format.name} is {mount.behind_s:.1f} s late"
        for mount in request.app[MOUNTS]
        if mount.behind_s > STALLED_S
    ]
    reasons += [
        f"stream {mount.station.id}.{mount.format.name} broke: {mount.fault}"
        for mount in request.app[MOUNTS]
        if mount.fault
    ]
    return web.json_response(
        {
            "status": "unavailable" if reasons else "ok",
            "reasons": reasons,
            "version": __version__,
            "listeners": sum(session.listeners for session in request.app[REGISTRY].sessions),
            "library": status.view(),
            "livekit": {
                "configured": livekit.configured,
                "trouble": livekit.trouble if livekit.configured else "",
                "rooms": len(request.app[STAGE]),
            },
        },
        status=503 if reasons else 200,
    )


@operation("Metrics", tag="Server", answers={200: {"text/plain": None}})
async def metrics(request: web.Request) -> web.Response:
    """All metrics, in Prometheus' text format."""
    found = request.app[METRICS]
    status = request.app[LIBRARY].status
    found.tracks.set(status.tracks)
    found.problems.set(status.problems)
    registry = request.app[REGISTRY]
    found.count_sessions(
        ("follower", "following") if isinstance(entry, Follower) else (entry.kind, entry.state)
        for entry in registry
    )
    found.participants.set(sum(len(room.presence) for room in request.app[ROOMS].open_rooms))
    return web.Response(
        body=found.text(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    )
