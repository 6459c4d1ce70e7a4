"""The library over HTTP: search, one track, its cover, what is like it, the map, ways from one to another."""

from __future__ import annotations

import asyncio
import base64
import random
import re

from aiohttp import web
from pydantic import Field

from drift.api import schemas
from drift.api.keys import LIBRARY
from drift.api.operations import of_file, operation
from drift.api.parse import Query, query
from drift.errors import InvalidError, NotFoundError
from drift.library import Library
from drift.library.features import arc, path
from drift.models import Track, TrackId
from drift.sessions.views import Json, detail_view, track_view

_LONGEST_MINUTES = 24 * 60


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [
        web.get("/api/library/tracks", tracks),
        web.get("/api/library/tracks/{track}", one),
        web.get("/api/library/tracks/{track}/art", art),
        web.get("/api/library/tracks/{track}/similar", similar),
        web.get("/api/library/map", music_map),
        web.get("/api/library/path", way),
        web.get("/api/library/arc", rise_and_fall),
    ]


class _Search(Query):
    q: str = ""
    """Words, all of which occur in a track's tags."""
    limit: int = Field(50, ge=1, le=500)
    offset: int = Field(0, ge=0, lt=10**9)


class _Near(Query):
    limit: int = Field(10, ge=1, le=100)


class _Way(Query):
    start: str = Field(alias="from", min_length=1)
    """A track's id."""
    to: str = Field(min_length=1)
    """A track's id."""
    steps: int | None = Field(None, ge=1, le=500)
    """How many tracks to play on the way."""
    minutes: float | None = Field(None, ge=1, le=_LONGEST_MINUTES)
    """How long to be on the way; not together with ``steps``."""


class _Arc(Query):
    start: str = Field(alias="from", min_length=1)
    """A track's id."""
    minutes: float = Field(60.0, ge=1, le=_LONGEST_MINUTES)
    seed: int = Field(0, ge=0, lt=10**9)
    """Another one, another way."""


def _track(request: web.Request, name: str) -> Track:
    return request.app[LIBRARY].get(TrackId(name))


@operation("Search", tag="Library", query=_Search, answers={200: schemas.TrackPage})
async def tracks(request: web.Request) -> web.Response:
    """A page of the tracks in which all words of ``q`` occur, in order of artist, album and track."""
    library = request.app[LIBRARY]
    wanted = query(request, _Search)
    found = await asyncio.to_thread(library.search, wanted.q)
    page = found[wanted.offset : wanted.offset + wanted.limit]
    return web.json_response(
        {
            "total": len(found),
            "offset": wanted.offset,
            "limit": wanted.limit,
            "tracks": [track_view(track) for track in page],
        }
    )


@operation("One track", tag="Library", answers={200: schemas.TrackDetail})
async def one(request: web.Request) -> web.Response:
    """Everything that is known of a track."""
    library = request.app[LIBRARY]
    track = _track(request, request.match_info["track"])
    index = library.index
    standing = index.standardised(track.id) if track.id in index else None
    detail = detail_view(track, await library.analysis(track.id))
    return web.json_response(detail | {"standardised": standing})


@operation(
    "A track's cover", tag="Library", answers=of_file("image/jpeg", "image/png", "image/gif", "image/webp")
)
async def art(request: web.Request) -> web.StreamResponse:
    """A track's cover. Its content never changes under one name, so that clients may keep it."""
    library = request.app[LIBRARY]
    track = _track(request, request.match_info["track"])
    if not track.art or not re.fullmatch(r"[0-9a-f]+\.[a-z]+", track.art):
        raise NotFoundError(f"'{track.tags.title}' has no cover.")
    file = library.art_directory / track.art
    if not file.is_file():
        raise NotFoundError(f"The cover of '{track.tags.title}' has gone; scan the library again.")
    return web.FileResponse(
        file,
        headers={
            "Cache-Control": "public, max-age=86400",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'",
        },
    )


@operation("What sounds alike", tag="Library", query=_Near, answers={200: schemas.Similar})
async def similar(request: web.Request) -> web.Response:
    """The tracks that sound most like one."""
    library = request.app[LIBRARY]
    track = _analysed(request, request.match_info["track"])
    limit = query(request, _Near).limit
    near = await asyncio.to_thread(library.index.similar, track.id, limit)
    found = [(library.find(other.id), other.distance) for other in near]
    return web.json_response(
        {
            "id": track.id,
            "similar": [
                {"track": track_view(other), "distance": round(distance, 4)}
                for other, distance in found
                if other is not None
            ],
        }
    )


@operation("A map of the music", tag="Library", answers={200: schemas.MusicMap})
async def music_map(request: web.Request) -> web.Response:
    """All analysed tracks as points on a plane; neighbours sound alike.

    Ids and points are binary, in base64: 16 bytes each, and two little-endian 16-bit integers each (-32767 to
    32767 is -1 to 1).
    """
    ids, points = await asyncio.to_thread(request.app[LIBRARY].map)
    document = {
        "count": len(points) // 4,
        "ids": base64.b64encode(ids).decode(),
        "points": base64.b64encode(points).decode(),
    }
    response = web.json_response(document, headers={"Cache-Control": "no-cache"})
    response.enable_compression()
    return response


@operation(
    "A way from one track to another", tag="Library", query=_Way, answers={200: schemas.Route}, fails=[404]
)
async def way(request: web.Request) -> web.Response:
    """A smooth way from one track to another, in a number of steps or of minutes."""
    wanted = query(request, _Way)
    start, goal = _analysed(request, wanted.start), _analysed(request, wanted.to)
    if wanted.steps is not None and wanted.minutes is not None:
        raise InvalidError("Give a whole number of steps, or minutes, not both.")
    library = request.app[LIBRARY]
    found = await asyncio.to_thread(
        path, library.index, start.id, goal.id, steps=wanted.steps, minutes=wanted.minutes
    )
    return web.json_response(_route(library, found))


@operation("A rise and a fall", tag="Library", query=_Arc, answers={200: schemas.Route}, fails=[404])
async def rise_and_fall(request: web.Request) -> web.Response:
    """A way through the music that starts at a track, rises to a peak, and lands, in so many minutes."""
    wanted = query(request, _Arc)
    start, library = _analysed(request, wanted.start), request.app[LIBRARY]
    dice = random.Random(wanted.seed)  # noqa: S311 - a mix, not a secret
    found = await asyncio.to_thread(arc, library.index, start.id, minutes=wanted.minutes, dice=dice)
    return web.json_response(_route(library, found))


def _analysed(request: web.Request, name: str) -> Track:
    track = _track(request, name)
    if track.id not in request.app[LIBRARY].index:
        raise NotFoundError(f"'{track.tags.title}' is not analysed yet.")
    return track


def _route(library: Library, ids: list[TrackId]) -> Json:
    found = [track for track in map(library.find, ids) if track is not None]
    seconds = sum(track.audio.duration_s for track in found)
    return {"tracks": [track_view(track) for track in found], "minutes": round(seconds / 60, 2)}
