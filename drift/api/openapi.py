"""``/api/openapi.json``: the document of the whole interface, made from the application's own routes.

Paths, methods and path parameters come from the router, descriptions from handlers' docstrings, schemas from
pydantic, the rest from ``@operation`` beside each handler. What holds for all is added here: the errors that
parameters and bodies bring with them, and the refusal of other web sites' commands.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from inspect import getdoc
from typing import Any

from aiohttp import web
from pydantic.json_schema import models_json_schema

from drift import __version__
from drift.api.guard import COOKIE
from drift.api.keys import DOCUMENT
from drift.api.operations import Content, Operation, models, operation, operation_of
from drift.api.schemas import ErrorAnswer, RefusedAnswer

TAGS = {
    "Sessions": "Making, finding and ending sessions.",
    "Commands": "What a session plays. Followers take no commands; all else do, at a limited rate.",
    "Rooms": "Who is there, what they may do, and what they say. A signed cookie says who somebody is.",
    "Steering": "Where a session could go, and where it has been.",
    "Listening": "Audio and events, endless; playlists and status for players.",
    "Library": "The music.",
    "Server": "For supervisors, and this document.",
    "Pages": "For browsers.",
}
_REF = "#/components/schemas/{model}"
_SAFE = {"GET", "HEAD", "OPTIONS"}
_PARAMETERS: dict[str, dict[str, object]] = {
    "session": {"description": "A session's id.", "example": "master"},
    "track": {"description": "A track's id: 32 hex digits, as search gives it."},
    "name": {"description": "A name for the session."},
}
_FAILURES = {
    400: "The request cannot be understood.",
    401: "Only who has joined may do this.",
    403: "Your role or code does not allow it; or it is a follower, or another web site asks.",
    404: "There is no such thing.",
    408: "The body did not arrive in time.",
    409: "It conflicts with what is there.",
    413: "The body is too large.",
    422: "A value cannot be used; the details tell which could be.",
    429: "Too many commands, or wrong codes; try again later.",
    503: "Not now: nothing can be played yet, or LiveKit does not answer. Try again later.",
}
_SECURITY = {
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Who you are, signed: set by joining a session, or by making one.",
    },
    "code": {
        "type": "http",
        "scheme": "bearer",
        "description": "A session's code, for programs: what its role may do, without joining.",
    },
}
_BY_ROLE: list[dict[str, list[str]]] = [{}, {"cookie": []}, {"code": []}]
"""Any of these; none is enough where `access.mode` is "open"."""
_RETRY = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}, "required": True}}
_LOCATION = {"Location": {"description": "Where to.", "schema": {"type": "string"}, "required": True}}


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [web.get("/api/openapi.json", openapi)]


@operation("This document", tag="Server", answers={200: {"application/json": None}})
async def openapi(request: web.Request) -> web.Response:
    """The interface as an OpenAPI 3.1 document; `/api/docs` shows it."""
    headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    text = await asyncio.to_thread(request.app[DOCUMENT])  # the first time it is made, for all later ones
    return web.Response(text=text, content_type="application/json", headers=headers)


def document(app: web.Application) -> str:
    """The document of an application that has all its routes, as JSON."""
    found = list(_operations(app))
    used = {model for *_, one in found for model in one.models} | {ErrorAnswer, RefusedAnswer}
    ordered = sorted(used, key=lambda model: model.__name__)
    schemas = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)[1]["$defs"]
    paths: dict[str, dict[str, object]] = {}
    for method, path, handler, one in found:
        paths.setdefault(path, {})[method.lower()] = _described(method, path, getdoc(handler) or "", one)
    made = json.dumps(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Drift",
                "version": __version__,
                "description": "Self-hosted radio that you steer.",
                "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": "/"}],
            "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
            "paths": dict(sorted(paths.items())),
            "components": {
                "schemas": {name.lstrip("_"): schema for name, schema in schemas.items()},
                "securitySchemes": _SECURITY,
            },
        },
        ensure_ascii=False,
    )
    # Models that are private to a module of handlers have names here like all others.
    return made.replace(_REF.format(model="_"), _REF.format(model="")).replace('"title": "_', '"title": "')


def _operations(app: web.Application) -> Iterator[tuple[str, str, object, Operation]]:
    """Method, path, handler and what was said of it, of all routes that something was said of."""
    for route in app.router.routes():
        one = operation_of(route.handler)
        if one and route.resource and route.method not in {"HEAD", "OPTIONS"}:
            yield route.method, route.resource.canonical, route.handler, one


def _described(method: str, path: str, text: str, one: Operation) -> dict[str, object]:
    slug = "-".join(part.strip("{}") for part in path.replace(".", "/").split("/") if part)
    found: dict[str, object] = {
        "operationId": f"{method.lower()}-{slug}",
        "summary": one.summary,
        "description": text,
        "tags": [one.tag],
    }
    names = [part.partition("}")[0] for part in path.split("{")[1:]]
    parameters = [*_in_path(names, one), *_in_query(one), *_in_headers(one)]
    if parameters:
        found["parameters"] = parameters
    if one.body is not None:
        required = any(
            field.is_required() for model in models(one.body) for field in model.model_fields.values()
        )
        found["requestBody"] = {"content": _content(one.body), "required": required}
    implied = {404} if names else set()
    implied |= {422} if one.query or one.body else set()
    implied |= {400, 408, 413} if one.body else set()
    implied |= {403} if method not in _SAFE else set()
    implied |= {401} if one.by_role else set()
    if one.by_role:
        found["security"] = _BY_ROLE
    answers = {status: _answer(status, content) for status, content in one.answers.items()}
    for status in {*one.fails, *implied} - answers.keys():
        answers[status] = _answer(status, RefusedAnswer if status == 403 else ErrorAnswer)
    found["responses"] = {str(status): answers[status] for status in sorted(answers)}
    return found


def _in_path(names: Iterable[str], one: Operation) -> Iterator[dict[str, object]]:
    for name in names:
        text = {"description": one.path[name]} if name in one.path else {}
        yield (
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            | _PARAMETERS.get(name, {})
            | text
        )


def _in_query(one: Operation) -> Iterator[dict[str, object]]:
    schema = one.query.model_json_schema() if one.query else {}
    for name, whole in schema.get("properties", {}).items():
        text = {"description": whole.pop("description")} if "description" in whole else {}
        value = {
            key: part for key, part in whole.items() if key != "anyOf" and (key, part) != ("default", None)
        }
        for kind in whole.get("anyOf", []):
            value |= kind if kind != {"type": "null"} else {}  # left out is how a query says null
        required = name in schema.get("required", [])
        yield {"name": name, "in": "query", "required": required, "schema": value, **text}


def _in_headers(one: Operation) -> Iterator[dict[str, object]]:
    for name, text in one.headers.items():
        yield {"name": name, "in": "header", "description": text, "schema": {"type": "string"}}


def _answer(status: int, content: Content) -> dict[str, object]:
    usual = content in (ErrorAnswer, RefusedAnswer)
    text = getdoc(content) if isinstance(content, type) else None
    found: dict[str, object] = {
        "description": _FAILURES[status] if usual else text or HTTPStatus(status).phrase
    }
    if content is not None:
        found["content"] = _content(content)
    if status in {302, 303}:
        found["headers"] = _LOCATION
    if usual and status in {429, 503}:
        found["headers"] = _RETRY
    return found


def _content(content: Content) -> dict[str, Any]:
    found = content if isinstance(content, Mapping) else {"application/json": content}
    return {
        name: {} if model is None else {"schema": {"$ref": _REF.format(model=model.__name__)}}
        for name, model in found.items()
    }
