"""What requests say, checked: JSON bodies and query parameters."""

from __future__ import annotations

import json
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from drift.api.patience import awaiting_body
from drift.errors import BadRequestError, InvalidError


class Body(BaseModel):
    """A JSON body; fields that are unknown are mistakes, and so is text where a number belongs."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Query(BaseModel):
    """What a query string says; parameters that are unknown do no harm."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


BodyT = TypeVar("BodyT", bound=Body)
QueryT = TypeVar("QueryT", bound=Query)


async def body(request: web.Request, kind: type[BodyT]) -> BodyT:
    """The request's JSON body.

    Raises:
        BadRequestError: it is not JSON.
        web.HTTPRequestTimeout: it has not arrived in time.
        InvalidError: a field is missing, unknown or of a wrong value.
    """
    try:
        async with awaiting_body():
            text = await request.text()
        found = json.loads(text or "{}")
    except (ValueError, LookupError, RecursionError) as error:
        raise BadRequestError(f"The body is not JSON: {error}.") from error
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        raise _invalid(error, "the body", kind) from error


def query(request: web.Request, kind: type[QueryT]) -> QueryT:
    """The request's query parameters; of one that is given twice the first counts.

    Raises:
        InvalidError: one is missing, or of a wrong value.
    """
    try:
        return kind.model_validate({name: request.query[name] for name in request.query})
    except ValidationError as error:
        raise _invalid(error, "the query", kind) from error


def _invalid(error: ValidationError, whole: str, kind: type[BaseModel]) -> InvalidError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or whole
    names = (field.alias or name for name, field in kind.model_fields.items())
    said = "Input should be an object" if first["type"] == "model_type" else first["msg"]
    return InvalidError(f"{where}: {said}.", fields=sorted(names))


def number(request: web.Request, name: str, default: int, *, least: int, most: int) -> int:
    """A whole number of the query.

    Raises:
        InvalidError: it is none, or out of range.
    """
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise InvalidError(f"{name} is a whole number from {least} to {most}, not '{text}'.")
    return int(text)


def optional_number(request: web.Request, name: str, *, least: float, most: float) -> float | None:
    """A number of the query, None if it is not there.

    Raises:
        InvalidError: it is none, or out of range.
    """
    text = request.query.get(name)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise InvalidError(f"{name} is a number from {least:g} to {most:g}, not '{text}'.")
    return value
