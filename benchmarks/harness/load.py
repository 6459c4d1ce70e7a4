"""The load generator, a process of its own: many listeners that take what comes and keep count.

It reads commands from standard input and answers on standard output, one JSON object a line:

    {"do": "open", "port": 8000, "paths": ["/stream/master.mp3", ...], "over_s": 0}
        -> {"opened": 9, "refused": ["404 Not Found"], "seconds": 1.2, "first_byte_s": [0.01, ...]}
    {"do": "measure", "seconds": 60}
        -> {"rates": [16000.0, ...], "gaps_s": [0.5, ...], "cores": 0.2}
    {"do": "close", "indices": [3, 0]}
        -> {"open": 7}
    {"do": "command", "port": 8000, "session": "master", "count": 60, "every_s": 0.5}
        -> {"lags_s": [0.01, ...], "gaps_s": [0.5, ...], "cores": 0.2}

A path below ``/events/`` makes an event client of it. ``command`` renames the session that all of them watch:
a lag is the time from sending that to its arrival as an event, one for each client and command; ``gaps_s`` is
of those that listen.

Listeners are numbered in the order in which they came; those that are open, from 0.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import select
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

IN_FLIGHT = 100
"""So many connections may be waiting for their first audio: fewer than any server's backlog holds."""

ROUND_S = 0.05
"""Sockets are looked at this often: each look takes all that has come, which keeps the generator cheap."""

EVENT_ROUND_S = 0.005
"""The same, while events are timed."""

_LOST_S = 30
_HEAD_LIMIT = 8192


class Listener:
    """One connection that asks for a stream.

    Attributes:
        begun_at: when it began to connect.
        heard_at: when its first audio came, or None.
        refusal: why it will not be heard, or "".
        taken: audio bytes so far.
        taken_at: when the last of them came.
        gap_s: the longest time without any since the last ``mark``.
    """

    __slots__ = (
        "_head",
        "_mark",
        "_request",
        "begun_at",
        "gap_s",
        "heard_at",
        "refusal",
        "socket",
        "taken",
        "taken_at",
    )

    def __init__(self, port: int, path: str) -> None:
        self._head: bytes | None = b""
        self._mark: tuple[float, int] | None = None
        self._request = f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode("ascii")
        self.heard_at: float | None = None
        self.refusal = ""
        self.taken = 0
        self.taken_at = 0.0
        self.gap_s = 0.0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.begun_at = time.monotonic()
        code = self.socket.connect_ex(("127.0.0.1", port))
        if code not in {0, errno.EINPROGRESS}:
            self.refusal = os.strerror(code)

    def ask(self) -> None:
        """The connection stands, or has failed: send the request."""
        try:
            self.socket.send(self._request)
        except OSError as error:
            self.refusal = error.strerror or str(error)

    def take(self, buffer: bytearray, now: float) -> int:
        """Take what has come; how much that is, the head included."""
        try:
            size = received = self.socket.recv_into(buffer)
        except BlockingIOError:
            return 0
        except OSError as error:
            size = received = 0
            self.refusal = error.strerror or str(error)
        if not size:
            self.refusal = self.refusal or "the server closed the stream"
            return 0
        if self._head is not None:
            size = self._audio_after_head(bytes(memoryview(buffer)[:size]))
            if not size:
                return received
        if self.heard_at is None:
            self.heard_at = self.taken_at = now
        self.gap_s = max(self.gap_s, now - self.taken_at)
        self.taken += size
        self.taken_at = now
        if self._mark is None:
            self._mark = (now, self.taken)
        return received

    def _audio_after_head(self, data: bytes) -> int:
        assert self._head is not None
        self._head += data
        head, end, audio = self._head.partition(b"\r\n\r\n")
        if not end:
            if len(head) > _HEAD_LIMIT:
                self.refusal = "that is no HTTP"
            return 0
        status = head.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")[2]
        if not status.startswith("200"):
            self.refusal = status
            return 0
        self._head = None
        return len(audio)

    def mark(self) -> None:
        """The rate and the longest gap are taken from the next arrival on."""
        self._mark = None
        self.gap_s = 0.0
        self.taken_at = time.monotonic()

    @property
    def rate(self) -> float:
        """Bytes per second between the first arrival since the ``mark`` and the last one."""
        if self._mark is None or self.taken_at <= self._mark[0]:
            return 0.0
        return (self.taken - self._mark[1]) / (self.taken_at - self._mark[0])


class Watcher(Listener):
    """One connection that asks for events.

    Attributes:
        awaited: what is to come.
        seen_at: when it came, or None.
    """

    __slots__ = ("_tail", "awaited", "seen_at")

    def __init__(self, port: int, path: str) -> None:
        super().__init__(port, path)
        self._tail = b""
        self.awaited = b""
        self.seen_at: float | None = None

    def take(self, buffer: bytearray, now: float) -> int:
        """As :meth:`Listener.take`."""
        received = super().take(buffer, now)
        if self.awaited:
            self._tail = (self._tail + buffer[:received])[-_HEAD_LIMIT:]
            if self.seen_at is None and self.awaited in self._tail:
                self.seen_at = time.monotonic()
        return received

    def wait_for(self, text: bytes) -> None:
        """Take the time at which ``text`` comes."""
        self.awaited, self.seen_at, self._tail = text, None, b""


