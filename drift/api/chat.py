"""Chat over HTTP, and what hosts do about it and about participants."""

from __future__ import annotations

from aiohttp import web
from pydantic import Field

from drift.api import schemas
from drift.api.keys import ROOMS
from drift.api.operations import operation
from drift.api.parse import Body, Query, body, query
from drift.api.rooms import hosting, joined
from drift.models import Role
from drift.rooms import message_view

_MOST_EARLIER = 200
_LONGEST_TEXT = 20_000
"""Far more than a message may have: the text that says so is for people."""


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [
        web.post("/api/sessions.say", say),
        web.get("/api/sessions.messages", messages),
        web.post("/api/sessions.erase", erase),
        web.post("/api/sessions.mute", mute),
        web.post("/api/sessions.remove", remove),
        web.post("/api/sessions.promote", promote),
        web.post("/api/sessions.settings", settings),
    ]


class _In(Body):
    sessionId: str = Field(max_length=200)  # noqa: N815 - the field's name in JSON


class _Say(_In):
    text: str = Field(max_length=_LONGEST_TEXT)
    messageId: str = Field(max_length=1_000)  # noqa: N815 - as above


@operation(
    "Say something",
    tag="Rooms",
    body=_Say,
    answers={201: schemas.Message, 200: schemas.Message},
    fails=[401, 404, 429],
)
async def say(request: web.Request) -> web.Response:
    """Say something: it is on disk when this answers, and participants get it in the order of ids.

    The same `messageId` again is the same message: 200, and it is said once.
    """
    wanted = await body(request, _Say)
    found, one = await joined(request, wanted.sessionId)
    message, new = await request.app[ROOMS].chat.say(found, one, wanted.text, wanted.messageId)
    return web.json_response(message_view(message), status=201 if new else 200)


class _Messages(Query):
    sessionId: str  # noqa: N815 - as above
    """A session's id."""
    before: int | None = Field(None, ge=0, lt=2**53)
    """Messages before the one of this id; the latest, if it is left out."""
    limit: int = Field(50, ge=1, le=_MOST_EARLIER)
    """At most so many."""


@operation(
    "Earlier messages",
    tag="Rooms",
    query=_Messages,
    answers={200: schemas.Messages},
    fails=[401, 403, 404],
)
async def messages(request: web.Request) -> web.Response:
    """What was said before."""
    wanted = query(request, _Messages)
    found, _ = await joined(request, wanted.sessionId)
    several = await request.app[ROOMS].chat.earlier(found, wanted.before, wanted.limit + 1)
    shown = several[-wanted.limit :]
    return web.json_response(
        {"messages": [message_view(one) for one in shown], "more": len(several) > len(shown)}
    )


class _Erase(_In):
    id: int = Field(ge=0, lt=2**53)


@operation("Delete a message", tag="Rooms", body=_Erase, answers={200: schemas.Message}, fails=[401, 404])
async def erase(request: web.Request) -> web.Response:
    """Take a message's text away for good. For its author, and for hosts."""
    wanted = await body(request, _Erase)
    found, one = await joined(request, wanted.sessionId)
    return web.json_response(message_view(await request.app[ROOMS].chat.erase(found, wanted.id, one)))


class _Whom(_In):
    participantId: str = Field(max_length=200)  # noqa: N815 - as above


class _Mute(_Whom):
    muted: bool


@operation(
    "Mute a participant",
    tag="Rooms",
    body=_Mute,
    answers={200: schemas.Participant},
    fails=[401, 404, 409],
)
async def mute(request: web.Request) -> web.Response:
    """Let a participant write nothing, or write again. For hosts."""
    wanted = await body(request, _Mute)
    found, _ = await hosting(request, wanted.sessionId)
    rooms = request.app[ROOMS]
    one = await rooms.mute(found, await rooms.known(found, wanted.participantId), muted=wanted.muted)
    return web.json_response(found.participant_view(one))


class _Remove(_Whom):
    ban: bool = False


@operation(
    "Remove a participant",
    tag="Rooms",
    body=_Remove,
    answers={200: schemas.Participant},
    fails=[401, 404, 409],
)
async def remove(request: web.Request) -> web.Response:
    """Show a participant out, who needs a code to come back; with `ban` that one cannot. For hosts."""
    wanted = await body(request, _Remove)
    found, _ = await hosting(request, wanted.sessionId)
    rooms = request.app[ROOMS]
    one = await rooms.known(found, wanted.participantId)
    await rooms.remove(found, one, ban=wanted.ban)
    return web.json_response(found.participant_view(one))


class _Promote(_Whom):
    role: Role


@operation(
    "Give another role",
    tag="Rooms",
    body=_Promote,
    answers={200: schemas.Participant},
    fails=[401, 404, 409],
)
async def promote(request: web.Request) -> web.Response:
    """Give a participant another role, higher or lower. For hosts."""
    wanted = await body(request, _Promote)
    found, _ = await hosting(request, wanted.sessionId)
    rooms = request.app[ROOMS]
    one = await rooms.promote(found, await rooms.known(found, wanted.participantId), wanted.role)
    return web.json_response(found.participant_view(one))


class _Settings(_In):
    slowS: int = Field(ge=0, le=3_600)  # noqa: N815 - as above


@operation("Set a room", tag="Rooms", body=_Settings, answers={200: schemas.RoomSettings}, fails=[401, 404])
async def settings(request: web.Request) -> web.Response:
    """Slow mode: seconds between two messages of one participant; 0 ends it. For hosts."""
    wanted = await body(request, _Settings)
    found, _ = await hosting(request, wanted.sessionId)
    return web.json_response(await request.app[ROOMS].set_slow(found, wanted.slowS))
