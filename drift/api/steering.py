"""Steering a session over HTTP: where one can go, directions, tracks by name, journeys."""

from __future__ import annotations

import asyncio
from typing import Literal

from aiohttp import web
from pydantic import Field, model_validator

from drift.api.keys import LIBRARY
from drift.api.parse import Body, body
from drift.api.sessions import find
from drift.errors import BadRequestError, InvalidError, NotFoundError, NotReadyError
from drift.library.features import Opening
from drift.models import TrackId
from drift.sessions import Session
from drift.sessions.exchange import FORMATS, Match, match, portable, read
from drift.sessions.views import Json, choice_view, opening_view, track_view

_MOST_REQUESTS = 1_000
_LARGEST_JOURNEY = 16 << 20
_MOST_REPORTED = 100


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [
        web.get("/session/{session}/explore", explore),
        web.post("/session/{session}/direction", direction),
        web.post("/session/{session}/play", play),
        web.get("/session/{session}/journey", journey),
        web.get("/session/{session}/journey.{format}", journey),
        web.post("/api/session/import", import_journey),
    ]


class _Direction(Body):
    direction: str | None


class _Play(Body):
    trackId: str | None = None  # noqa: N815 - the field's name in JSON
    trackIds: list[str] = Field([], max_length=_MOST_REQUESTS)  # noqa: N815 - as above
    when: Literal["now", "next"] = "now"

    @model_validator(mode="after")
    def _one_of_both(self) -> _Play:
        if (self.trackId is None) == (not self.trackIds):
            raise ValueError("give either trackId or trackIds")
        return self

    @property
    def ids(self) -> list[TrackId]:
        return [TrackId(one) for one in self.trackIds or [self.trackId or ""]]


async def explore(request: web.Request) -> web.Response:
    """The directions that are open from the track that is on, the most useful first, each with tracks."""
    session = find(request, request.match_info["session"])
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


async def direction(request: web.Request) -> web.Response:
    """Drift in a direction; null: the autopilot steers again."""
    session = find(request, request.match_info["session"])
    wanted = (await body(request, _Direction)).direction
    following = session.steer(wanted)
    chosen = choice_view(following) if following else {"next": None}
    return web.json_response({"sessionId": session.id, "held": session.direction, **chosen})


async def play(request: web.Request) -> web.Response:
    """Play a track, or several in their order: now, or after the one that is on."""
    session = find(request, request.match_info["session"])
    wanted = await body(request, _Play)
    library = request.app[LIBRARY]
    unknown = [one for one in wanted.ids if library.find(one) is None]
    if unknown:
        raise NotFoundError(f"There is no track '{unknown[0]}' in the library.", unknown=unknown)
    following = session.play(wanted.ids, now=wanted.when == "now")
    chosen = choice_view(following) if following else {"next": None}
    return web.json_response({"sessionId": session.id, "when": wanted.when, **chosen})


async def journey(request: web.Request) -> web.Response:
    """What a session has played, as JSON, M3U8 or XSPF."""
    session = find(request, request.match_info["session"])
    name = request.match_info.get("format", "json")
    if name not in FORMATS:
        raise NotFoundError(f"There is no journey format '{name}'.", formats=sorted(FORMATS))
    library = request.app[LIBRARY]
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


async def import_journey(request: web.Request) -> web.Response:
    """Play a journey, from this library or another, in the session ``sessionId`` (by default the master).

    Tracks are found by their audio, then by their tags, then by file name, then by what sounds most alike.
    What cannot be found is reported and left out.
    """
    session = find(request, request.query.get("sessionId", "master"))
    library = request.app[LIBRARY]
    content = await _content(request)
    found = await asyncio.to_thread(lambda: match(read(content).steps, library.tracks, library.index))
    ids = [one.track.id for one in found if one.track is not None]
    if not ids:
        raise InvalidError("None of this journey's tracks is in the library, nor anything like them.")
    session.play(ids, now=request.query.get("when", "now") != "next")
    return web.json_response({"sessionId": session.id, **_report(session, found)}, status=201)


async def _content(request: web.Request) -> bytes:
    """The body, which may be larger than that of other requests."""
    chunks, size = [], 0
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
