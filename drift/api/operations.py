"""What each handler takes and answers, said beside it; :mod:`drift.api.openapi` makes the document of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel

from drift.api.keys import Handler

Content = type[BaseModel] | Mapping[str, type[BaseModel] | None] | None
"""A body: a JSON object of a model; or by media type a model (None: no schema describes it); None: empty."""

Answers = Mapping[int, Content]
"""By status, what comes with it."""

_NAME = "operation"


@dataclass(frozen=True, slots=True)
class Operation:
    """What a handler takes and answers; see :func:`operation`."""

    summary: str
    tag: str
    answers: Answers
    fails: tuple[int, ...] = ()
    query: type[BaseModel] | None = None
    body: Content = None
    headers: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    by_role: bool = False

    @property
    def models(self) -> Iterator[type[BaseModel]]:
        """Of all bodies."""
        for content in (self.body, *self.answers.values()):
            yield from models(content)


def models(content: Content) -> Iterator[type[BaseModel]]:
    """The models of a body."""
    if isinstance(content, Mapping):
        yield from (model for model in content.values() if model is not None)
    elif content is not None:
        yield content


def of_file(*types: str) -> dict[int, Content]:
    """The answers of a handler that sends a file of one of these media types: whole, a part, or not again."""
    content = dict.fromkeys(types)
    return {200: content, 206: content, 304: None, 412: None, 416: None}


HandlerT = TypeVar("HandlerT", bound=Handler)


def operation(
    summary: str,
    *,
    tag: str,
    answers: Answers,
    fails: Iterable[int] = (),
    query: type[BaseModel] | None = None,
    body: Content = None,
    headers: Mapping[str, str] | None = None,
    path: Mapping[str, str] | None = None,
    by_role: bool = False,
) -> Callable[[HandlerT], HandlerT]:
    """Say what a handler does, for the document; its docstring becomes the description. It works as before.

    Args:
        summary: a few words, as in a list.
        tag: a group of operations, one of ``openapi.TAGS``.
        answers: the body of each status: ``{201: schemas.Created}``, ``{200: {"audio/mpeg": None}}``,
            ``{303: None}``. An error may be here, too, if it says more than others.
        fails: statuses of further errors. Implied are 404 with a path parameter, 422 with a query or a body,
            400, 408 and 413 with a body, and 403 where something is changed.
        query: the model of the query: :func:`drift.api.parse.query` reads it.
        body: the model of the request's body: :func:`drift.api.parse.body` reads it.
        headers: request headers that matter, with a description.
        path: descriptions of path parameters, where the usual ones do not fit.
        by_role: whether it depends on who asks: see :mod:`drift.api.guard`.
    """
    made = Operation(summary, tag, answers, tuple(fails), query, body, headers or {}, path or {}, by_role)

    def keep(handler: HandlerT) -> HandlerT:
        vars(handler)[_NAME] = made  # so that it outlives functools.wraps
        return handler

    return keep


def operation_of(handler: object) -> Operation | None:
    """What was said of a handler."""
    found = getattr(handler, _NAME, None)
    return found if isinstance(found, Operation) else None
