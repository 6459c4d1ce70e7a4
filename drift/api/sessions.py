"""Sessions over HTTP: commands, and the facts that a page starts with."""

from __future__ import annotations

from aiohttp import web

from drift import __version__
from drift.api.keys import CONFIG, LIBRARY, MOUNTS, SESSIONS, STARTED_AT
from drift.errors import NotFoundError, NotReadyError
from drift.models import SessionId
from drift.sessions import Session
from drift.sessions.views import transition_view
from mixer.codecs import FORMATS


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [web.post("/session/{session}/next-track", next_track)]


def find(request: web.Request, name: str) -> Session:
    """A session by its id.

    Raises:
        NotFoundError: there is none.
    """
    session = request.app[SESSIONS].get(SessionId(name))
    if session is None:
        raise NotFoundError(f"There is no session '{name}'.")
    return session


def hello(app: web.Application, session: Session) -> dict[str, object]:
    """Everything that a page needs to start with."""
    status = app[LIBRARY].status
    snapshot = session.snapshot()
    if not status.tracks:
        snapshot["state"] = "preparing"
    rates = app[MOUNTS].settings.rates
    return {
        **snapshot,
        "server": {"version": __version__, "startedAt": app[STARTED_AT]},
        "library": status.view(),
        "burstS": app[CONFIG].stream.burst_s,
        "streams": [
            {
                "format": name,
                "url": f"/stream/{session.id}.{name}",
                "mime": one.mime,
                "bitrateKbps": rates.of(one.codec),
            }
            for name, one in FORMATS.items()
        ],
    }


async def next_track(request: web.Request) -> web.Response:
    """Go to the next track now."""
    session = find(request, request.match_info["session"])
    if not request.app[LIBRARY].status.tracks:
        raise NotReadyError("There is nothing to skip to: the library is empty or still being prepared.")
    plan = session.skip()
    return web.json_response({"sessionId": session.id, "transition": transition_view(plan)})
