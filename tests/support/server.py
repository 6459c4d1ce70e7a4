"""Drift as its users run it: a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
REPOSITORY = Path(__file__).parents[2]
_READY = re.compile(r"is on air: (http://\S+)")


class Server:
    """A running ``drift serve``. Warnings are errors in it, and its standard error is kept.

    Args:
        directory: for its data and logs; a restart on the same one goes on with the same store.
        arguments: more flags.
        port: 0: any free one.
        development: Python's development mode, which watches over threads and tasks, and takes four times as
            long for it.
    """

    def __init__(self, directory: Path, *arguments: str, port: int = 0, development: bool = False) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.data = directory / "data"
        self._out = directory / "stdout.log"
        self._err = directory / "stderr.log"
        command = [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning:pydub.utils"]
        if development:
            command += ["-X", "dev"]
        command += ["-m", "cli", "serve", "--data-dir", str(self.data), "--port", str(port), *arguments]
        environment = {"DRIFT_SELECTION_SEED": "1"} | os.environ  # the same journeys in every run
        environment |= {"PYTHONPATH": str(REPOSITORY), "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
        with self._out.open("w") as out, self._err.open("a") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=environment, cwd=directory)
        self.url = self._wait_for_url()

    def _wait_for_url(self) -> str:
        def found() -> str | None:
            match = _READY.search(self._out.read_text())
            assert self.process.poll() is None, f"drift serve has ended: {self.log}"
            return match.group(1) if match else None

        return wait_for(found, "drift serve to be ready", 60)

    @property
    def log(self) -> str:
        """What it has written to standard error."""
        return self._err.read_text()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rsplit(":", 1)[1])

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON of a GET."""
        return self._ask(urllib.request.Request(self.url + path))

    def post(self, path: str, **headers: str) -> tuple[int, Any]:
        """Status and JSON of an empty POST."""
        return self._ask(urllib.request.Request(self.url + path, method="POST", headers=headers))

    def _ask(self, request: urllib.request.Request) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def hello(self, session: str = "master") -> dict[str, Any]:
        """The snapshot that an event client gets first."""
        with urllib.request.urlopen(f"{self.url}/events/{session}", timeout=20) as events:
            for line in events:
                if line.startswith(b"data: "):
                    snapshot: dict[str, Any] = json.loads(line[6:])
                    return snapshot
        raise AssertionError("no hello")

    def wait_until_playable(self, tracks: int = 1) -> None:
        """Return when the library has so many tracks and nothing is being prepared any more."""

        def ready() -> bool:
            library = self.get("/health")[1]["library"]
            return library["tracks"] >= tracks and library["scanning"] is None

        wait_for(ready, f"{tracks} tracks", 240)

    def interrupt(self, limit_s: float = 20) -> tuple[int, float]:
        """Ctrl-C. Returns the exit status and how long it took."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(limit_s)
        return status, time.monotonic() - begin

    def close(self) -> None:
        """End it for certain."""
        if self.process.poll() is None:
            try:
                self.interrupt()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


StartServer = Callable[..., Server]
"""Starts a server that ends with the test; see the fixture ``start_server``."""


def wait_for(ask: Callable[[], T | None], what: str, limit_s: float) -> T:
    """Ask until the answer is true; a generous limit only keeps a broken test from hanging."""
    end = time.monotonic() + limit_s
    while not (answer := ask()):
        assert time.monotonic() < end, f"gave up waiting for {what}"
        time.sleep(0.05)
    return answer


def drift(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a ``drift`` command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "COLUMNS": "200"} | environment,
    )
