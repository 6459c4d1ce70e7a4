"""The library over HTTP: for now, covers."""

from __future__ import annotations

import re

from aiohttp import web

from drift.api.keys import LIBRARY
from drift.errors import NotFoundError
from drift.models import TrackId


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [web.get("/api/library/tracks/{track}/art", art)]


async def art(request: web.Request) -> web.StreamResponse:
    """A track's cover. Its content never changes under one name, so that clients may keep it."""
    library = request.app[LIBRARY]
    track = library.get(TrackId(request.match_info["track"]))
    if not track.art or not re.fullmatch(r"[0-9a-f]+\.[a-z]+", track.art):
        raise NotFoundError(f"'{track.tags.title}' has no cover.")
    path = library.art_directory / track.art
    if not path.is_file():
        raise NotFoundError(f"The cover of '{track.tags.title}' has gone; scan the library again.")
    return web.FileResponse(
        path,
        headers={
            "Cache-Control": "public, max-age=86400",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'",
        },
    )
