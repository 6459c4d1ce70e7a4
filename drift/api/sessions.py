"""Sessions over HTTP: finding, listing, making and ending them, and the facts that a page starts with."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import quote

from aiohttp import web
from pydantic import Field

from drift import __version__, names
from drift.api import schemas
from drift.api.guard import asked_for, authorise_end, host_new
from drift.api.keys import CONFIG, LIBRARY, MOUNTS, REGISTRY, STARTED_AT
from drift.api.operations import operation
from drift.api.parse import Body, Query, body, query
from drift.errors import ConflictError, NotFoundError, NotReadyError
from drift.models import TrackId
from drift.sessions import Entry, Follower, Session, Wishes
from drift.sessions.views import Json, playing_view, track_view
from mixer.codecs import FORMATS


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [
        web.post("/api/session/create", create),
        web.post("/api/session/follow", follow),
        web.get("/api/session/list", listing),
        web.get("/api/session/info", info),
        web.delete("/api/session/{session}", end),
        web.get("/session/create/{name}", create_and_go, allow_head=False),
        web.get("/session/follow/{name}", follow_and_go, allow_head=False),
    ]


# Finding


async def entry_of(request: web.Request, name: str) -> Entry:
    """A session by its id; one that was put away is taken up again.

    Raises:
        NotFoundError: there is none.
    """
    return await request.app[REGISTRY].open(name)


async def find(request: web.Request, name: str) -> Session:
    """The session that one hears under an id: a follower's is the one that it follows.

    Raises:
        NotFoundError: there is none.
    """
    return request.app[REGISTRY].heard(await entry_of(request, name))


def refuse_silence(request: web.Request) -> None:
    """Refuse a listener who would hear nothing.

    Raises:
        NotReadyError: no track can be played yet.
    """
    if not request.app[LIBRARY].status.tracks:
        raise NotReadyError("There is nothing to play yet: the library is empty or still being prepared.")


# How they look


def origin(request: web.Request) -> str:
    """The server as the client calls it, without a slash at the end."""
    return f"{request.scheme}://{request.host}"


def urls(request: web.Request, session_id: str) -> Json:
    """Where a session is."""
    base = origin(request)
    return {
        "sessionId": session_id,
        "webUrl": f"{base}/session/{session_id}",
        "streamUrl": f"{base}/stream/{session_id}.mp3",
        "eventsUrl": f"{base}/events/{session_id}",
    }


def session_view(request: web.Request, entry: Entry) -> Json:
    """A session in a list."""
    heard = _heard(request, entry)
    on = heard.on_now()[0] if heard else None
    listeners, watching = (heard.listeners, heard.events.clients) if heard else (0, 0)
    return {
        **urls(request, entry.id),
        **_identity(entry),
        "state": _state(request.app, heard) if heard else "waiting",
        "listeners": listeners,
        "eventClients": watching,
        "clients": listeners + watching,
        "created": entry.created_at.isoformat(timespec="milliseconds"),
        "nowPlaying": track_view(on[1].track) if on else None,
        "held": heard.direction if heard else None,
    }


def _heard(request: web.Request, entry: Entry) -> Session | None:
    """Whose mix one hears; None for a follower whose target is not there now."""
    try:
        return request.app[REGISTRY].heard(entry)
    except NotFoundError:
        return None


def _identity(entry: Entry) -> Json:
    follows = entry.target if isinstance(entry, Follower) else None
    return {
        "uid": entry.uid,
        "name": entry.name,
        "type": "follower" if isinstance(entry, Follower) else entry.kind,
        "followingSession": follows,
        "allowCommands": follows is None,
    }


def _state(app: web.Application, session: Session) -> str:
    return session.state if app[LIBRARY].status.tracks else "preparing"


def _streams(app: web.Application, session_id: str) -> list[Json]:
    rates = app[MOUNTS].settings.rates
    return [
        {
            "format": name,
            "url": f"/stream/{session_id}.{name}",
            "mime": one.mime,
            "bitrateKbps": rates.of(one.codec),
        }
        for name, one in FORMATS.items()
    ]


def access_view(app: web.Application) -> Json:
    """Whether codes are needed."""
    return {"mode": app[CONFIG].access.mode}


def hello(app: web.Application, entry: Entry) -> Json:
    """Everything that a page needs to start with.

    Raises:
        NotFoundError: the session that is followed is not there.
    """
    session = app[REGISTRY].heard(entry)
    return {
        "session": {"id": entry.id, **_identity(entry)},
        **session.snapshot(),
        "state": _state(app, session),
        "access": access_view(app),
        "server": {"version": __version__, "startedAt": app[STARTED_AT]},
        "library": app[LIBRARY].status.view(),
        "burstS": app[CONFIG].stream.burst_s,
        "streams": _streams(app, entry.id),
    }


# Making and ending


class Options(Body):
    """What a new session is to begin with."""

    startingTrack: str | None = None  # noqa: N815 - the field's name in JSON
    direction: str | None = None

    @property
    def wishes(self) -> Wishes:
        """The same, for the registry."""
        track = TrackId(self.startingTrack) if self.startingTrack is not None else None
        return Wishes(track, self.direction)


class _Create(Body):
    sessionName: str = Field(max_length=200)  # noqa: N815 - as above
    options: Options = Options()


class _Follow(Body):
    sessionName: str = Field(max_length=200)  # noqa: N815 - as above
    followerName: str = Field("", max_length=200)  # noqa: N815 - as above


@contextmanager
def refuse_taken(request: web.Request, name: str) -> Iterator[None]:
    """Around the making of a session: if one is called so already, the refusal tells where it is."""
    try:
        yield
    except ConflictError as error:
        error.beside = urls(request, names.session_id(name))
        raise


async def make(request: web.Request, name: str, wishes: Wishes) -> tuple[Session, bool]:
    """Make a session, or go on with one; raises as the registry does.

    In mode "codes" wishes are for new ones: to grant them to one that goes on would be to steer it.
    """
    registry = request.app[REGISTRY]
    if request.app[CONFIG].access.mode == "codes" and wishes != Wishes():
        with suppress(NotFoundError):
            await registry.open(names.session_id(name))  # it is there then: a conflict
    return await registry.create(name, wishes)


@operation(
    "Make a session",
    tag="Sessions",
    body=_Create,
    answers={201: schemas.Created, 409: schemas.Taken},
    fails=[404, 429, 503],
)
async def create(request: web.Request) -> web.Response:
    """Make a named session, or go on with one of that name that was put away. 409: it is there already.

    In mode "codes" whoever makes a new one is its host: a cookie says so.
    """
    wanted = await body(request, _Create)
    with refuse_taken(request, wanted.sessionName):
        session, resumed = await make(request, wanted.sessionName, wanted.options.wishes)
    response = web.json_response({**session_view(request, session), "resumed": resumed}, status=201)
    if not resumed:
        await host_new(request, response, session)
    return response


@operation(
    "Follow a session",
    tag="Sessions",
    body=_Follow,
    answers={201: schemas.Session, 409: schemas.Taken},
    fails=[404, 429],
)
async def follow(request: web.Request) -> web.Response:
    """Make a follower: the same music and events under an id of its own, and no commands."""
    wanted = await body(request, _Follow)
    with refuse_taken(request, wanted.followerName):
        follower = await request.app[REGISTRY].follow(wanted.sessionName, wanted.followerName)
    return web.json_response(session_view(request, follower), status=201)


@operation("Live sessions", tag="Sessions", answers={200: schemas.SessionList})
async def listing(request: web.Request) -> web.Response:
    """All sessions that are there."""
    views = []
    for entry in request.app[REGISTRY]:
        views.append(session_view(request, entry))  # plans what was never looked at before
        await asyncio.sleep(0)
    return web.json_response({"sessions": views})


class _Info(Query):
    sessionId: str = "master"  # noqa: N815 - the parameter's name
    """Its id."""


@operation("One session", tag="Sessions", query=_Info, answers={200: schemas.SessionInfo}, fails=[404])
async def info(request: web.Request) -> web.Response:
    """A session, what it plays, and in which formats."""
    entry = await entry_of(request, query(request, _Info).sessionId)
    session = request.app[REGISTRY].heard(entry)
    on, following = session.on_now()
    return web.json_response(
        {
            **session_view(request, entry),
            "playing": playing_view(*on) if on else None,
            "next": track_view(following[1].track) if following else None,
            "position": session.position,
            "streams": _streams(request.app, entry.id),
            "access": access_view(request.app),
        }
    )


@operation("End a session", tag="Sessions", answers={200: schemas.Ended}, fails=[409, 429], by_role=True)
async def end(request: web.Request) -> web.Response:
    """End a session: its clients are disconnected, its journey is forgotten. The master stays: 409.

    In mode "codes" for its hosts only.
    """
    name = request.match_info["session"]
    await authorise_end(request, await entry_of(request, name))
    await request.app[REGISTRY].end(name)
    return web.json_response({"sessionId": name, "ended": True})


# By a link


@operation("Make a session and go there", tag="Pages", answers={303: None}, fails=[403, 422, 429])
async def create_and_go(request: web.Request) -> web.Response:
    """Make a session, or open the one of that name, and show its page. Another site's link asks first."""
    name = request.match_info["name"]
    session_id = names.session_id(name)
    if asked_for(request):
        response = web.Response(status=303, headers={"Location": f"/session/{session_id}"})
        with suppress(ConflictError):
            session, resumed = await request.app[REGISTRY].create(name)
            if not resumed:
                await host_new(request, response, session)
        return response
    raise web.HTTPSeeOther(f"/?create={quote(name, safe='')}")


@operation("Follow a session and go there", tag="Pages", answers={303: None}, fails=[403, 429])
async def follow_and_go(request: web.Request) -> web.Response:
    """Follow a session, and show the follower's page. Another site's link asks first."""
    name = request.match_info["name"]
    if asked_for(request):
        follower = await request.app[REGISTRY].follow(name)
        raise web.HTTPSeeOther(f"/session/{follower.id}")
    raise web.HTTPSeeOther(f"/?follow={quote(name, safe='')}")
