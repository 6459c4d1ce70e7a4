"""``drift sessions``: the sessions of a running server, made, steered and ended from the command line."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from drift.commands import session_texts as texts
from drift.commands.client import (
    CODE,
    MASTER,
    SERVER,
    Json,
    Server,
    ServerRefusedError,
    checked,
    new_name,
    parsed,
    quoted,
    session_id,
)
from drift.commands.common import ADDRESS, SETTINGS, configured, out

if TYPE_CHECKING:
    from drift.config import Config

Asked = tuple[bytes, Callable[[Json], None]]
"""A server's answer, and what prints it for people."""

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print the server's answer as it is.")
_NAME = click.argument("session", metavar="NAME", callback=checked(session_id))
_NAME_OR_MASTER = click.argument("session", metavar="[NAME]", callback=checked(session_id), default=MASTER)
_NO_DIRECTION = {"auto", "none"}


def _asking(*options: Callable[..., Any]) -> Callable[[Callable[..., Asked]], Callable[..., None]]:
    """Give a command these options, and a Server to ask; its answer is printed."""

    def decorate(command: Callable[..., Asked]) -> Callable[..., None]:
        @functools.wraps(command)
        def ask(config: Config, *, server: str | None, code: str | None, as_json: bool, **given: Any) -> None:
            try:
                answer, show = command(Server(config, server, code), **given)
            except ServerRefusedError as error:
                if as_json and error.answer:
                    click.echo(error.answer)
                raise
            document = parsed(answer)
            if as_json:
                click.echo(answer)
            else:
                show(document)

        return configured(*SETTINGS, *ADDRESS, SERVER, CODE, _AS_JSON, *options)(ask)

    return decorate


@click.group()
def sessions() -> None:
    """List, make, steer and end the sessions of a running server.

    NAME is a session's id, or the name that it was made with; where it may be left out, it is the master.

    \b
    Exit codes:
      0  done
      1  failed: no server answers, or it refused; the message says why
      2  the command line or a setting is wrong
      3  there is no such session or track
      4  not allowed: a follower cannot be steered; or it needs a code, or another one
      5  conflict: there is a session of that name already, or it must stay
    """  # noqa: D301 - click's mark for lines that stay as they are


# Which there are


@sessions.command(name="list")
@_asking()
def list_(server: Server) -> Asked:
    """List the sessions that are live."""
    return server.get("/api/session/list"), lambda answer: out.print(texts.table(answer["sessions"]))


@sessions.command()
@_asking(_NAME_OR_MASTER)
def info(server: Server, session: str) -> Asked:
    """Print what a session is and plays."""
    answer = server.get(f"/api/session/info?sessionId={quoted(session)}")
    return answer, lambda found: _say(*texts.facts(found))


@sessions.command()
@_asking(
    click.option("--track", metavar="ID", help="Track to begin with."),
    click.option("--direction", help="Direction to drift in."),
    click.argument("name", callback=checked(new_name)),
)
def create(server: Server, name: str, track: str | None, direction: str | None) -> Asked:
    """Make a session, or go on with one of that name that was put away.

    Where codes are needed to steer it, `drift party` makes it with codes.
    """
    options = {"startingTrack": track, "direction": _direction(direction)}
    answer = server.post("/api/session/create", {"sessionName": name, "options": options})
    return answer, lambda made: _say(texts.created(made), *texts.addresses(made))


@sessions.command()
@_asking(
    click.option(
        "--as",
        "follower",
        callback=checked(new_name),
        help="Name of the follower; by default one is made up.",
    ),
    _NAME,
)
def follow(server: Server, session: str, follower: str | None) -> Asked:
    """Make a follower of a session: the same music at an address of its own, and no commands."""
    answer = server.post("/api/session/follow", {"sessionName": session, "followerName": follower or ""})
    return answer, lambda made: _say(texts.following(made), *texts.addresses(made))


@sessions.command()
@_asking(_NAME)
def delete(server: Server, session: str) -> Asked:
    """End a session: its clients are disconnected, its journey is forgotten."""
    answer = server.delete(f"/api/session/{quoted(session)}")
    return answer, lambda ended: _say(f"{ended['sessionId']} has ended.")


# Steering


@sessions.command(name="next")
@_asking(_NAME_OR_MASTER)
def next_(server: Server, session: str) -> Asked:
    """Go to the next track now."""

    def show(answer: Json) -> None:
        track = quoted(answer["transition"]["to"])
        coming = parsed(server.get(f"/api/library/tracks/{track}"))
        _say(f"{answer['sessionId']} goes on with {texts.title(coming)}.")

    return server.post(_command(session, "next-track")), show


@sessions.command()
@_asking(click.argument("words", metavar="[NAME] DIRECTION", nargs=-1))
def direction(server: Server, words: Sequence[str]) -> Asked:
    """Drift in a direction ("faster", "darker", ...); "auto" lets go."""
    session, wanted = _session_and(words, "DIRECTION")
    answer = server.post(_command(session, "direction"), {"direction": _direction(wanted)})
    return answer, lambda steered: _say(texts.steered(steered))


@sessions.command()
@_asking(
    click.option("--next", "later", is_flag=True, help="After the track that is on, not at once."),
    click.argument("words", metavar="[NAME] ID", nargs=-1),
)
def play(server: Server, words: Sequence[str], later: bool) -> Asked:
    """Play the track with this id."""
    session, track = _session_and(words, "ID")
    wanted = {"trackId": track, "when": "next" if later else "now"}
    return server.post(_command(session, "play"), wanted), lambda asked: _say(texts.requested(asked))


@sessions.command()
@_asking(_NAME_OR_MASTER)
def pause(server: Server, session: str) -> Asked:
    """Stop the music for everybody."""
    return server.post(_command(session, "pause")), _say_state


@sessions.command()
@_asking(_NAME_OR_MASTER)
def resume(server: Server, session: str) -> Asked:
    """Let the music go on."""
    return server.post(_command(session, "resume")), _say_state


def _command(session: str, name: str) -> str:
    return f"/session/{quoted(session)}/{name}"


def _session_and(words: Sequence[str], what: str) -> tuple[str, str]:
    """What may be preceded by a session's name."""
    if not 1 <= len(words) <= 2:
        raise click.UsageError(f"Give {what}, or NAME and {what}.")
    return session_id(words[0]) if len(words) == 2 else MASTER, words[-1]


def _direction(word: str | None) -> str | None:
    return None if word is None or word in _NO_DIRECTION else word


def _say_state(answer: Json) -> None:
    _say(f"{answer['sessionId']} is {answer['state']}.")


def _say(*lines: str) -> None:
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)
