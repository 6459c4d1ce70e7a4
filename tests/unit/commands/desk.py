"""A server that answers as it is told, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TRACK = {"id": "ab" * 16, "artist": "Kelp [bold] Cathedral", "title": "Invoice for Mist", "durationS": 225.0}


def session(session_id: str = "kitchen", **other: Any) -> dict[str, Any]:
    """A session as the API shows it."""
    base = "http://radio.example"
    return {
        "sessionId": session_id,
        "webUrl": f"{base}/session/{session_id}",
        "streamUrl": f"{base}/stream/{session_id}.mp3",
        "eventsUrl": f"{base}/events/{session_id}",
        "uid": "1234",
        "name": session_id,
        "type": "named",
        "followingSession": None,
        "allowCommands": True,
        "state": "playing",
        "listeners": 2,
        "eventClients": 1,
        "clients": 3,
        "created": "2026-01-02T03:04:05.678+00:00",
        "nowPlaying": TRACK,
        "held": None,
    } | other


class Desk:
    """See the module.

    Attributes:
        answers: by method and path: status, and JSON or bytes.
        asked: method, path and body of every request.
        shown: the Authorization header of every request.
        location: the Location header of every answer; "": none.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, tuple[int, Any]] = {}
        self.asked: list[tuple[str, Any]] = []
        self.shown: list[str | None] = []
        self.location = ""

    def refuse(self, status: int, code: str, message: str, **details: object) -> dict[str, Any]:
        """Answer everything with an error from now on; which one."""
        document = {"error": {"code": code, "message": message, "details": details}}
        self.answers = {"": (status, document)}
        return document


@contextmanager
def opened() -> Iterator[Desk]:
    """A server on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
            pass

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = f"{self.command} {self.path}"
            desk.asked.append((request, json.loads(body) if body else None))
            desk.shown.append(self.headers["Authorization"])
            status, document = desk.answers.get(request) or desk.answers[""]
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            if desk.location:
                self.send_header("Location", desk.location)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the base's names

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        desk = Desk(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield desk
        server.shutdown()
        thread.join()
