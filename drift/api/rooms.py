"""Rooms over HTTP: making one, joining, leaving, and the codes that let people in."""

from __future__ import annotations

import secrets

from aiohttp import web
from pydantic import Field

from drift.access import invitation, new_codes, new_person
from drift.api import schemas
from drift.api.guard import person_of, remember, role_by_code
from drift.api.keys import CONFIG, REGISTRY, ROOMS
from drift.api.livekit import livekit_view
from drift.api.operations import operation
from drift.api.parse import Body, Query, body, query
from drift.api.sessions import Options, make, origin, refuse_taken, urls
from drift.errors import ConflictError, DriftError, ForbiddenError, WrongCodeError
from drift.models import Participant, PersonId, Role, SessionId
from drift.rooms import Room
from drift.sessions.views import Json

_NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
"""For answers that have codes or tokens in them."""


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [
        web.post("/api/sessions.create", create),
        web.post("/api/sessions.join", join),
        web.post("/api/sessions.leave", leave),
        web.get("/api/sessions.room", room),
        web.post("/api/sessions.codes", codes),
    ]


async def joined(request: web.Request, session_id: str) -> tuple[Room, Participant]:
    """A room, and who asks, who is one of its participants.

    Raises:
        NotJoinedError, BannedError: is not.
        NotFoundError: there is no such session.
    """
    rooms = request.app[ROOMS]
    one = await rooms.participant(SessionId(session_id), person_of(request))
    return await rooms.room(SessionId(session_id)), one


async def hosting(request: web.Request, session_id: str) -> tuple[Room, Participant]:
    """A room, and who asks, who is a host of it.

    Raises:
        ForbiddenError: is none.
        NotJoinedError, NotFoundError: as :func:`joined`.
    """
    found, one = await joined(request, session_id)
    if one.role != "host":
        raise ForbiddenError("Only a host of this session may do that.")
    return found, one


async def view(request: web.Request, found: Room, one: Participant) -> Json:
    """A room as a participant sees it, with a token for LiveKit."""
    duck_db = request.app[CONFIG].rooms.duck_db
    return {**found.view(one, duck_db), "livekit": await livekit_view(request, found, one)}


# Making


class _CreateWithRoom(Body):
    sessionName: str = Field("", max_length=200)  # noqa: N815 - the field's name in JSON
    displayName: str = Field("", max_length=200)  # noqa: N815 - as above
    options: Options = Options()


@operation(
    "Make a session with a room",
    tag="Rooms",
    body=_CreateWithRoom,
    answers={201: schemas.RoomMade, 409: schemas.Taken},
    fails=[404, 429, 503],
)
async def create(request: web.Request) -> web.Response:
    """Make a session and the codes that let people in. With a `displayName` you join it as its host."""
    wanted = await body(request, _CreateWithRoom)
    name = wanted.sessionName or f"room-{secrets.token_hex(3)}"
    rooms = request.app[ROOMS]
    with refuse_taken(request, name):
        session, resumed = await make(request, name, wanted.options.wishes)
        hosted = request.app[CONFIG].access.mode == "codes" or await rooms.lock(session.id) is not None
        if resumed and hosted:
            raise ConflictError(f"There is a session '{session.id}' already, and it has its hosts.")
    made = new_codes()
    await rooms.set_codes(session.id, made)
    answer = {**urls(request, session.id), **invitation(origin(request), session.id, made), "room": None}
    if not wanted.displayName:
        return web.json_response(answer, status=201, headers=_NO_STORE)
    person = person_of(request) or new_person()
    try:
        one = await rooms.join(session.id, person, wanted.displayName, "host", client=request.remote or "")
    except DriftError:
        if not resumed:  # nobody has been told its codes
            await request.app[REGISTRY].end(session.id)
        raise
    answer["room"] = await view(request, await rooms.room(session.id), one)
    response = web.json_response(answer, status=201, headers=_NO_STORE)
    remember(request, response, person)
    return response


# Coming and going


class _Join(Body):
    sessionId: str = Field(max_length=200)  # noqa: N815 - as above
    code: str = Field("", max_length=1_000, repr=False)
    displayName: str = Field(max_length=1_000)  # noqa: N815 - as above


@operation(
    "Join a session",
    tag="Rooms",
    body=_Join,
    answers={200: schemas.Joined},
    fails=[404, 409, 429],
)
async def join(request: web.Request) -> web.Response:
    """Become a participant, in the role that the code gives.

    Who has joined before, as a cookie says, needs no code; nor does anybody where `access.mode` is `open`.
    """
    wanted = await body(request, _Join)
    rooms = request.app[ROOMS]
    entry = await request.app[REGISTRY].open(wanted.sessionId)
    session_id = request.app[REGISTRY].heard(entry).id
    known = person_of(request)
    role = await _role(request, session_id, known, wanted.code)
    person = known or new_person()
    one = await rooms.join(session_id, person, wanted.displayName, role, client=request.remote or "")
    answer = await view(request, await rooms.room(session_id), one)
    response = web.json_response(answer, headers=_NO_STORE)
    remember(request, response, person)
    return response


async def _role(request: web.Request, session_id: SessionId, person: PersonId | None, code: str) -> Role:
    """The role in which somebody may join."""
    returning = await request.app[ROOMS].returning(session_id, person)
    if code:
        return await role_by_code(request, session_id, code)
    if returning is not None:
        return returning.role
    if request.app[CONFIG].access.mode == "open":
        return "collaborator"
    raise WrongCodeError("A code is needed to join this session: ask its host for a link.")


class _Which(Body):
    sessionId: str = Field(max_length=200)  # noqa: N815 - as above


@operation("Leave a session", tag="Rooms", body=_Which, answers={200: schemas.Left}, fails=[401, 404])
async def leave(request: web.Request) -> web.Response:
    """Be no participant any more. Coming back needs no code."""
    found, one = await joined(request, (await body(request, _Which)).sessionId)
    await request.app[ROOMS].leave(found, one)
    return web.json_response({"left": True})


class _Room(Query):
    sessionId: str  # noqa: N815 - the parameter's name
    """A session's id."""


@operation("A room", tag="Rooms", query=_Room, answers={200: schemas.Joined}, fails=[401, 403, 404])
async def room(request: web.Request) -> web.Response:
    """Who is there, the latest messages, and a token for LiveKit. For participants."""
    found, one = await joined(request, query(request, _Room).sessionId)
    return web.json_response(await view(request, found, one), headers=_NO_STORE)


@operation("Make new codes", tag="Rooms", body=_Which, answers={200: schemas.RoomCodes}, fails=[401, 404])
async def codes(request: web.Request) -> web.Response:
    """Make new codes; the old ones are void. Who has joined stays. For hosts."""
    found, _ = await hosting(request, (await body(request, _Which)).sessionId)
    made = new_codes()
    await request.app[ROOMS].set_codes(found.session_id, made)
    return web.json_response(invitation(origin(request), found.session_id, made), headers=_NO_STORE)
