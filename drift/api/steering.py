"""Where a session can go and where it has been, over HTTP; commands are in ``commands``."""

from __future__ import annotations

import asyncio
from typing import Literal

from aiohttp import web

from drift.api import schemas
from drift.api.commands import dispatched, steered
from drift.api.keys import LIBRARY
from drift.api.operations import operation
from drift.api.parse import Query, query
from drift.api.patience import awaiting_body
from drift.api.sessions import find
from drift.errors import BadRequestError, InvalidError, NotFoundError, NotReadyError
from drift.library.features import Opening
from drift.sessions import Session
from drift.sessions.commands import Play
from drift.sessions.exchange import FORMATS, Match, match, portable, read
from drift.sessions.views import Json, opening_view, track_view

_LARGEST_JOURNEY = 16 << 20
_MOST_REPORTED = 100


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [
        web.get("/session/{session}/explore", explore),
        web.get("/session/{session}/journey", journey),
        web.get("/session/{session}/journey.{format}", journey),
        web.post("/api/session/import", import_journey),
    ]


@operation("Ways to go", tag="Steering", answers={200: schemas.Explored}, fails=[503])
async def explore(request: web.Request) -> web.Response:
    """The directions that are open from the track that is on, the most useful first, each with tracks."""
    session = await find(request, request.match_info["session"])
    library = request.app[LIBRARY]
    found = await session.openings()
    if found is None:
        raise NotReadyError("Nothing is playing: the library is empty or still being prepared.")
    origin, openings = found

    def view(opening: Opening) -> Json:
        return opening_view(opening, library.find)

    return web.json_response(
        {
            "sessionId": session.id,
            "from": track_view(origin.track),
            "held": session.direction,
            "openings": [view(opening) for opening in openings],
        }
    )


_JOURNEY = {
    "application/json": schemas.Journey,
    "audio/x-mpegurl": None,
    "application/xspf+xml": None,
}


@operation("A journey", tag="Steering", answers={200: _JOURNEY}, path={"format": "json, m3u or xspf."})
async def journey(request: web.Request) -> web.Response:
    """What a session has played, as JSON, M3U8 or XSPF."""
    session = await find(request, request.match_info["session"])
    name = request.match_info.get("format", "json")
    if name not in FORMATS:
        raise NotFoundError(f"There is no journey format '{name}'.", formats=sorted(FORMATS))
    library = request.app[LIBRARY]
    session.announce()  # what has just begun is part of it
    steps = list(session.journey.steps)

    def write() -> str:
        made = portable(session.id, steps, library.features_of, library.location_of)
        return FORMATS[name].write(made)

    text = await asyncio.to_thread(write)
    extension = "m3u8" if name == "m3u" else name
    return web.Response(
        body=text.encode(),
        headers={
            "Content-Type": FORMATS[name].mime,
            "Content-Disposition": f'inline; filename="{session.id}.{extension}"',
        },
    )


class _Import(Query):
    sessionId: str = "master"  # noqa: N815 - the parameter's name
    """The session that is to play it."""
    when: Literal["now", "next"] = "now"
    """"next": after the track that is on."""


@operation(
    "Play a journey",
    tag="Steering",
    query=_Import,
    body={"application/octet-stream": None},
    answers={201: schemas.Imported},
    fails=[404, 429, 503],
    by_role=True,
)
async def import_journey(request: web.Request) -> web.Response:
    """Play a journey, from this library or another, in the session ``sessionId`` (by default the master).

    Tracks are found by their audio, then by their tags, then by file name, then by what sounds most alike.
    What cannot be found is reported and left out.
    """
    wanted = query(request, _Import)
    library = request.app[LIBRARY]
    session = await steered(request, wanted.sessionId)
    content = await _content(request)
    found = await asyncio.to_thread(lambda: match(read(content).steps, library.tracks, library.index))
    ids = [one.track.id for one in found if one.track is not None]
    if not ids:
        raise InvalidError("None of this journey's tracks is in the library, nor anything like them.")
    await dispatched(request, session.id, Play(tuple(ids), wanted.when))
    return web.json_response({"sessionId": session.id, **_report(session, found)}, status=201)


async def _content(request: web.Request) -> bytes:
    """The body, which may be larger than that of other requests."""
    chunks, size = [], 0
    async with awaiting_body():
        async for chunk in request.content.iter_chunked(1 << 16):
            size += len(chunk)
            if size > _LARGEST_JOURNEY:
                raise web.HTTPRequestEntityTooLarge(_LARGEST_JOURNEY, size)
            chunks.append(chunk)
    if not chunks:
        raise BadRequestError("The body is empty: send a journey as JSON, M3U8 or XSPF.")
    return b"".join(chunks)


def _report(session: Session, found: list[Match]) -> Json:
    ways = [one.how for one in found]
    missing = [one.step for one in found if one.track is None]
    return {
        "steps": len(found),
        "held": session.direction,
        "matched": {how: ways.count(how) for how in ("audio", "tags", "file", "features")},
        "missing": [
            {"id": step.id, "title": step.title, "artist": step.artist} for step in missing[:_MOST_REPORTED]
        ],
        "missingCount": len(missing),
    }
