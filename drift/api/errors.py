"""The one place where errors become HTTP: a JSON body, the right status, never a traceback."""

from __future__ import annotations

from math import ceil

from aiohttp import web

from drift.api.keys import Handler
from drift.errors import (
    BadRequestError,
    ConflictError,
    DriftError,
    ForbiddenError,
    ForgedError,
    InvalidError,
    LiveKitError,
    NotFoundError,
    NotJoinedError,
    NotReadyError,
    TooManyError,
)
from drift.telemetry import logger

log = logger(__name__)

RETRY_AFTER_S = 2

_STATUS: dict[type[DriftError], int] = {
    BadRequestError: 400,
    ForgedError: 401,
    NotJoinedError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    InvalidError: 422,
    TooManyError: 429,
    NotReadyError: 503,
    LiveKitError: 503,
}


def error_response(status: int, code: str, message: str) -> web.Response:
    """An error as every client gets it."""
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


def _answer(error: DriftError) -> web.Response:
    """What Drift raises on purpose, as an answer."""
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)
    said: dict[str, object] = {"code": error.code, "message": str(error)}
    if error.details:
        said["details"] = error.details
    response = web.json_response({"error": said, **error.beside}, status=status)
    if isinstance(error, TooManyError):
        response.headers["Retry-After"] = str(ceil(error.retry_after_s))
    elif status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    elif status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="drift"'
    return response


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into an answer."""
    try:
        return await handler(request)
    except DriftError as error:
        return _answer(error)
    except web.HTTPRedirection:
        raise
    except web.HTTPException as error:
        response = error_response(error.status, error.reason.lower().replace(" ", "-"), error.reason)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except ConnectionResetError:
        raise
    except web.RequestPayloadError:
        return error_response(
            400, "bad-request", "The body is damaged: it is not encoded as its headers say."
        )
    except Exception:
        log.exception("request-failed", method=request.method, path=request.path)
        return error_response(500, "internal", "Something went wrong in Drift; its log says what.")


@web.middleware
async def same_site_commands(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse state-changing requests that another web site makes in a visitor's browser."""
    if request.method not in {"GET", "HEAD", "OPTIONS"} and from_elsewhere(request):
        raise ForbiddenError("Commands from other web sites are refused.")
    return await handler(request)


def from_elsewhere(request: web.Request) -> bool:
    """Whether a browser says that another web site makes the request.

    Over plain HTTP, except to localhost, it tells the origin only, or of a link the page that it is on.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "cross-site"
    told = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return told != "" and told.partition("://")[2].partition("/")[0] != request.host
