"""From GET to the first decodable second of a master that is being listened to; 50 connects per format."""

from __future__ import annotations

import io
import socket
import statistics
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import av

from tests.support.server import Server

CONNECTS = 50
FORMATS = ("mp3", "opus", "webm", "flac", "aac")
TARGET_MS = 100


def run() -> dict[str, float]:
    """Milliseconds: median and 95th percentile per format. The target is a p95 of at most 100 ms."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), development=False)
        try:
            server.wait_until_playable(28)
            for name in FORMATS:
                times = _connects(server.url, f"/stream/master.{name}")
                figures[f"{name} median ms"] = statistics.median(times)
                figures[f"{name} p95 ms (target {TARGET_MS})"] = statistics.quantiles(times, n=20)[-1]
        finally:
            server.close()
    return figures


def _connects(url: str, path: str) -> list[float]:
    with _connect(url, path) as warm:
        stop = threading.Event()
        keeper = threading.Thread(target=_drain, args=(warm, stop))
        keeper.start()
        time.sleep(5)
        try:
            return [_first_second_ms(url, path) for _ in range(CONNECTS)]
        finally:
            stop.set()
            keeper.join()


def _connect(url: str, path: str) -> socket.socket:
    parts = urlsplit(url)
    assert parts.hostname
    connection = socket.create_connection((parts.hostname, parts.port or 80), timeout=10)
    connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    return connection


def _drain(connection: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set() and connection.recv(65_536):
        pass


def _first_second_ms(url: str, path: str) -> float:
    """Read until what has come decodes to a second; only the time until the last needed byte came counts."""
    begin = time.perf_counter()
    received = b""
    with _connect(url, path) as connection:
        while True:
            received += connection.recv(65_536)
            elapsed = time.perf_counter() - begin
            if _decodable_s(received.partition(b"\r\n\r\n")[2]) >= 1:
                return elapsed * 1000


def _decodable_s(data: bytes) -> float:
    samples = 0
    try:
        with av.open(io.BytesIO(data), "r") as container:
            for frame in container.decode(audio=0):
                samples += frame.samples
    except av.error.FFmpegError:
        pass
    return samples / 48_000
