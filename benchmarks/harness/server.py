"""Drift as it is measured: a process of its own on a core of its own, with any number of named sessions."""

from __future__ import annotations

import contextlib
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.harness import process
from benchmarks.harness.datadir import KBPS, settings

_SCRIPT = Path(__file__).with_name("serve.py")
_REPOSITORY = Path(__file__).parents[2]
_START_S = 120
_PACKET_S = 0.024
_PACKET_BYTES = KBPS * 3


class Drift:
    """A running server.

    Attributes:
        pid: of its process.
        port: where it listens on 127.0.0.1.
    """

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.port = port
        self._url = f"http://127.0.0.1:{port}"

    def metrics(self) -> dict[str, float]:
        """Its metrics by name, summed over their labels."""
        found: dict[str, float] = {}
        with urllib.request.urlopen(f"{self._url}/metrics", timeout=60) as answer:
            for line in answer.read().decode().splitlines():
                if not line.startswith("#"):
                    name, _, value = line.rpartition(" ")
                    name = name.partition("{")[0]
                    found[name] = found.get(name, 0.0) + float(value)
        return found

    def record(self, path: str, seconds: float) -> bytes:
        """What a listener gets, in whole MP3 packets."""
        size = int(seconds / _PACKET_S) * _PACKET_BYTES
        with urllib.request.urlopen(self._url + path, timeout=60) as stream:
            data: bytes = stream.read(size)
            return data

    def health(self) -> dict[str, Any]:
        """What ``/health`` says."""
        try:
            answer = urllib.request.urlopen(f"{self._url}/health", timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def wait_until_ready(self) -> None:
        """Return when the library is complete and nothing is being prepared any more."""
        end = time.monotonic() + _START_S
        while (library := self.health()["library"])["scanning"] is not None or not library["tracks"]:
            if time.monotonic() > end:
                raise RuntimeError(f"the server is not ready: {library}")
            time.sleep(0.2)


@contextlib.contextmanager
def running(data: Path, named: int = 0, *, beatmatch: bool = False) -> Iterator[Drift]:
    """A server on the server's core, ready.

    Args:
        data: its data directory, of :mod:`benchmarks.harness.datadir`; its log is kept beside it.
        named: how many sessions to have beside the master; see :func:`session`.
        beatmatch: whether they lay beats on beats.
    """
    log = data.with_suffix(".log")
    command = [sys.executable, str(_SCRIPT)]
    started = process.start(command, process.SERVER_CORE, log, PYTHONPATH=str(_REPOSITORY))
    wanted = settings(data, beatmatch=beatmatch).model_dump()
    wanted["sessions"]["names"] = [session(number) for number in range(named)]
    try:
        assert started.stdin is not None
        assert started.stdout is not None
        started.stdin.write(json.dumps(wanted).encode() + b"\n")
        started.stdin.flush()
        line = started.stdout.readline()
        if not line:
            raise RuntimeError(f"the server has not started: {log.read_text(encoding='utf-8')}")
        drift = Drift(started.pid, json.loads(line)["port"])
        drift.wait_until_ready()
        with process.pinned(process.LOAD_CORE):
            yield drift
    finally:
        process.stop(started)


def session(number: int) -> str:
    """The id of a named session."""
    return f"bench-{number}"
