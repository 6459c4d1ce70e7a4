"""Requests made up from the OpenAPI document, sensible and senseless: all answers are as it promises."""

from __future__ import annotations

import http.client
import json
import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote

import hypothesis
import pytest
import schemathesis
from aiohttp import web
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.schemas import BaseSchema

from drift.api.application import routes
from drift.api.openapi import document
from tests.support.server import Server, drift

ENDLESS = ["/stream/{session}", "/events/{session}"]
"""They answer until the client leaves, so nothing that waits for the end of an answer can call them."""

PROMISES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
)
SESSIONS = ["master", "kitchen", "porch"]
"""One of each kind."""
A_TRACK, ANOTHER_TRACK = "a-track", "another-track"
A_PARTICIPANT = "a-participant"
"""Stand for ids that the server knows, which are not known when tests are collected."""
KNOWN = {
    "session": SESSIONS,
    "sessionId": SESSIONS,
    "format": ["json", "m3u", "xspf"],
    "track": [A_TRACK],
    "from": [A_TRACK],
    "to": [ANOTHER_TRACK],
}
SENSIBLE = {
    "Create": {"sessionName": "attic"},
    "Follow": {"sessionName": "kitchen", "followerName": "cellar"},
    "Direction": {"direction": "faster"},
    "Play": {"trackId": A_TRACK},
    "Seek": {"positionS": 20},
    "Rename": {"name": "Living room"},
    "CreateWithRoom": {"sessionName": "balcony", "displayName": "Ann"},
    "Join": {"sessionId": "master", "displayName": "Ann"},
    "Which": {"sessionId": "master"},
    "Say": {"sessionId": "master", "text": "hello", "messageId": "1"},
    "Erase": {"sessionId": "master", "id": 1},
    "Mute": {"sessionId": "master", "participantId": A_PARTICIPANT, "muted": True},
    "Remove": {"sessionId": "master", "participantId": A_PARTICIPANT},
    "Promote": {"sessionId": "master", "participantId": A_PARTICIPANT, "role": "collaborator"},
    "Settings": {"sessionId": "master", "slowS": 0},
    "Token": {"sessionId": "master"},
}
"""What bodies may say."""
OUT_OF_REACH = {
    "GET /hls/{session}/{segment}.ts": "its numbers pass by in time",
    "POST /api/session/import": "its body is a file that no schema describes",
    "GET /api/livekit-token": "it is off",
    "POST /api/sessions.token": "there is no LiveKit server",
    "POST /webhooks/livekit": "as above",
}
NASTY = ["\0", "..", "../../etc/passwd", "é\u202e𝄞", "%", "a" * 3000, "master\r\nX: y", "-", "{session}"]


