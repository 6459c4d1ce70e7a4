"""LiveKit over HTTP: tokens for its rooms, and what it tells of them."""

from __future__ import annotations

from aiohttp import web
from pydantic import Field

from drift.api import schemas
from drift.api.guard import person_of
from drift.api.keys import CONFIG, LIVEKIT, METRICS, ROOMS, STAGE, WEBHOOKS
from drift.api.operations import operation
from drift.api.parse import Body, Query, body, query
from drift.api.patience import awaiting_body
from drift.errors import ForgedError, LiveKitError, NotFoundError
from drift.livekit import LARGEST
from drift.models import Participant, Role, SessionId
from drift.rooms import Room, words
from drift.sessions.views import Json

_NO_STORE = {"Cache-Control": "no-store"}
_ABSENT = "There is no LiveKit server; all else works."


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [
        web.post("/api/sessions.token", token),
        web.get("/api/livekit-token", token_by_hand),
        web.post("/webhooks/livekit", webhook),
    ]


# In the view of a room


def livekit_facts(app: web.Application, token: str = "", reason: str = "") -> Json:
    """Whether there is a LiveKit server, and where."""
    livekit = app[LIVEKIT]
    return {
        "configured": livekit.configured,
        "url": livekit.public_url if livekit.configured else "",
        "token": token,
        "reason": reason if livekit.configured else _ABSENT,
    }


async def livekit_view(request: web.Request, room: Room, one: Participant) -> Json:
    """How a participant can be in the LiveKit room; if it cannot now, why."""
    app = request.app
    try:
        return livekit_facts(app, token=await app[STAGE].admit(room, one))
    except LiveKitError as error:
        return livekit_facts(app, reason=str(error))


# Tokens


class _Token(Body):
    sessionId: str = Field(max_length=200)  # noqa: N815 - the field's name in JSON


@operation(
    "A token for the LiveKit room",
    tag="Rooms",
    body=_Token,
    answers={200: schemas.LiveKitToken},
    fails=[401, 404, 503],
)
async def token(request: web.Request) -> web.Response:
    """A fresh token, to connect to the LiveKit room with at once; the room is there. For participants."""
    session_id = SessionId((await body(request, _Token)).sessionId)
    _refuse_absence(request)
    rooms = request.app[ROOMS]
    one = await rooms.participant(session_id, person_of(request))
    made = await request.app[STAGE].admit(await rooms.room(session_id), one)
    return _told(request, made)


class _ByHand(Query):
    sessionId: str = Field(max_length=200)  # noqa: N815 - the parameter's name
    """A session's id."""
    name: str = Field("Somebody", max_length=100)
    """For others in the LiveKit room to see."""
    role: Role = "viewer"
    """What the bearer may do there."""


@operation(
    "A LiveKit token, for trying things out by hand",
    tag="Rooms",
    query=_ByHand,
    answers={200: schemas.LiveKitToken},
    fails=[404, 503],
)
async def token_by_hand(request: web.Request) -> web.Response:
    """A token for whoever asks, **for trying things out by hand only**: its bearer is no participant.

    404 unless `livekit.manual_token_endpoint` is set, which is not for a server that strangers reach.
    """
    if not request.app[CONFIG].livekit.manual_token_endpoint:
        raise NotFoundError("There is no such page.")
    _refuse_absence(request)
    wanted = query(request, _ByHand)
    room = await request.app[ROOMS].room(SessionId(wanted.sessionId))
    made = await request.app[STAGE].admit_by_hand(room, words.name(wanted.name), wanted.role)
    return _told(request, made)


def _refuse_absence(request: web.Request) -> None:
    """Refuse what needs a LiveKit server where there is none.

    Raises:
        NotFoundError: there is none.
    """
    if not request.app[LIVEKIT].configured:
        raise NotFoundError(_ABSENT)


def _told(request: web.Request, made: str) -> web.Response:
    return web.json_response({"url": request.app[LIVEKIT].public_url, "token": made}, headers=_NO_STORE)


# What LiveKit tells


@operation(
    "What LiveKit tells",
    tag="Server",
    body={"application/webhook+json": None},
    headers={"Authorization": "LiveKit's signature of the body."},
    answers={204: None},
    fails=[401, 404],
)
async def webhook(request: web.Request) -> web.Response:
    """For the LiveKit server: set this address under `webhook.urls` in its configuration.

    It must sign with the key that is Drift's, too.
    """
    _refuse_absence(request)
    count = request.app[METRICS].livekit_webhooks
    try:
        event = request.app[WEBHOOKS].receive(
            await _content(request), request.headers.get("Authorization", "")
        )
    except ForgedError:
        count.labels("forged").inc()
        raise
    count.labels("taken" if event else "known").inc()
    if event is not None:
        await request.app[STAGE].hear(event)
    return web.Response(status=204)


async def _content(request: web.Request) -> bytes:
    """The body as it came, if it is not larger than any event."""
    found = b""
    async with awaiting_body():
        async for chunk in request.content.iter_chunked(LARGEST):
            found += chunk
            if len(found) > LARGEST:
                raise web.HTTPRequestEntityTooLarge(LARGEST, len(found))
    return found
