"""``/stream/:id``: endless audio over HTTP."""

from __future__ import annotations

import asyncio
import socket

from aiohttp import web

from drift.api.keys import CONFIG, MOUNTS, REGISTRY
from drift.api.operations import operation
from drift.api.sessions import entry_of, find, origin, refuse_silence
from drift.errors import NotFoundError
from drift.streaming import Ended, Variant
from drift.telemetry import logger
from mixer.codecs import FORMATS, Format

log = logger(__name__)

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Icy-MetaData, Range",
    "Access-Control-Expose-Headers": "Drift-Position, icy-metaint, icy-name, icy-br, icy-url, icy-pub",
}
_PROBE = "bytes=0-1"
_DEAD_AFTER_S = 20.0
"""Four heartbeats that nobody confirms."""
_END_S = 1.0
"""How long a client may take to receive the rest of an endless response."""


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [
        web.get("/stream/{session}", stream, allow_head=False),
        web.head("/stream/{session}", head),
        web.options("/stream/{session}", preflight),
    ]


def _parse(name: str) -> tuple[str, Format]:
    """Session id and format of "master.mp3"; without an extension MP3 is meant."""
    session, dot, extension = name.rpartition(".")
    if not dot:
        return name, FORMATS["mp3"]
    if extension not in FORMATS:
        known = sorted(FORMATS)
        raise NotFoundError(
            f"There is no stream format '{extension}'. The formats are {', '.join(known)}.", formats=known
        )
    return session, FORMATS[extension]


def _headers(request: web.Request, stream_format: Format) -> dict[str, str]:
    kbps = request.app[MOUNTS].settings.rates.of(stream_format.codec)
    headers = {
        **_CORS,
        "Content-Type": stream_format.mime,
        "Cache-Control": "no-store, no-transform",
        "X-Accel-Buffering": "no",  # nginx: pass it on as it comes
        "Accept-Ranges": "none",
        "X-Content-Type-Options": "nosniff",
        "icy-name": request.app[CONFIG].stream.name,
        "icy-pub": "0",
        "icy-url": f"{origin(request)}/",
    }
    if kbps:
        headers["icy-br"] = str(kbps)
    return headers


@operation("Preflight", tag="Listening", answers={204: None})
async def preflight(request: web.Request) -> web.Response:
    """CORS preflight."""
    _parse(request.match_info["session"])
    return web.Response(status=204, headers={**_CORS, "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS"})


@operation("Headers of a stream", tag="Listening", answers={200: None})
async def head(request: web.Request) -> web.Response:
    """The headers of a stream, without becoming a listener."""
    name, stream_format = _parse(request.match_info["session"])
    await find(request, name)
    return web.Response(headers=_headers(request, stream_format))


_AUDIO = {one.mime: None for one in FORMATS.values()}


@operation(
    "Listen",
    tag="Listening",
    answers={200: _AUDIO, 206: _AUDIO},
    fails=[503],
    headers={"Icy-MetaData": "1: have the titles in the stream (MP3 and AAC)."},
    path={"session": "A session's id, and after a dot mp3, opus, webm, aac or flac; without one MP3."},
)
async def stream(request: web.Request) -> web.StreamResponse:
    """Become a listener until the client leaves or the session ends."""
    name, stream_format = _parse(request.match_info["session"])
    entry = await entry_of(request, name)
    session = request.app[REGISTRY].heard(entry)
    refuse_silence(request)
    if request.headers.get("Range", "").replace(" ", "") == _PROBE:
        return _probe(request, stream_format)
    mounts = request.app[MOUNTS]
    mount = mounts.of(session, stream_format)
    icy = stream_format.icy and request.headers.get("Icy-MetaData", "").strip() == "1"
    response = web.StreamResponse(headers=_headers(request, stream_format))
    response.force_close()  # said in the head: whoever has heard the end uses another connection
    if icy:
        response.headers["icy-metaint"] = str(mount.icy_interval)
    listener, position = mounts.join(mount, Variant(icy=icy, chunked=request.version >= (1, 1)))
    response.headers["Drift-Position"] = str(position)
    reason: Ended = "client-left"
    try:
        await response.prepare(request)
        if request.transport is None:
            return response
        limit_unsent(request.transport, mount.unsent_bytes)
        listener.start(request.transport)
        with request.app[REGISTRY].visiting(entry, lambda _: mount.leave(listener, "session-ended")):
            reason = await listener.ended
        if reason not in {"client-left", "too-slow"}:
            await end(request, response)
    except ConnectionResetError:
        pass  # the client has left
    finally:
        mount.leave(listener, reason)
        if reason == "too-slow":
            log.info("listener-dropped", session=entry.id, format=stream_format.name, reason=reason)
    return response


def limit_unsent(transport: asyncio.Transport, limit_bytes: int) -> None:
    """Have what a client does not take wait with the transport, where it is shared and seen to grow.

    The kernel would take megabytes for each: minutes of audio, in which nobody is found to be slow.
    """
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.family in {socket.AF_INET, socket.AF_INET6}:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, limit_bytes)


def notice_death(transport: asyncio.Transport) -> None:
    """Have a connection end soon when the other side is gone without a word and confirms nothing."""
    connection = transport.get_extra_info("socket")
    user_timeout = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux has it
    if connection is not None and user_timeout and connection.family in {socket.AF_INET, socket.AF_INET6}:
        connection.setsockopt(socket.IPPROTO_TCP, user_timeout, int(_DEAD_AFTER_S * 1000))


async def end(request: web.Request, response: web.StreamResponse) -> None:
    """End an endless response cleanly, or at once if the client does not take the rest soon.

    Raises:
        ConnectionResetError: the client has left.
    """
    try:
        async with asyncio.timeout(_END_S):
            await response.write_eof()
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()


def _probe(request: web.Request, stream_format: Format) -> web.Response:
    """Safari asks for two bytes before it plays: it must learn that ranges do not work. It is no listener."""
    headers = _headers(request, stream_format) | {"Content-Range": "bytes 0-1/*"}
    return web.Response(
        status=206, body=b"\xff\xfb" if stream_format.name == "mp3" else b"\0\0", headers=headers
    )
