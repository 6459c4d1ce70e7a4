"""What players and tools beside browsers ask for: playlists with one station, and Icecast's status."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aiohttp import web

from drift import __version__
from drift.api.keys import CONFIG, MOUNTS, REGISTRY, STARTED_AT
from drift.api.operations import operation
from drift.api.sessions import find, origin
from drift.sessions import Session
from drift.streaming import Mount
from mixer.codecs import FORMATS, Format
from mixer.pcm import SAMPLE_RATE

_M3U = "audio/x-mpegurl"
_PLS = "audio/x-scpls"
_CORS = {"Access-Control-Allow-Origin": "*"}


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [
        web.get("/listen/{session}.m3u", m3u),
        web.get("/listen/{session}.pls", pls),
        web.get("/status-json.xsl", status),
    ]


def _title(request: web.Request, name: str) -> str:
    """How a station is shown, on one line."""
    return " ".join(f"{request.app[CONFIG].stream.name}: {name}".split())


async def _station(request: web.Request) -> tuple[str, str]:
    """Title and MP3 URL of the session asked for. A follower has its own."""
    name = request.match_info["session"]
    await find(request, name)
    return _title(request, name), f"{origin(request)}/stream/{name}.mp3"


def _playlist(text: str, kind: str) -> web.Response:
    headers = {**_CORS, "Content-Type": f"{kind}; charset=utf-8", "Cache-Control": "no-cache"}
    return web.Response(body=text.encode(errors="replace"), headers=headers)


@operation("M3U playlist", tag="Listening", answers={200: {_M3U: None}})
async def m3u(request: web.Request) -> web.Response:
    """A session's MP3 stream, as a playlist for players."""
    title, url = await _station(request)
    return _playlist(f"#EXTM3U\n#EXTINF:-1,{title}\n{url}\n", _M3U)


@operation("PLS playlist", tag="Listening", answers={200: {_PLS: None}})
async def pls(request: web.Request) -> web.Response:
    """A session's MP3 stream, as a playlist for players."""
    title, url = await _station(request)
    return _playlist(
        f"[playlist]\nNumberOfEntries=1\nFile1={url}\nTitle1={title}\nLength1=-1\nVersion=2\n", _PLS
    )


@operation("Icecast's status", tag="Listening", answers={200: {"application/json": None}})
async def status(request: web.Request) -> web.Response:
    """What Icecast 2.4 tells of its mounts, for tools made for it; ``source`` is a list in any case."""
    base = origin(request)
    stats: dict[str, object] = {
        "admin": f"{base}/",
        "host": request.host,
        "location": request.app[CONFIG].stream.name,
        "server_id": f"Drift {__version__}",
        **_moment("server_start", datetime.fromisoformat(request.app[STARTED_AT])),
        "source": [
            _source(request, session, stream_format, mount)
            for session in request.app[REGISTRY].sessions
            for stream_format, mount in _mounts(request, session)
        ],
    }
    return web.json_response({"icestats": stats}, headers={**_CORS, "Cache-Control": "no-cache, no-store"})


def _mounts(request: web.Request, session: Session) -> Iterator[tuple[Format, Mount | None]]:
    """MP3, which is there for whoever comes (None: nobody has yet), and what else is listened to."""
    there = {mount.format.name: mount for mount in request.app[MOUNTS].those_of(session)}
    yield FORMATS["mp3"], there.pop("mp3", None)
    yield from ((mount.format, mount) for mount in there.values() if mount.audience)


def _source(
    request: web.Request, session: Session, stream_format: Format, mount: Mount | None
) -> dict[str, object]:
    """A mount, as Icecast tells of it."""
    kbps = request.app[MOUNTS].settings.rates.of(stream_format.codec)
    facts = {"channels": 2, "samplerate": SAMPLE_RATE} | ({"bitrate": kbps} if kbps else {})
    return {
        "audio_info": ";".join(f"{name}={value}" for name, value in facts.items()),
        **facts,
        "genre": "various",
        "listener_peak": mount.peak if mount else 0,
        "listeners": mount.audience if mount else 0,
        "listenurl": f"{origin(request)}/stream/{session.id}.{stream_format.name}",
        "server_description": "An endless mix",
        "server_name": _title(request, session.name),
        "server_type": stream_format.mime,
        "server_url": f"{origin(request)}/session/{session.id}",
        **_moment("stream_start", session.created_at),
        "title": session.title_at(session.position),
    }


def _moment(name: str, when: datetime) -> dict[str, str]:
    """A time, as Icecast writes it: for people and for machines."""
    return {
        name: when.strftime("%a, %d %b %Y %H:%M:%S %z"),
        f"{name}_iso8601": when.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }
