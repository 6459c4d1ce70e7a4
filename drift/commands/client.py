"""Asks a running server: what all commands share that need one."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from drift import names
from drift.config import ENV_CODE
from drift.errors import (
    ConfigError,
    DriftError,
    InvalidError,
    NotFoundError,
    NotReadyError,
    RefusedError,
)

if TYPE_CHECKING:
    from drift.config import Config

Json = dict[str, Any]

SERVER = click.option("--server", help="URL of the server; by default the configured address.")
MASTER = "master"

_TIMEOUT_S = 30.0
_STATUSES = {
    "not-found": 3,
    "forbidden": 4,
    "not-joined": 4,
    "wrong-code": 4,
    "banned": 4,
    "conflict": 5,
    "full": 5,
}
_LONGEST_CODE = 200


def _code(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """A code that can be sent; what is wrong with it is not shown."""
    if text and not (text.isascii() and text.isprintable() and len(text) <= _LONGEST_CODE):
        raise click.BadParameter("a code looks like k7d2-m9qp-x4tz")
    return text or None


CODE = click.option(
    "--code",
    envvar=ENV_CODE,
    callback=_code,
    help="A host's or collaborator's code, where access.mode is codes; better in $DRIFT_CODE: others see "
    "command lines.",
)


def session_id(text: str) -> str:
    """The id of the session that somebody calls so; it need not be there.

    Raises:
        click.BadParameter: no session can be called so.
    """
    try:
        return MASTER if text == MASTER else names.session_id(text)
    except InvalidError as error:
        raise click.BadParameter(str(error)) from error


def new_name(text: str) -> str:
    """A name for a new session.

    Raises:
        click.BadParameter: no session can be called so.
    """
    try:
        names.session_id(text)
        return names.shown(text)
    except InvalidError as error:
        raise click.BadParameter(str(error)) from error


def checked(
    check: Callable[[str], str],
) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """A callback for click: what is given has to pass one of the above."""
    return lambda _context, _parameter, text: None if text is None else check(text)


class ServerRefusedError(RefusedError):
    """A server says no, in its own words.

    Attributes:
        answer: the JSON that it sent, as it came; empty if it sent something else.
        exit_status: of the program: 3 what was named is not there, 4 not allowed, 5 it is there already or
            must stay, or is full, 1 anything else.
    """

    def __init__(self, message: str, answer: bytes, code: str) -> None:
        super().__init__(message)
        self.answer = answer
        self.exit_status = _STATUSES.get(code, 1)


class MissingSessionError(NotFoundError):
    """There is no such session in the store."""

    exit_status = _STATUSES["not-found"]


def exit_status(error: DriftError) -> int:
    """What the program ends with because of an error; README.md lists the numbers."""
    if isinstance(error, ServerRefusedError | MissingSessionError):
        return error.exit_status
    return 2 if isinstance(error, ConfigError) else 1


class Server:
    """A running server.

    Args:
        config: says where it is, unless
        url: does.
        code: what to show to it.

    Raises:
        ConfigError: this is no URL.
    """

    def __init__(self, config: Config, url: str | None = None, code: str | None = None) -> None:
        self._code = code
        self.url = _configured_url(config) if url is None else base_url(url)

    def ask(self, path: str, content: bytes | None = None, method: str | None = None) -> bytes:
        """What the server answers.

        Args:
            path: from the first slash on, with its query; quoted.
            content: a body to send.
            method: by default POST with content, GET without.

        Raises:
            NotReadyError: no server answers there.
            ServerRefusedError: it refuses.
        """
        request = urllib.request.Request(self.url + path, content, method=method)  # noqa: S310 - see base_url
        if self._code:
            request.add_unredirected_header("Authorization", f"Bearer {self._code}")
        try:
            status, answer = _exchanged(request)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            reason = getattr(error, "reason", error)
            raise NotReadyError(f"no server answers at {self.url}: {reason}") from error
        if status >= 400:
            raise _refusal(answer, status)
        return answer

    def get(self, path: str) -> bytes:
        """The answer to a GET. Raises as :meth:`ask`."""
        return self.ask(path)

    def post(self, path: str, document: Json | None = None) -> bytes:
        """The answer to a POST of some JSON. Raises as :meth:`ask`."""
        return self.ask(path, json.dumps(document or {}).encode())

    def delete(self, path: str) -> bytes:
        """The answer to a DELETE. Raises as :meth:`ask`."""
        return self.ask(path, method="DELETE")


def base_url(text: str) -> str:
    """The URL of a server, without a slash at the end.

    Raises:
        ConfigError: this is none.
    """
    url = text.rstrip("/")
    try:
        parts = urllib.parse.urlsplit(url)
        right = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise ConfigError(f"'{url}' is no URL of a server, such as http://127.0.0.1:8420")
    return url


def parsed(answer: bytes) -> Json:
    """The JSON object that a server has sent.

    Raises:
        RefusedError: it is none; whatever answers there, it is not Drift.
    """
    try:
        found = json.loads(answer)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise RefusedError("the server's answer is no JSON object: is it Drift?")
    return found


def quoted(part: str) -> str:
    """A name as one part of a path."""
    return urllib.parse.quote(part, safe="")


def _exchanged(request: urllib.request.Request) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - see base_url
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def _configured_url(config: Config) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.server.host, config.server.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{config.server.port}"


def _refusal(answer: bytes, status: int) -> ServerRefusedError:
    try:
        error = json.loads(answer)["error"]
        code, message = str(error["code"]), str(error["message"])
        directions = error.get("details", {}).get("directions")
    except (ValueError, KeyError, TypeError, AttributeError):
        return ServerRefusedError(f"the server answered {status}", b"", "")
    if directions:
        message += f" There are: {', '.join(map(str, directions))}."
    return ServerRefusedError(message, answer, code)
