"""The library over HTTP: search, one track, its cover, what is like it, the map, ways from one to another."""

from __future__ import annotations

import asyncio
import base64
import random
import re

from aiohttp import web

from drift.api.keys import LIBRARY
from drift.api.parse import number, optional_number
from drift.errors import InvalidError, NotFoundError
from drift.library import Library
from drift.library.features import arc, path
from drift.models import Track, TrackId
from drift.sessions.views import Json, detail_view, track_view

_PAGE, _LONGEST_PAGE = 50, 500
_LONGEST_PATH = 500
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


def _track(request: web.Request, name: str) -> Track:
    return request.app[LIBRARY].get(TrackId(name))


async def tracks(request: web.Request) -> web.Response:
    """A page of the tracks in which all words of ``q`` occur, in order of artist, album and track."""
    library = request.app[LIBRARY]
    limit = number(request, "limit", _PAGE, least=1, most=_LONGEST_PAGE)
    offset = number(request, "offset", 0, least=0, most=10**9 - 1)
    found = await asyncio.to_thread(library.search, request.query.get("q", ""))
    return web.json_response(
        {
            "total": len(found),
            "offset": offset,
            "limit": limit,
            "tracks": [track_view(track) for track in found[offset : offset + limit]],
        }
    )


async def one(request: web.Request) -> web.Response:
    """Everything that is known of a track."""
    library = request.app[LIBRARY]
    track = _track(request, request.match_info["track"])
    index = library.index
    standing = index.standardised(track.id) if track.id in index else None
    detail = detail_view(track, await library.analysis(track.id))
    return web.json_response(detail | {"standardised": standing})


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


async def similar(request: web.Request) -> web.Response:
    """The tracks that sound most like one."""
    library = request.app[LIBRARY]
    track = _analysed(request, request.match_info["track"])
    limit = number(request, "limit", 10, least=1, most=100)
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


async def way(request: web.Request) -> web.Response:
    """A smooth way from one track to another, in a number of steps or of minutes."""
    index = request.app[LIBRARY].index
    start, goal = _from(request), _analysed(request, _needed(request, "to"))
    steps, minutes = optional_number(request, "steps", least=1, most=_LONGEST_PATH), _minutes(request)
    if steps is not None and (minutes is not None or steps % 1):
        raise InvalidError("Give a whole number of steps, or minutes, not both.")
    whole = int(steps) if steps is not None else None
    found = await asyncio.to_thread(path, index, start.id, goal.id, steps=whole, minutes=minutes)
    return web.json_response(_route(request.app[LIBRARY], found))


async def rise_and_fall(request: web.Request) -> web.Response:
    """A way through the music that starts at a track, rises to a peak, and lands, in so many minutes."""
    index = request.app[LIBRARY].index
    start, minutes = _from(request), _minutes(request)
    seed = number(request, "seed", 0, least=0, most=10**9 - 1)
    dice = random.Random(seed)  # noqa: S311 - a mix, not a secret
    found = await asyncio.to_thread(arc, index, start.id, minutes=minutes or 60.0, dice=dice)
    return web.json_response(_route(request.app[LIBRARY], found))


def _needed(request: web.Request, name: str) -> str:
    if not request.query.get(name):
        raise InvalidError(f"The parameter '{name}' is missing: the id of a track.")
    return request.query[name]


def _from(request: web.Request) -> Track:
    return _analysed(request, _needed(request, "from"))


def _minutes(request: web.Request) -> float | None:
    return optional_number(request, "minutes", least=1, most=_LONGEST_MINUTES)


def _analysed(request: web.Request, name: str) -> Track:
    track = _track(request, name)
    if track.id not in request.app[LIBRARY].index:
        raise NotFoundError(f"'{track.tags.title}' is not analysed yet.")
    return track


def _route(library: Library, ids: list[TrackId]) -> Json:
    found = [track for track in map(library.find, ids) if track is not None]
    seconds = sum(track.audio.duration_s for track in found)
    return {"tracks": [track_view(track) for track in found], "minutes": round(seconds / 60, 2)}
