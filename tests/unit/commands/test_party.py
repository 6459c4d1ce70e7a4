from __future__ import annotations

import asyncio
import io
import json
import urllib.parse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import segno
from click.testing import CliRunner, Result
from rich.console import Console

from drift.access import Lock
from drift.access.codes import entered, role_by
from drift.commands import invitations
from drift.commands.client import Server, ServerRefusedError, exit_status
from drift.commands.party import codes, party
from drift.config import Config, ServerConfig
from drift.errors import ConfigError, DriftError
from drift.models import SessionId, SessionRecord
from drift.store import open_store, rooms, sessions
from tests.unit.commands.desk import Desk, session

CREATE = "POST /api/sessions.create"
LINK = "http://127.0.0.1:8420/?sessionId=kitchen&code={}"
LINKS = {role: LINK.format(f"{role[0] * 4}-0000-0000") for role in ("host", "collaborator", "viewer")}
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def made(session_id: str = "kitchen") -> dict[str, Any]:
    """A session that was made, as the API shows it."""
    one = session(session_id)
    urls = {name: one[name] for name in ("sessionId", "webUrl", "streamUrl", "eventsUrl")}
    own = {name: f"{name[:2]}-{session_id}" for name in ("hostCode", "collabCode", "viewerCode")}
    links = {role: link.replace("kitchen", session_id) for role, link in LINKS.items()}
    return urls | own | {"links": links, "room": None}


def run(desk: Desk, *words: str) -> Result:
    return CliRunner().invoke(party, [*words, "--server", desk.url])


@pytest.fixture(autouse=True)
def in_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "lan_address", lambda: None)


# party


def test_links_for_everybody(desk: Desk) -> None:
    desk.answers = {CREATE: (201, made())}
    done = run(desk, "Kitchen", "kitchen")
    assert done.exit_code == 0, done.output
    assert desk.asked == [(CREATE, {"sessionName": "kitchen"})], "the same name twice is one session"
    lines = done.stdout.splitlines()
    assert lines[1:5] == [
        "kitchen",
        f"  guests   {LINKS['collaborator']}",
        f"  viewers  {LINKS['viewer']}",
        f"  host     {LINKS['host']}",
    ]
    assert "on this machine only" in lines[-1]
    assert "--host 0.0.0.0" in lines[-1]
    assert "--public-url http://this machine's address:8420" in lines[-1]
    assert "█" not in done.stdout, "no terminal, no QR code"


def test_where_guests_come_from(desk: Desk) -> None:
    desk.answers = {CREATE: (201, made())}
    done = run(desk, "kitchen", "--public-url", "https://radio.example/")
    assert "guests   https://radio.example/?sessionId=kitchen&code=cccc-0000-0000\n" in done.stdout
    assert "--host" not in done.stdout
    done = run(desk, "kitchen", "--public-url", "radio.example")
    assert isinstance(done.exception, ConfigError)
    assert len(desk.asked) == 1, "nothing is made that cannot be told"


def test_as_json(desk: Desk) -> None:
    desk.answers = {CREATE: (201, made())}
    done = run(desk, "kitchen", "--json", "--public-url", "http://10.0.0.5:99")
    answer = json.loads(done.stdout)
    assert answer["taken"] == []
    links = {role: link.replace("127.0.0.1:8420", "10.0.0.5:99") for role, link in LINKS.items()}
    assert answer["sessions"] == [made() | {"links": links}]


def test_what_is_there_already_is_left_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def post(_self: Server, _path: str, document: dict[str, str]) -> bytes:
        if document["sessionName"] == "kitchen":
            raise ServerRefusedError("It is there.", b"", "conflict")
        return json.dumps(made(document["sessionName"])).encode()

    monkeypatch.setattr(Server, "post", post)
    done = run(desk, "kitchen", "garden")
    assert done.exit_code == 0
    assert "kitchen is there already; for new links: drift codes kitchen" in done.stderr
    assert "sessionId=garden" in done.stdout
    done = run(desk, "kitchen", "garden", "--json")
    answer = json.loads(done.stdout)
    assert [one["sessionId"] for one in answer["sessions"]] == ["garden"]
    assert answer["taken"] == ["kitchen"]
    done = run(desk, "kitchen")
    assert done.exit_code == 5