class Load:
    """All listeners, and the one loop that serves them and the commands."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._poll.register(sys.stdin.fileno(), select.EPOLLIN)
        self._open: dict[int, Listener] = {}
        self._buffer = bytearray(262_144)
        self._ended = False
        self._commands: list[Json] = []
        self._partial = b""

    def run(self) -> None:
        """Carry out commands until standard input ends."""
        while not self._ended:
            self._turn(ROUND_S)
            while self._commands:
                command = self._commands.pop(0)
                print(json.dumps(self._answer(**command)), flush=True)

    def _answer(self, do: str, **details: Any) -> Json:
        known: dict[str, Callable[..., Json]] = {
            "open": self._open_all,
            "measure": self._measure,
            "close": self._close,
            "command": self._command,
        }
        return known[do](**details)

    def _turn(self, pause_s: float) -> None:
        """Serve every socket that has something, then leave the rest of ``pause_s`` to others."""
        begin = time.monotonic()
        for fd, events in self._poll.poll(pause_s or 0.001, 16_384):
            listener = self._open.get(fd)
            if listener is None:
                self._read_commands()
                continue
            if events & select.EPOLLOUT:
                listener.ask()
                self._poll.modify(fd, select.EPOLLIN)
            else:
                listener.take(self._buffer, time.monotonic())
            if listener.refusal:
                self._forget(listener)
        spare_s = begin + pause_s - time.monotonic()
        if spare_s > 0:
            time.sleep(spare_s)

    def _read_commands(self) -> None:
        data = os.read(sys.stdin.fileno(), 65_536)
        self._ended = not data
        *lines, self._partial = (self._partial + data).split(b"\n")
        self._commands += map(json.loads, lines)

    def _forget(self, listener: Listener) -> None:
        del self._open[listener.socket.fileno()]
        listener.socket.close()

    def _open_all(self, port: int, paths: list[str], over_s: float = 0) -> Json:
        """Connect all, not too many at once, spread over ``over_s``; wait until each is heard or refused."""
        begin = time.monotonic()
        begun: list[Listener] = []
        waiting: list[Listener] = []
        while (len(begun) < len(paths) or waiting) and not self._ended:
            due = len(paths)
            if over_s:
                due = min(due, int((time.monotonic() - begin) / over_s * len(paths)) + 1)
            while len(begun) < due and len(waiting) < IN_FLIGHT:
                path = paths[len(begun)]
                listener = Watcher(port, path) if path.startswith("/events/") else Listener(port, path)
                begun.append(listener)
                if not listener.refusal:
                    waiting.append(listener)
                    self._open[listener.socket.fileno()] = listener
                    self._poll.register(listener.socket, select.EPOLLOUT)
            self._turn(0)
            waiting = [one for one in waiting if one.heard_at is None and not one.refusal]
        heard = [one.heard_at - one.begun_at for one in begun if one.heard_at is not None]
        return {
            "opened": len(heard),
            "refused": sorted({one.refusal for one in begun if one.refusal}),
            "seconds": time.monotonic() - begin,
            "first_byte_s": heard,
        }

    def _measure(self, seconds: float) -> Json:
        listeners = list(self._open.values())
        for listener in listeners:
            listener.mark()
        cpu_s = time.process_time()
        begin = time.monotonic()
        while (now := time.monotonic()) < begin + seconds and not self._ended:
            self._turn(ROUND_S)
        for listener in listeners:
            listener.gap_s = max(listener.gap_s, now - listener.taken_at)
        return {
            "rates": [one.rate if not one.refusal else 0.0 for one in listeners],
            "gaps_s": [one.gap_s for one in listeners],
            "cores": (time.process_time() - cpu_s) / (now - begin),
        }

    def _command(self, port: int, session: str, count: int, every_s: float) -> Json:
        """Rename a session again and again; each time wait until all who watch know."""
        watchers = [one for one in self._open.values() if isinstance(one, Watcher)]
        listeners = [one for one in self._open.values() if not isinstance(one, Watcher)]
        for listener in listeners:
            listener.mark()
        lags_s: list[float] = []
        cpu_s = time.process_time()
        begin = time.monotonic()
        for number in range(count):
            name = f"bench {number}"
            for watcher in watchers:
                watcher.wait_for(f'{{"name":"{name}"}}'.encode())
            sent_at = time.monotonic()
            with _post(port, f"/session/{session}/rename", {"name": name}) as answer:
                while any(one.seen_at is None for one in watchers) and time.monotonic() < sent_at + _LOST_S:
                    self._turn(EVENT_ROUND_S)
                if not answer.recv(64).startswith(b"HTTP/1.1 200"):
                    raise RuntimeError("the command was refused")
            lags_s += [(one.seen_at or sent_at + _LOST_S) - sent_at for one in watchers]
            while time.monotonic() < begin + (number + 1) * every_s:
                self._turn(ROUND_S)
        now = time.monotonic()
        gaps_s = [max(one.gap_s, now - one.taken_at) for one in listeners]
        return {"lags_s": lags_s, "gaps_s": gaps_s, "cores": (time.process_time() - cpu_s) / (now - begin)}

    def _close(self, indices: list[int]) -> Json:
        listeners = list(self._open.values())
        for index in set(indices):
            self._forget(listeners[index])
        return {"open": len(self._open)}


def _post(port: int, path: str, document: Json) -> socket.socket:
    """A connection over which a command has been sent."""
    connection = socket.create_connection(("127.0.0.1", port), _LOST_S)
    body = json.dumps(document)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    return connection


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        Load().run()
