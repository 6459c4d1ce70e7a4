"""``drift journey``: what a running server's sessions have played, as files, and back."""

from __future__ import annotations

import sys
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from drift.commands.client import CODE, MASTER, SERVER, Server, checked, parsed, quoted, session_id
from drift.commands.common import ADDRESS, SETTINGS, configured, out
from drift.errors import RefusedError
from drift.models import full_title

if TYPE_CHECKING:
    from drift.config import Config


@click.group()
def journey() -> None:
    """Export and import journeys of a running server."""


@journey.command()
@configured(
    *SETTINGS,
    *ADDRESS,
    SERVER,
    click.option(
        "--format",
        "kind",
        type=click.Choice(["json", "m3u", "xspf"]),
        help="By default what the file's name says, else JSON.",
    ),
    click.option(
        "--output", "-o", type=click.Path(path_type=Path), help="File to write; by default the terminal."
    ),
    click.argument("session", callback=checked(session_id), default=MASTER),
)
def export(config: Config, server: str | None, kind: str | None, output: Path | None, session: str) -> None:
    """Write what SESSION (by default the master) has played."""
    suffixes = {".json": "json", ".m3u": "m3u", ".m3u8": "m3u", ".xspf": "xspf"}
    kind = kind or (suffixes.get(output.suffix.lower(), "json") if output else "json")
    content = Server(config, server).get(f"/session/{quoted(session)}/journey.{kind}")
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
    SERVER,
    CODE,
    click.option(
        "--session",
        callback=checked(session_id),
        default=MASTER,
        show_default=True,
        help="Session that plays it.",
    ),
    click.option("--next", "later", is_flag=True, help="After the track that is on, not at once."),
    click.argument("file_", metavar="FILE", type=click.Path(path_type=Path)),
)
def import_(
    config: Config, *, server: str | None, code: str | None, session: str, later: bool, file_: Path
) -> None:
    """Play a journey from a JSON, M3U8 or XSPF FILE."""
    try:
        content = file_.read_bytes()
    except OSError as error:
        raise RefusedError(f"{file_} cannot be read: {error.strerror}") from error
    query = urllib.parse.urlencode({"sessionId": session, "when": "next" if later else "now"})
    report = parsed(Server(config, server, code).ask(f"/api/session/import?{query}", content))
    matched = ", ".join(f"{count} by {how}" for how, count in report["matched"].items() if count)
    out.print(f"{report['steps']} tracks: {matched}; {report['missingCount']} missing.")
    for step in report["missing"]:
        name = full_title(step["artist"], step["title"]) or step["id"]
        out.print(f"  missing: {escape(name)}")
