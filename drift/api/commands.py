"""Commands over HTTP: ``POST /session/:id/<command>``. What they do is in ``drift.sessions.commands``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Literal

from aiohttp import web
from pydantic import Field, model_validator

from drift.api import schemas
from drift.api.guard import authorise
from drift.api.keys import COMMANDS, REGISTRY, Handler
from drift.api.operations import operation
from drift.api.parse import Body, body
from drift.models import TrackId
from drift.sessions import Session, commands

MOST_REQUESTS = 1_000
_LONGEST_S = 86_400.0
_KEY = "Idempotency-Key"
_HEADERS = {_KEY: "A command that comes again with the same key is the same one: it happens once."}


def routes() -> list[web.RouteDef]:
    """This module's routes."""
    return [
        web.post("/session/{session}/next-track", next_track),
        web.post("/session/{session}/direction", direction),
        web.post("/session/{session}/play", play),
        web.post("/session/{session}/seek", seek),
        web.post("/session/{session}/pause", pause),
        web.post("/session/{session}/resume", resume),
        web.post("/session/{session}/reset", reset),
        web.post("/session/{session}/rename", rename),
    ]


async def dispatched(request: web.Request, session_id: str, command: commands.Command) -> dict[str, object]:
    """Have a command happen that a request gives; what it says."""
    return await request.app[COMMANDS].dispatch(
        session_id, command, client=request.remote or "", key=request.headers.get(_KEY, "")
    )


async def steered(request: web.Request, session_id: str) -> Session:
    """The session to which a command applies, if whoever gives it may.

    Raises:
        DriftError: there is none, it takes no commands, or none from there.
    """
    registry = request.app[REGISTRY]
    session = registry.steered(await registry.open(session_id))
    await authorise(request, session, "steer")
    return session


async def _answer(request: web.Request, command: commands.Command) -> web.Response:
    return web.json_response(await dispatched(request, request.match_info["session"], command))


def _command(
    summary: str, answer: type[schemas.Answer], wanted: type[Body] | None = None
) -> Callable[[Handler], Handler]:
    """What all commands have in common: who may not give any is told so before all else; see `operation`."""
    said = operation(
        summary,
        tag="Commands",
        body=wanted,
        answers={200: answer},
        fails=(422, 429, 503),
        headers=_HEADERS,
        by_role=True,
    )

    def guarded(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def permitted(request: web.Request) -> web.StreamResponse:
            await steered(request, request.match_info["session"])
            return await handler(request)

        return said(permitted)

    return guarded


class _Direction(Body):
    direction: str | None


class _Play(Body):
    trackId: str | None = None  # noqa: N815 - the field's name in JSON
    trackIds: list[str] = Field([], max_length=MOST_REQUESTS)  # noqa: N815 - as above
    when: Literal["now", "next"] = "now"

    @model_validator(mode="after")
    def _one_of_both(self) -> _Play:
        if (self.trackId is None) == (not self.trackIds):
            raise ValueError("give either trackId or trackIds")
        return self

    @property
    def ids(self) -> tuple[TrackId, ...]:
        return tuple(TrackId(one) for one in self.trackIds or [self.trackId or ""])


class _Seek(Body):
    positionS: float = Field(ge=0, le=_LONGEST_S)  # noqa: N815 - as above


class _Rename(Body):
    name: str = Field(max_length=200)


@_command("Next track", schemas.Moved)
async def next_track(request: web.Request) -> web.Response:
    """Go to the next track now."""
    return await _answer(request, commands.NextTrack())


@_command("Steer", schemas.Steered, _Direction)
async def direction(request: web.Request) -> web.Response:
    """Drift in a direction; null: the autopilot steers again."""
    return await _answer(request, commands.Steer((await body(request, _Direction)).direction))


@_command("Play tracks", schemas.Requested, _Play)
async def play(request: web.Request) -> web.Response:
    """Play a track, or several in their order: now, or after the one that is on."""
    wanted = await body(request, _Play)
    return await _answer(request, commands.Play(wanted.ids, wanted.when))


@_command("Seek", schemas.Moved, _Seek)
async def seek(request: web.Request) -> web.Response:
    """Go on elsewhere in the track that is on, so many seconds after its beginning."""
    return await _answer(request, commands.Seek((await body(request, _Seek)).positionS))


@_command("Pause", schemas.StateChanged)
async def pause(request: web.Request) -> web.Response:
    """Stop the music for everybody; streams go on with silence."""
    return await _answer(request, commands.Pause())


@_command("Resume", schemas.StateChanged)
async def resume(request: web.Request) -> web.Response:
    """Let the music go on where it was paused."""
    return await _answer(request, commands.Resume())


@_command("Reset", schemas.Reset)
async def reset(request: web.Request) -> web.Response:
    """Forget the journey, the direction and the requests, and begin with another track now."""
    return await _answer(request, commands.Reset())


@_command("Rename", schemas.Renamed, _Rename)
async def rename(request: web.Request) -> web.Response:
    """Give a session another name for people; its addresses stay."""
    return await _answer(request, commands.Rename((await body(request, _Rename)).name))