def test_links_are_not_lost_when_the_server_refuses_the_rest(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def post(_self: Server, _path: str, document: dict[str, str]) -> bytes:
        if document["sessionName"] == "garden":
            raise ServerRefusedError("No room.", b"", "too-many")
        return json.dumps(made(document["sessionName"])).encode()

    monkeypatch.setattr(Server, "post", post)
    done = run(desk, "kitchen", "garden", "--json")
    assert isinstance(done.exception, ServerRefusedError)
    assert [one["sessionId"] for one in json.loads(done.stdout)["sessions"]] == ["kitchen"]


@pytest.mark.parametrize("words", [[], ["???"], ["kitchen", "master"], ["x" * 65]])
def test_names_that_are_none(desk: Desk, words: list[str]) -> None:
    assert run(desk, *words).exit_code == 2
    assert desk.asked == []


# codes


async def remember(url: str, *records: SessionRecord) -> None:
    async with open_store(url) as store:
        await sessions.save(store, [sessions.Saved(one) for one in records])


async def lock_of(url: str, session_id: str) -> Lock | None:
    async with open_store(url) as store:
        record = await rooms.find(store, SessionId(session_id))
    return Lock(*record.lock) if record and record.lock else None


async def opens(url: str, session_id: str, code: str) -> str | None:
    lock = await lock_of(url, session_id)
    assert lock
    return await role_by(lock, entered(code) or "")


def test_new_codes_in_the_store(tmp_path: Path) -> None:
    data = tmp_path / "data"
    url = f"sqlite:///{data}/drift.db"
    master = SessionRecord(SessionId("master"), "1" * 16, "master", "master", NOW)
    porch = SessionRecord(SessionId("porch"), "2" * 16, "follower", "porch", NOW, SessionId("master"))
    asyncio.run(remember(url, master, porch))

    def run_codes(*words: str) -> dict[str, Any]:
        done = CliRunner().invoke(codes, [*words, "--data-dir", str(data), "--json"])
        assert done.exit_code == 0, (done.output, done.exception)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    first = run_codes("master")
    assert first["sessionId"] == "master"
    for key, role in (("hostCode", "host"), ("collabCode", "collaborator"), ("viewerCode", "viewer")):
        assert asyncio.run(opens(url, "master", first[key])) == role
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(first["links"][role]).query)
        assert query == {"sessionId": ["master"], "code": [first[key]]}
        assert first["links"][role].startswith("http://127.0.0.1:8420/?")
    second = run_codes("porch", "--public-url", "https://radio.example")
    assert second["sessionId"] == "master", "a follower's room is that of what it follows"
    assert second["links"]["host"].startswith("https://radio.example/?sessionId=master&code=")
    assert asyncio.run(opens(url, "master", first["hostCode"])) is None
    assert asyncio.run(opens(url, "master", second["hostCode"])) == "host"


def test_codes_for_people(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/drift.db"
    asyncio.run(remember(url, SessionRecord(SessionId("kitchen"), "1" * 16, "named", "Kitchen", NOW)))
    done = CliRunner().invoke(codes, ["Kitchen", "--data-dir", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert [line.split()[0] for line in done.stdout.splitlines()[1:5]] == [
        "kitchen",
        "guests",
        "viewers",
        "host",
    ]


@pytest.mark.parametrize(("name", "says"), [("nobody", "'nobody' in "), ("master", "start Drift first")])
def test_codes_of_what_is_not_there(tmp_path: Path, name: str, says: str) -> None:
    done = CliRunner().invoke(codes, [name, "--data-dir", str(tmp_path)])
    assert isinstance(done.exception, DriftError)
    assert exit_status(done.exception) == 3
    assert says in str(done.exception)


# Where guests come from


def test_the_guests_address(monkeypatch: pytest.MonkeyPatch) -> None:
    everywhere = Config(server=ServerConfig(host="0.0.0.0", port=99))
    assert invitations.guests_url(everywhere, None, None) is None, "in no network"
    monkeypatch.setattr(invitations, "lan_address", lambda: "10.0.0.5")
    assert invitations.guests_url(everywhere, None, None) == "http://10.0.0.5:99"
    assert invitations.guests_url(everywhere, "http://127.0.0.1:1", None) is None
    assert invitations.guests_url(everywhere, None, "https://radio.example/") == "https://radio.example"
    assert invitations.guests_url(Config(), None, None) is None


def test_the_machines_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the fixture's doing
    found = invitations.lan_address()
    assert found is None or not found.startswith("127.")


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("http://127.0.0.1:8420/?x", "http://10.0.0.5:8420"),
        ("http://localhost/?x", "http://10.0.0.5 here"),
        ("http://[::1]:1/?x", "http://10.0.0.5:1"),
        ("http://10.0.0.5:8420/?x", None),
        ("https://radio.example/?x", None),
    ],
)
def test_the_hint(monkeypatch: pytest.MonkeyPatch, link: str, says: str | None) -> None:
    monkeypatch.setattr(invitations, "lan_address", lambda: "10.0.0.5")
    hint = invitations.hint({"collaborator": link})
    assert (says is None) == (hint is None)
    assert says is None or says in str(hint)


# QR codes


def drawn(monkeypatch: pytest.MonkeyPatch, width: int, *, terminal: bool = True, qr: bool = True) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=terminal, color_system=None)
    monkeypatch.setattr(invitations, "out", console)
    invitations.show("kitchen", LINKS, qr=qr)
    return file.getvalue()


def test_the_qr_code_is_the_guests_link(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn(monkeypatch, 80).splitlines()[5:]
    pairs = {" ": (1, 1), "▀": (0, 1), "▄": (1, 0), "█": (0, 0)}
    modules = [
        [pairs[letter][half] for letter in line]
        for line in lines
        for half in (0, 1)
        if set(line) <= set(pairs)
    ]
    expected = segno.make(LINKS["collaborator"], micro=False)
    wide = [list(row) for row in expected.matrix_iter(border=2)]
    assert modules[: len(wide)] == wide


def test_no_qr_code_where_it_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    width = int(segno.make(LINKS["collaborator"], micro=False).symbol_size(border=2)[0])
    assert "█" in drawn(monkeypatch, width)
    assert "█" not in drawn(monkeypatch, width - 1)
    assert "█" not in drawn(monkeypatch, 200, qr=False)
    assert "█" not in drawn(monkeypatch, 200, terminal=False)