def made() -> dict[str, Any]:
    """The document, with examples of what there is."""
    application = web.Application()
    application.add_routes(routes())
    found: dict[str, Any] = json.loads(document(application))
    for operations in found["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if values := KNOWN.get(parameter["name"]):
                    parameter.pop("example", None)
                    parameter["examples"] = {value: {"value": value} for value in values}
    for name, example in SENSIBLE.items():
        found["components"]["schemas"][name]["examples"] = [example]
    return found


def interface() -> BaseSchema:
    """The interface as Schemathesis sees it."""
    load_all_checks()
    schema = schemathesis.openapi.from_dict(made())
    schema.config.generation.update(deterministic=True)
    return schema.exclude(path=ENDLESS)


def ask(server: Server, method: str, path: str, cookie: str = "", **document: str) -> tuple[int, Any, str]:
    """What a request is answered with: the status, the document if it succeeds, and a cookie."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request(method, path, json.dumps(document) if document else None, {"Cookie": cookie})
        answer = connection.getresponse()
        found = json.load(answer) if answer.status in {200, 201} else None
        return answer.status, found, answer.getheader("Set-Cookie", "").partition(";")[0]


def status(server: Server, method: str, path: str, **document: str) -> int:
    """The status alone."""
    return ask(server, method, path, **document)[0]


@pytest.fixture(scope="module")
def server(demo_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this module's own: what is tried here would disturb others."""
    demo_server.wait_until_playable(28)
    folder = tmp_path_factory.mktemp("music")
    for file in sorted((demo_server.data / "demo").glob("*.opus"))[:4]:
        shutil.copy(file, folder)
    server = Server(tmp_path_factory.mktemp("server"), "--library", str(folder))
    try:
        server.wait_until_playable(4)
        yield server
        assert "request-failed" not in server.log
    finally:
        server.close()


@pytest.fixture
def sessions(server: Server) -> None:
    """All of ``SESSIONS`` are there, whatever has been done before."""
    made = status(server, "POST", "/api/session/create", sessionName="kitchen")
    followed = status(server, "POST", "/api/session/follow", sessionName="kitchen", followerName="porch")
    assert {made, followed} <= {201, 409}


@pytest.fixture(scope="module")
def host(server: Server) -> str:
    """The cookie of the master session's host, who has said something there."""
    made = drift("codes", "master", "--json", "--data-dir", str(server.data))
    code = json.loads(made.stdout)["hostCode"]
    join = {"sessionId": "master", "displayName": "Ann", "code": code}
    cookie = ask(server, "POST", "/api/sessions.join", **join)[2]
    said = {"sessionId": "master", "text": "first", "messageId": "first"}
    assert ask(server, "POST", "/api/sessions.say", cookie, **said)[1]["id"] == 1
    return cookie


@pytest.fixture(scope="module")
def tracks(server: Server) -> dict[object, str]:
    """Those of tracks."""
    first, second, *_ = server.get("/api/library/tracks")[1]["tracks"]
    return {A_TRACK: first["id"], ANOTHER_TRACK: second["id"]}


@pytest.fixture
def known(server: Server, sessions: None, tracks: dict[object, str], host: str) -> dict[object, str]:
    """The ids that the examples stand for; the host is there, and somebody else, whatever was done before."""
    ask(server, "POST", "/api/sessions.join", host, sessionId="master", displayName="Ann")
    while True:
        room = ask(server, "POST", "/api/sessions.join", sessionId="master", displayName="Bob")[1]
        if room is not None:
            return {**tracks, A_PARTICIPANT: room["you"]["participantId"]}
        time.sleep(0.5)  # so many at once are not let in


@pytest.fixture(scope="module")
def answered() -> Iterator[dict[str, set[int]]]:
    """The statuses seen, by operation. Whatever can be reached has worked: else nothing much was tried."""
    found: dict[str, set[int]] = defaultdict(set)
    yield found
    assert {label for label, statuses in found.items() if min(statuses) >= 400} <= OUT_OF_REACH.keys()


@interface().parametrize()
@hypothesis.settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],  # once for an operation will do
)
def test_every_answer_is_as_promised(
    case: Any, server: Server, host: str, known: dict[object, str], answered: dict[str, set[int]]
) -> None:
    for part in (case.path_parameters, case.query, case.body if isinstance(case.body, dict) else {}):
        for name, value in part.items():
            if isinstance(value, str):
                part[name] = known.get(value, value)
    checks = [CHECKS.get_one(name) for name in PROMISES]
    for _ in range(100):
        answer = case.call_and_validate(
            base_url=server.url, checks=checks, timeout=10, headers={"Cookie": host}
        )
        if answer.status_code != 429:
            break
        time.sleep(0.1)
    answered[case.operation.label].add(answer.status_code)


def nasty_requests() -> Iterator[Any]:
    for path, operations in made()["paths"].items():
        for method, operation in operations.items():
            if "{" in path:
                yield pytest.param(method.upper(), path, operation, id=f"{method} {path}")


@pytest.mark.parametrize(("method", "path", "operation"), list(nasty_requests()))
def test_nasty_paths_are_refused(server: Server, method: str, path: str, operation: dict[str, Any]) -> None:
    names = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
    for nasty in NASTY:
        target = path
        for name in names:
            target = target.replace(f"{{{name}}}", quote(nasty, safe=""))
        answer = status(server, method, target)
        assert answer in {303, 400, 403, 404, 422, 429}, f"{answer} for {nasty[:50]!r}"
        assert str(answer) in operation["responses"], f"{answer} for {nasty[:50]!r}"
