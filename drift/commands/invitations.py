"""How people are let in: links with codes, for the terminal."""

from __future__ import annotations

import io
import socket
import urllib.parse
from typing import TYPE_CHECKING

import click
from rich.text import Text

from drift.commands.client import Json, base_url
from drift.commands.common import out
from drift.config import is_local

if TYPE_CHECKING:
    from drift.config import Config

PUBLIC_URL = click.option(
    "--public-url", metavar="URL", help="Where guests reach the server, if that is elsewhere than you do."
)
ROLES = {"collaborator": "guests", "viewer": "viewers", "host": "host"}
"""Roles, and what their links are called."""

_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
_BORDER = 2
_NOWHERE = ("192.0.2.1", 9)
"""An address of the documentation's (RFC 5737). Nothing is sent there; the way to it is looked up."""


def guests_url(config: Config, server: str | None, public_url: str | None) -> str | None:
    """Where guests reach a server; None: as it says itself.

    Args:
        config: the settings in force.
        server: its URL as given; None: it is the configured one.
        public_url: the answer, if it was given.

    Raises:
        ConfigError: this is no URL.
    """
    if public_url is not None:
        return base_url(public_url)
    address = lan_address() if server is None and config.server.host in _EVERYWHERE else None
    return f"http://{address}:{config.server.port}" if address else None


def lan_address() -> str | None:
    """This machine's address in its network; None: it is in none."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(_NOWHERE)
            address = str(probe.getsockname()[0])
    except OSError:
        return None
    return None if is_local(address) else address


def rebased(links: Json, url: str | None) -> Json:
    """The same links at another address."""
    if url is None:
        return links
    return {role: f"{url}/?{urllib.parse.urlsplit(link).query}" for role, link in links.items()}


def show(session: str, links: Json, *, qr: bool) -> None:
    """Print a session's links, and the guests' as a QR code where there is room for it."""
    out.print(f"\n{session}", style="bold", markup=False)
    for role, people in ROLES.items():
        out.print(f"  {people:<8} {links[role]}", markup=False, soft_wrap=True)
    if qr and out.is_terminal:
        _show_qr(str(links["collaborator"]))


def _show_qr(text: str) -> None:
    import segno  # noqa: PLC0415 - few commands need it

    code = segno.make(text, micro=False)
    if code.symbol_size(border=_BORDER)[0] > out.width:
        return
    drawn = io.StringIO()
    code.terminal(drawn, border=_BORDER, compact=True)
    # Light on dark in any terminal: cameras do not like it the other way round.
    out.print(Text(drawn.getvalue().rstrip("\n"), style="#ffffff on #000000"))


def hint(links: Json) -> str | None:
    """What is to be done so that guests get in; None: nothing."""
    parts = urllib.parse.urlsplit(str(links["collaborator"]))
    if not is_local(parts.hostname or ""):
        return None
    port = f":{parts.port}" if parts.port else ""
    address = lan_address() or "this machine's address"
    return (
        f"These links work on this machine only. For guests, start Drift with --host 0.0.0.0, and add "
        f"--public-url http://{address}{port} here."
    )
