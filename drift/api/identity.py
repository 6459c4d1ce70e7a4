"""An id per request: in every line that is logged on its behalf, and in its answer."""

from __future__ import annotations

import re
import secrets

import structlog
from aiohttp import web

from drift.api.keys import Handler

_HEADER = "X-Request-Id"
_ID = web.RequestKey("request_id", str)
_SANE = re.compile(r"[\w.:-]{1,64}")


@web.middleware
async def identified(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give a request an id; a proxy's or client's own is kept."""
    given = request.headers.get(_HEADER, "")
    request[_ID] = given if _SANE.fullmatch(given) else secrets.token_hex(8)
    with structlog.contextvars.bound_contextvars(request=request[_ID]):
        return await handler(request)


async def tell_request_id(request: web.Request, response: web.StreamResponse) -> None:
    """Put it into the answer's head."""
    if _ID in request:
        response.headers[_HEADER] = request[_ID]
