"""``drift journey``: what a running server's sessions have played, as files, and back."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from drift.commands.common import ADDRESS, SETTINGS, configured, out
from drift.errors import NotReadyError, RefusedError
from drift.models import full_title

if TYPE_CHECKING:
    from drift.config import Config

_SERVER = click.option("--server", help="URL of the server; by default the configured address.")
_TIMEOUT_S = 30.0


@click.group()
def journey() -> None:
    """Export and import journeys of a running server."""


@journey.command()
@configured(
    *SETTINGS,
    *ADDRESS,
    _SERVER,
    click.option(
        "--format",
        "kind",
        type=click.Choice(["json", "m3u", "xspf"]),
        help="By default what the file's name says, else JSON.",
    ),
    click.option(
        "--output", "-o", type=click.Path(path_type=Path), help="File to write; by default the terminal."
    ),
    click.argument("session", default="master"),
)
def export(config: Config, server: str | None, kind: str | None, output: Path | None, session: str) -> None:
    """Write what SESSION (by default the master) has played."""
    suffixes = {".json": "json", ".m3u": "m3u", ".m3u8": "m3u", ".xspf": "xspf"}
    kind = kind or (suffixes.get(output.suffix.lower(), "json") if output else "json")
    name = urllib.parse.quote(session, safe="")
    content = _ask(f"{_url(config, server)}/session/{name}/journey.{kind}")
    if output is None:
        sys.stdout.write(content.decode())
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise RefusedError(f"{output} cannot be written: {error.strerror}") from error


@journey.command(name="import")
@configured(
    *SETTINGS,
    *ADDRESS,
    _SERVER,
    click.option("--session", default="master", show_default=True, help="Session that plays it."),
    click.option("--next", "later", is_flag=True, help="After the track that is on, not at once."),
    click.argument("file_", metavar="FILE", type=click.Path(path_type=Path)),
)
def import_(config: Config, server: str | None, session: str, later: bool, file_: Path) -> None:
    """Play a journey from a JSON, M3U8 or XSPF FILE."""
    try:
        content = file_.read_bytes()
    except OSError as error:
        raise RefusedError(f"{file_} cannot be read: {error.strerror}") from error
    query = urllib.parse.urlencode({"sessionId": session, "when": "next" if later else "now"})
    report = json.loads(_ask(f"{_url(config, server)}/api/session/import?{query}", content))
    matched = ", ".join(f"{count} by {how}" for how, count in report["matched"].items() if count)
    out.print(f"{report['steps']} tracks: {matched}; {report['missingCount']} missing.")
    for step in report["missing"]:
        name = full_title(step["artist"], step["title"]) or step["id"]
        out.print(f"  missing: {escape(name)}")


def _url(config: Config, server: str | None) -> str:
    if server:
        return server.rstrip("/")
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(config.server.host, config.server.host)  # noqa: S104
    return f"http://{host}:{config.server.port}"


def _ask(url: str, content: bytes | None = None) -> bytes:
    """What the server answers.

    Raises:
        NotReadyError: no server answers there.
        RefusedError: it refuses; its own words.
    """
    if not url.startswith(("http://", "https://")):
        raise RefusedError(f"{url} is no URL of a server: it begins with http:// or https://")
    request = urllib.request.Request(url, content)  # noqa: S310 - http or https only
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - as above
            found: bytes = answer.read()
            return found
    except urllib.error.HTTPError as error:
        raise RefusedError(_message(error.read()) or f"the server answered {error.code}") from error
    except OSError as error:
        reason = getattr(error, "reason", error)
        parts = urllib.parse.urlsplit(url)
        raise NotReadyError(f"no server answers at {parts.scheme}://{parts.netloc}: {reason}") from error


def _message(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return ""
