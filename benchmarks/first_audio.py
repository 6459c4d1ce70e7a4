"""From GET to the first decoded second: of a master that is heard, and of sessions that nobody hears."""

from __future__ import annotations

import io
import select
import socket
import statistics
import tempfile
import time
from pathlib import Path

import av

from benchmarks.figures import Figure, Result, Target, at_most
from benchmarks.harness import datadir, server
from benchmarks.harness.listeners import listeners, percentile

FORMATS = ("mp3", "opus", "webm", "flac", "aac")
PAUSE_S = 0.5
"""Between connects to sleeping sessions: what one has set going should not be measured with the next."""


def run(*, connects: int = 120, rounds: int = 5) -> Result:
    """Median and 99th percentile.

    Args:
        connects: to each stream of the master; to as many sessions with a warm cache, and with an empty one.
        rounds: with an empty cache, the connects are spread over so many new servers: in one alone, later
            sessions would come upon what earlier ones have encoded.
    """
    each = connects // rounds
    with tempfile.TemporaryDirectory() as folder:
        data = datadir.warm(Path(folder))
        figures: list[Figure] = []
        for name, times_ms in _master(data, connects).items():
            figures += _figures(f"master.{name}", times_ms, at_most(50))
        figures += _figures("woken session, warm cache", _woken(data, connects), at_most(150))
    cold: list[float] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            cold += _woken(datadir.fresh(Path(folder)), each)
    figures += _figures("woken session, empty cache", cold, at_most(400))
    return Result(figures)


def _figures(name: str, times_ms: list[float], target: Target) -> list[Figure]:
    return [
        Figure(f"{name}, median", statistics.median(times_ms), "ms"),
        Figure(f"{name}, p99", percentile(times_ms, 99), "ms", target),
    ]


def _master(data: Path, connects: int) -> dict[str, list[float]]:
    """By format: times to join those who listen already."""
    paths = {name: f"/stream/master.{name}" for name in FORMATS}
    with server.running(data) as drift, listeners(data.parent) as load:
        load.open(drift.port, list(paths.values()))
        time.sleep(5)
        return {
            name: [_first_second_ms(drift.port, path) for _ in range(connects)]
            for name, path in paths.items()
        }


def _woken(data: Path, sessions: int) -> list[float]:
    """Times to the first second of sessions that have never been heard, one after the other."""
    times_ms = []
    with server.running(data, sessions) as drift:
        for number in range(sessions):
            time.sleep(PAUSE_S)
            times_ms.append(_first_second_ms(drift.port, f"/stream/{server.session(number)}.mp3"))
    return times_ms


def _first_second_ms(port: int, path: str) -> float:
    """Read until what has come decodes to a second; only the time until the last needed byte came counts."""
    arrived: list[tuple[float, int]] = []
    received = b""
    begin = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        while True:
            piece = connection.recv(65_536)
            if not piece:
                raise RuntimeError(f"{path} has ended: {received[:200]!r}")
            received += piece
            arrived.append(((time.perf_counter() - begin) * 1000, len(received)))
            more = select.select([connection], [], [], 0)[0]
            if not more and _decodable_s(received) >= 1:
                break
    return next(elapsed_ms for elapsed_ms, size in arrived if _decodable_s(received[:size]) >= 1)


def _decodable_s(response: bytes) -> float:
    samples = 0
    try:
        with av.open(io.BytesIO(response.partition(b"\r\n\r\n")[2]), "r") as container:
            for frame in container.decode(audio=0):
                samples += frame.samples
    except av.error.FFmpegError:
        pass
    return samples / 48_000
