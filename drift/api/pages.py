"""The browser client: one page for every session, and its files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

import drift
from drift.api import schemas
from drift.api.keys import CLIENT, CONFIG
from drift.api.operations import of_file, operation
from drift.api.sessions import entry_of
from drift.errors import NotFoundError

_PACKAGE = Path(drift.__file__).parent
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
)
_FOREVER = "public, max-age=31536000, immutable"


def client_directory() -> Path | None:
    """Where the built client is: in the wheel, or in a checkout after ``npm run build``. None: not built."""
    candidates = (_PACKAGE / "client", _PACKAGE.parent / "web" / "dist")
    return next((path.resolve() for path in candidates if (path / "index.html").is_file()), None)


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [
        web.get("/", home),
        web.get("/new", new),
        web.get("/session/{session}", page),
        web.get("/assets/{name}", asset),
        web.get(r"/{name:[\w-]+\.(?:svg|png|ico|webmanifest)}", public_file),
    ]


_PAGE = of_file("text/html") | {503: {"text/plain": None}}
_PAGE_OR_NOT = _PAGE | {404: {"text/html": None, "application/json": schemas.ErrorAnswer}}


@operation("The way in", tag="Pages", answers=_PAGE)
async def home(request: web.Request) -> web.StreamResponse:
    """All sessions, and forms to join, to make or to follow one."""
    return built_page(request, "index.html")


@operation("Make sessions for guests", tag="Pages", answers=_PAGE)
async def new(request: web.Request) -> web.StreamResponse:
    """A form that makes a session, or with `names` several, and then shows the links into them."""
    return built_page(request, "index.html")


@operation("A session's page", tag="Pages", answers=_PAGE_OR_NOT)
async def page(request: web.Request) -> web.StreamResponse:
    """The page of a session; it finds out by itself which."""
    try:
        await entry_of(request, request.match_info["session"])
    except NotFoundError:
        if "text/html" not in request.headers.get("Accept", ""):
            raise
        return await _page_of_nothing(request)
    return built_page(request, "index.html")


async def _page_of_nothing(request: web.Request) -> web.StreamResponse:
    """The page, which says that there is no such session, and offers to make it. Never from a cache."""
    client = request.app[CLIENT]
    try:
        text = await asyncio.to_thread((client / "index.html").read_text) if client else ""
    except OSError:
        text = ""
    headers = {"Content-Security-Policy": _policy(request.app), "Cache-Control": "no-store"}
    return web.Response(text=text, content_type="text/html", status=404, headers=headers)


def built_page(request: web.Request, name: str) -> web.StreamResponse:
    """A page of the browser client, under its rules of what it may load."""
    client = request.app[CLIENT]
    if client is None or not (client / name).is_file():
        return web.Response(status=503, text="The browser client is not built: run `make setup`.\n")
    headers = {
        "Content-Security-Policy": _policy(request.app),
        "Cache-Control": "no-cache",
        "Referrer-Policy": "same-origin",
    }
    return _file(request, name, headers)


def _policy(app: web.Application) -> str:
    """What a page may load, and whom it may talk to: this server, and the LiveKit server if there is one."""
    settings = app[CONFIG].livekit
    address = urlsplit(settings.public_url or settings.url)
    if not settings.configured or not address.hostname:
        return _POLICY
    # Its client asks over HTTP why a websocket was refused.
    secure = address.scheme in {"wss", "https"}
    schemes = ("wss", "https") if secure else ("ws", "http")
    places = " ".join(f"{scheme}://{address.netloc}" for scheme in schemes)
    return f"{_POLICY}; connect-src 'self' {places}"


async def asset(request: web.Request) -> web.StreamResponse:
    """A built file whose name changes with its content."""
    return _file(request, f"assets/{request.match_info['name']}", {"Cache-Control": _FOREVER})


async def public_file(request: web.Request) -> web.StreamResponse:
    """An icon or the manifest."""
    return _file(request, request.match_info["name"], {"Cache-Control": "public, max-age=3600"})


def _file(request: web.Request, name: str, headers: dict[str, str]) -> web.FileResponse:
    client = request.app[CLIENT]
    try:
        path = (client / name).resolve() if client else None
        found = path is not None and client is not None and path.is_relative_to(client) and path.is_file()
    except (OSError, ValueError):  # too long, or with a NUL in it
        path, found = None, False
    if path is None or not found:
        raise NotFoundError(f"There is no file '{name}'.")
    if path.suffix == ".webmanifest":
        headers = headers | {"Content-Type": "application/manifest+json"}
    return web.FileResponse(path, headers=headers)
