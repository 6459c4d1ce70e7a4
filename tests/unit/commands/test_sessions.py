from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from drift.commands.client import ServerRefusedError
from drift.commands.sessions import sessions
from tests.unit.commands.desk import TRACK, Desk, opened, session

ID = str(TRACK["id"])


def run(desk: Desk, *words: str) -> Result:
    return CliRunner().invoke(sessions, [*words, "--server", desk.url])


@pytest.mark.parametrize(
    ("words", "asked", "body"),
    [
        (["list"], "GET /api/session/list", None),
        (["info"], "GET /api/session/info?sessionId=master", None),
        (["info", "Living Room"], "GET /api/session/info?sessionId=living-room", None),
        (
            ["create", "Living Room"],
            "POST /api/session/create",
            {"sessionName": "Living Room", "options": {"startingTrack": None, "direction": None}},
        ),
        (
            ["create", "x", "--track", ID, "--direction", "darker"],
            "POST /api/session/create",
            {"sessionName": "x", "options": {"startingTrack": ID, "direction": "darker"}},
        ),
        (
            ["create", "x", "--direction", "auto"],
            "POST /api/session/create",
            {"sessionName": "x", "options": {"startingTrack": None, "direction": None}},
        ),
        (["follow", "Kitchen"], "POST /api/session/follow", {"sessionName": "kitchen", "followerName": ""}),
        (
            ["follow", "master", "--as", "The TV"],
            "POST /api/session/follow",
            {"sessionName": "master", "followerName": "The TV"},
        ),
        (["delete", "Kitchen"], "DELETE /api/session/kitchen", None),
        (["next"], "POST /session/master/next-track", {}),
        (["next", "kitchen"], "POST /session/kitchen/next-track", {}),
        (["direction", "faster"], "POST /session/master/direction", {"direction": "faster"}),
        (["direction", "Kitchen", "faster"], "POST /session/kitchen/direction", {"direction": "faster"}),
        (["direction", "auto"], "POST /session/master/direction", {"direction": None}),
        (["direction", "kitchen", "none"], "POST /session/kitchen/direction", {"direction": None}),
        (["play", ID], "POST /session/master/play", {"trackId": ID, "when": "now"}),
        (["play", "kitchen", ID, "--next"], "POST /session/kitchen/play", {"trackId": ID, "when": "next"}),
        (["pause"], "POST /session/master/pause", {}),
        (["resume", "kitchen"], "POST /session/kitchen/resume", {}),
    ],
)
def test_what_is_asked_and_the_answer_as_json(desk: Desk, words: list[str], asked: str, body: Any) -> None:
    desk.answers = {"": (200, b'{"any":  "thing"}')}
    done = run(desk, *words, "--json")
    assert done.exit_code == 0, done.output
    assert desk.asked == [(asked, body)]
    assert done.stdout == '{"any":  "thing"}\n'


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["create"], "Missing argument"),
        (["create", "???"], "1 to 64 letters"),
        (["create", "Master"], "reserved"),
        (["create", "x" * 65], "1 to 64"),
        (["follow", "kitchen", "--as", ""], "1 to 64"),
        (["info", "list"], "reserved"),
        (["next", "a", "b"], "unexpected"),
        (["delete"], "Missing argument"),
        (["direction"], "Give DIRECTION, or NAME and DIRECTION"),
        (["direction", "a", "b", "c"], "Give DIRECTION"),
        (["direction", "???", "faster"], "1 to 64"),
        (["play"], "Give ID, or NAME and ID"),
        (["start"], "No such command"),
    ],
)
def test_a_wrong_command_line_asks_nothing(desk: Desk, words: list[str], says: str) -> None:
    done = run(desk, *words)
    assert done.exit_code == 2
    assert says in done.stderr
    assert desk.asked == []


