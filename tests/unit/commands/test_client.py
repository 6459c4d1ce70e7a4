from __future__ import annotations

import socket

import click
import pytest

from drift.commands.client import (
    Server,
    ServerRefusedError,
    exit_status,
    new_name,
    parsed,
    quoted,
    session_id,
)
from drift.config import Config, ServerConfig
from drift.errors import ConfigError, NotFoundError, NotReadyError, RefusedError
from tests.unit.commands.desk import Desk


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "[::1]"),
        ("fe80::1", "[fe80::1]"),
        ("radio.example", "radio.example"),
    ],
)
def test_the_configured_address(host: str, shown: str) -> None:
    assert Server(Config(server=ServerConfig(host=host, port=99))).url == f"http://{shown}:99"


def test_a_url_goes_over_it() -> None:
    assert Server(Config(), "https://radio.example/").url == "https://radio.example"


@pytest.mark.parametrize(
    "url", ["", "radio.example", "ftp://radio.example", "http://", "http://[x", "http://x:port", "http://x:0"]
)
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(ConfigError, match="no URL of a server"):
        Server(Config(), url)


def test_asking(desk: Desk) -> None:
    desk.answers = {"": (200, {"is": "so"})}
    server = Server(Config(), desk.url)
    assert parsed(server.get("/a")) == {"is": "so"}
    server.post("/b")
    server.post("/c", {"x": [None]})
    server.delete("/d")
    assert desk.asked == [("GET /a", None), ("POST /b", {}), ("POST /c", {"x": [None]}), ("DELETE /d", None)]


@pytest.mark.parametrize(
    ("status", "code", "exits"),
    [
        (404, "not-found", 3),
        (401, "not-joined", 4),
        (403, "forbidden", 4),
        (403, "wrong-code", 4),
        (403, "banned", 4),
        (409, "full", 5),
        (409, "conflict", 5),
        (422, "invalid", 1),
        (429, "too-many", 1),
        (503, "not-ready", 1),
    ],
)
def test_a_refusal_is_in_the_servers_words(desk: Desk, status: int, code: str, exits: int) -> None:
    document = desk.refuse(status, code, "Not today.", unknown=["x"])
    with pytest.raises(ServerRefusedError, match=r"^Not today\.$") as caught:
        Server(Config(), desk.url).get("/")
    assert exit_status(caught.value) == exits
    assert parsed(caught.value.answer) == document


def test_the_directions_there_are(desk: Desk) -> None:
    desk.refuse(422, "invalid", "There is no direction 'up'.", directions=["faster", "slower"])
    with pytest.raises(ServerRefusedError, match=r"'up'\. There are: faster, slower\.$"):
        Server(Config(), desk.url).get("/")


@pytest.mark.parametrize(
    "answer",
    [b"<html>", b"[]", b"\xff", b'{"error": 1}', b'{"error": {"code": "a", "message": 1, "details": 1}}'],
)
def test_a_refusal_by_something_else(desk: Desk, answer: bytes) -> None:
    desk.answers = {"": (502, answer)}
    with pytest.raises(ServerRefusedError, match="the server answered 502") as caught:
        Server(Config(), desk.url).get("/")
    assert (caught.value.answer, exit_status(caught.value)) == (b"", 1)


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b"\xff"])
def test_an_answer_that_is_not_drifts(answer: bytes) -> None:
    with pytest.raises(RefusedError, match="is it Drift"):
        parsed(answer)


def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotReadyError, match=f"no server answers at http://127.0.0.1:{port}: ") as caught:
        Server(Config(), f"http://127.0.0.1:{port}").get("/")
    assert exit_status(caught.value) == 1


def test_what_answers_does_not_speak_http() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"http://127.0.0.1:{other.getsockname()[1]}"
        client = Server(Config(), url)

        def speak() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"SSH-2.0-no\r\n")

        from threading import Thread

        thread = Thread(target=speak)
        thread.start()
        with pytest.raises(NotReadyError, match="SSH"):
            client.get("/")
        thread.join()


def test_exit_statuses_of_other_errors() -> None:
    assert exit_status(ConfigError("")) == 2
    assert exit_status(NotFoundError("")) == 1


def test_names() -> None:
    assert session_id("Living Room") == "living-room"
    assert session_id("master") == "master"
    assert new_name(" Living  Room") == "Living Room"
    for name in ("", "???", "list", "x" * 65):
        with pytest.raises(click.BadParameter):
            session_id(name)
        with pytest.raises(click.BadParameter):
            new_name(name)
    with pytest.raises(click.BadParameter, match="reserved"):
        new_name("Master")


def test_a_name_in_a_path() -> None:
    assert quoted("a/b ?") == "a%2Fb%20%3F"
