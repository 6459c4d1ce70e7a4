"""LiveKit over HTTP."""

from __future__ import annotations

from aiohttp import web

from drift.api.keys import CONFIG
from drift.models import Participant
from drift.rooms import Room
from drift.sessions.views import Json


def livekit_facts(app: web.Application) -> Json:
    """Whether there is a LiveKit server, and where; without a token."""
    settings = app[CONFIG].livekit
    url = settings.public_url or settings.url
    return {
        "configured": settings.configured,
        "url": url if settings.configured else "",
        "token": "",
        "reason": "",
    }


async def livekit_view(request: web.Request, room: Room, one: Participant) -> Json:
    """How a participant can be in the LiveKit room."""
    return livekit_facts(request.app)