def test_what_people_read(desk: Desk) -> None:
    title = "Kelp [bold] Cathedral - Invoice for Mist"
    view, where = session(), ["page       http://radio.example/session/kitchen"]
    where += ["stream     http://radio.example/stream/kitchen.mp3"]
    info = view | {"playing": None, "position": 0, "next": TRACK, "streams": []}
    moved = {"sessionId": "kitchen", "transition": {"to": ID}}
    planned = {"sessionId": "kitchen", "held": "faster", "when": "next", "next": TRACK}
    desk.answers = {
        "GET /api/session/list": (200, {"sessions": [view]}),
        "GET /api/session/info?sessionId=kitchen": (200, info),
        "POST /api/session/create": (201, view | {"resumed": True}),
        "POST /api/session/follow": (201, view | {"followingSession": "master"}),
        "DELETE /api/session/kitchen": (200, {"sessionId": "kitchen", "ended": True}),
        "POST /session/kitchen/next-track": (200, moved),
        f"GET /api/library/tracks/{ID}": (200, TRACK),
        "POST /session/kitchen/direction": (200, planned),
        "POST /session/kitchen/play": (200, planned),
        "POST /session/kitchen/pause": (200, {"sessionId": "kitchen", "state": "paused"}),
    }

    def lines(*words: str) -> list[str]:
        done = run(desk, *words)
        assert done.exit_code == 0, done.output
        return done.stdout.splitlines()

    assert lines("list")[1].split()[:5] == ["kitchen", "named", "playing", "3", "auto"]
    assert lines("info", "kitchen")[5] == f"next       {title}"
    assert lines("create", "kitchen") == ["kitchen goes on from where it was.", *where]
    assert lines("follow", "master", "--as", "kitchen") == ["kitchen follows master.", *where]
    assert lines("delete", "kitchen") == ["kitchen has ended."]
    assert lines("next", "kitchen") == [f"kitchen goes on with {title}."]
    assert lines("direction", "kitchen", "faster") == [f"kitchen drifts: faster; next: {title}."]
    assert lines("play", "kitchen", ID, "--next") == [f"kitchen plays next: {title}."]
    assert lines("pause", "kitchen") == ["kitchen is paused."]


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_a_refusal(desk: Desk, flags: list[str]) -> None:
    document = desk.refuse(409, "conflict", "It is there.")
    done = run(desk, "create", "kitchen", *flags)
    assert isinstance(done.exception, ServerRefusedError)
    assert done.stdout == (json.dumps(document) + "\n" if flags else "")


def test_the_help_lists_the_exit_codes() -> None:
    text = CliRunner().invoke(sessions, ["--help"]).stdout
    assert [line.split()[0] for line in text.partition("Exit codes:")[2].splitlines()[1:7]] == list("012345")


def test_a_code_is_shown_to_the_server(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.answers = {"": (200, {"sessionId": "master", "state": "paused"})}
    assert run(desk, "pause").exit_code == 0
    assert run(desk, "pause", "--code", "k7d2-m9qp-x4tz").exit_code == 0
    monkeypatch.setenv("DRIFT_CODE", "K7D2 M9QP X4TZ")
    assert run(desk, "pause").exit_code == 0
    assert run(desk, "pause", "--code", "0000-1111-2222").exit_code == 0
    monkeypatch.setenv("DRIFT_CODE", "")
    assert run(desk, "pause").exit_code == 0
    shown = ["k7d2-m9qp-x4tz", "K7D2 M9QP X4TZ", "0000-1111-2222"]
    assert desk.shown == [None, *(f"Bearer {code}" for code in shown), None]


@pytest.mark.parametrize("code", ["k7d2\r\nX: y", "é", "\udcff", "x" * 201])
def test_what_can_be_no_code_is_not_sent_nor_shown(desk: Desk, code: str) -> None:
    done = run(desk, "pause", "--code", code)
    assert done.exit_code == 2
    assert desk.asked == []
    assert "a code looks like" in done.stderr
    assert code not in done.stderr


def test_a_code_does_not_follow_a_redirect(desk: Desk) -> None:
    with opened() as other:
        other.answers = {"": (200, {"sessions": []})}
        desk.answers = {"": (302, b"")}
        desk.location = f"{other.url}/elsewhere"
        assert run(desk, "list", "--code", "k7d2-m9qp-x4tz").exit_code == 0
        assert (desk.shown, other.shown) == (["Bearer k7d2-m9qp-x4tz"], [None])
