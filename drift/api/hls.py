"""``/hls/:id/index.m3u8``: a session for players that want HLS."""

from __future__ import annotations

from aiohttp import web

from drift.api.keys import MOUNTS, REGISTRY
from drift.api.operations import operation
from drift.api.sessions import entry_of, find, refuse_silence
from drift.errors import NotFoundError, NotReadyError
from drift.streaming.mpegts import MIME

_PLAYLIST = "application/vnd.apple.mpegurl"
_CORS = {"Access-Control-Allow-Origin": "*"}


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [
        web.get("/hls/{session}/index.m3u8", playlist),
        web.get("/hls/{session}/{segment}.ts", segment),
    ]


def _client(request: web.Request) -> str:
    """Who asks: an address and a program are one client."""
    return f"{request.remote} {request.headers.get('User-Agent', '')}"


@operation("HLS playlist", tag="Listening", answers={200: {_PLAYLIST: None}}, fails=(503,))
async def playlist(request: web.Request) -> web.Response:
    """The live playlist. Asking for it makes the caller a listener for a while."""
    registry = request.app[REGISTRY]
    entry = await entry_of(request, request.match_info["session"])
    session = registry.heard(entry)
    refuse_silence(request)
    headers = {**_CORS, "Content-Type": _PLAYLIST, "Cache-Control": "no-cache"}
    if request.method == "HEAD":
        return web.Response(headers=headers)
    registry.touch(entry)
    body = await request.app[MOUNTS].open_feed(session, _client(request)).playlist()
    if not body:
        raise NotReadyError("Nothing can be heard at the moment.")
    return web.Response(body=body, headers=headers)


@operation(
    "HLS segment",
    tag="Listening",
    answers={200: {MIME: None}},
    path={"segment": "A number in the playlist."},
)
async def segment(request: web.Request) -> web.Response:
    """A piece of the stream, while the playlist names it and somewhat longer."""
    session = await find(request, request.match_info["session"])
    number = request.match_info["segment"]
    feed = request.app[MOUNTS].feed(session)
    found = None
    if feed is not None and number.isascii() and number.isdigit() and len(number) < 16:
        feed.seen(_client(request))
        found = feed.segment(int(number))
    if found is None:
        raise NotFoundError(f"There is no segment '{number}', or no more.")
    headers = {**_CORS, "Content-Type": MIME, "Cache-Control": "public, max-age=60"}
    return web.Response(body=found.data, headers=headers)
