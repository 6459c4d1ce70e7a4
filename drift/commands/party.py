"""``drift party``: sessions with links for guests. ``drift codes``: new codes, straight in the store."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from drift.commands import invitations
from drift.commands.client import (
    MASTER,
    SERVER,
    Json,
    MissingSessionError,
    Server,
    ServerRefusedError,
    checked,
    new_name,
    parsed,
    session_id,
)
from drift.commands.common import ADDRESS, SETTINGS, configured, err, out, run

if TYPE_CHECKING:
    from drift.access import Codes
    from drift.config import Config
    from drift.models import SessionId

_TAKEN = 5
_INVITING = (
    *SETTINGS,
    *ADDRESS,
    SERVER,
    invitations.PUBLIC_URL,
    click.option("--qr/--no-qr", default=True, help="Show QR codes, if the terminal is wide enough."),
    click.option("--json", "as_json", is_flag=True, help="Print JSON."),
)


def _new_names(_context: click.Context, _parameter: click.Parameter, texts: Sequence[str]) -> list[str]:
    """Names for new sessions, each once."""
    return list({session_id(text): new_name(text) for text in texts}.values())


@click.command()
@configured(
    *_INVITING,
    click.argument("names", metavar="NAME...", nargs=-1, required=True, callback=_new_names),
)
def party(
    config: Config, *, server: str | None, public_url: str | None, qr: bool, as_json: bool, names: list[str]
) -> None:
    """Make sessions on a running server, one per room, and links that let people in.

    Guests steer the music, and may talk where there is LiveKit; viewers listen and chat; hosts may do all.
    Links are shown once: Drift keeps none; `drift codes` makes new ones. What is there already is left alone.
    """
    asked = Server(config, server)
    url = invitations.guests_url(config, server, public_url)
    made: list[Json] = []
    taken: list[str] = []
    try:
        for name in names:
            one = _make(asked, name)
            if one is None:
                taken.append(session_id(name))
                err.print(
                    f"{taken[-1]} is there already; for new links: drift codes {taken[-1]}", markup=False
                )
                continue
            made.append(one | {"links": invitations.rebased(one["links"], url)})
            if not as_json:
                invitations.show(one["sessionId"], made[-1]["links"], qr=qr)
    finally:
        if as_json and (made or taken):
            click.echo(json.dumps({"sessions": made, "taken": taken}, ensure_ascii=False, indent=2))
    if made and not as_json:
        _tell_how(made[-1]["links"])
    if not made:
        sys.exit(_TAKEN)


def _make(server: Server, name: str) -> Json | None:
    """A session that was made; None: it is there already."""
    try:
        return parsed(server.post("/api/sessions.create", {"sessionName": name}))
    except ServerRefusedError as error:
        if error.exit_status != _TAKEN:
            raise
        return None


@click.command()
@configured(
    *_INVITING,
    click.argument("session", metavar="SESSION", callback=checked(session_id)),
)
def codes(
    config: Config, *, server: str | None, public_url: str | None, qr: bool, as_json: bool, session: str
) -> None:
    """Make new codes for SESSION; the old ones are void. Who has joined stays.

    Written into the data directory: whoever may do that is the administrator. Works while the server runs and
    while it does not, also for the master, which has no codes until it is given some.
    """
    from drift.access import invitation, new_codes  # noqa: PLC0415 - `drift version` should not load a database

    base = invitations.guests_url(config, server, public_url) or Server(config, server).url
    made = new_codes()
    opened = run(_write(config, session, made))
    told: Json = {"sessionId": opened, **invitation(base, opened, made)}
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    invitations.show(opened, told["links"], qr=qr)
    _tell_how(told["links"])


def _tell_how(links: Json) -> None:
    """Say what is to be done so that guests get in, if anything is."""
    if hint := invitations.hint(links):
        out.print(f"\n{hint}", markup=False, soft_wrap=True)


async def _write(config: Config, session: str, made: Codes) -> SessionId:
    """Have the codes open a session's room. Whose that is: a follower's is that of what it follows."""
    from drift.data import opened_store  # noqa: PLC0415 - as above
    from drift.models import SessionId  # noqa: PLC0415 - as above
    from drift.rooms.rooms import give_codes  # noqa: PLC0415 - as above
    from drift.store import sessions  # noqa: PLC0415 - as above

    async with opened_store(config) as store:
        record = await sessions.find(store, SessionId(session))
        if record is not None and record.following is not None:
            record = await sessions.find(store, record.following)
        if record is None:
            how = ": start Drift first" if session == MASTER else ""
            raise MissingSessionError(f"There is no session '{session}' in {config.data.path}{how}.")
        await give_codes(store, record.id, made)
        return record.id
