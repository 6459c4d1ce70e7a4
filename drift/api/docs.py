"""``/api/docs``: the OpenAPI document as a page where everything can be tried. It needs no other web site."""

from __future__ import annotations

from aiohttp import web

from drift.api.operations import of_file, operation
from drift.api.pages import built_page


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [web.get("/api/docs", docs)]


@operation(
    "This document as a page", tag="Server", answers=of_file("text/html") | {503: {"text/plain": None}}
)
async def docs(request: web.Request) -> web.StreamResponse:
    """The page: Swagger UI, part of the built browser client."""
    return built_page(request, "docs.html")
