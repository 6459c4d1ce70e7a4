"""A real LiveKit server on free ports of the loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from livekit import api

from tests.support.server import REPOSITORY, wait_for

VERSION = "1.13.5"
_GO_AT_LEAST = 26
KEY = "devkey"
SECRET = "a-secret-of-at-least-32-characters"  # of a server that ends with the test


class LiveKit:
    """A running server; its ports, and so its address, stay the same when it is started again.

    Args:
        directory: for its config and log.
        webhook_url: where it tells what happens; "": nowhere.
    """

    api_key = KEY
    api_secret = SECRET

    def __init__(self, directory: Path, webhook_url: str = "") -> None:
        self._binary = server_binary()
        directory.mkdir(parents=True, exist_ok=True)
        self._config = directory / "livekit.json"
        self._log = directory / "livekit.log"
        self.port = free_port(socket.SOCK_STREAM)
        self.url = f"ws://127.0.0.1:{self.port}"
        self.http_url = f"http://127.0.0.1:{self.port}"
        self._config.write_text(json.dumps(_config(self.port, webhook_url)))
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("a") as log:
            process = subprocess.Popen([self._binary, "--config", self._config], stdout=log, stderr=log)

        def answers() -> bool:
            assert process.poll() is None, f"LiveKit has ended: {self.log}"
            try:
                with urllib.request.urlopen(self.http_url, timeout=5) as answer:
                    return bool(answer.status == 200)
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                return False

        wait_for(answers, "LiveKit to answer", 30)
        return process

    @property
    def log(self) -> str:
        """What it has written."""
        return self._log.read_text()

    def kill(self) -> None:
        """As a crash."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """As an operator would who does not wait until everybody has left: that takes two signals."""
        for _ in range(2):
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(1)
            except subprocess.TimeoutExpired:
                continue
            return
        self.kill()

    def start(self) -> None:
        """Start again after it was stopped or killed; it knows of no room any more."""
        assert self.process.poll() is not None, "LiveKit runs already"
        self.process = self._start()

    def restart(self) -> None:
        """Crash and come back."""
        self.kill()
        self.start()

    def close(self) -> None:
        """End it for certain."""
        if self.process.poll() is None:
            self.kill()

    def api(self) -> api.LiveKitAPI:
        """What an administrator may do; close it, or use it in ``async with``."""
        return api.LiveKitAPI(self.http_url, KEY, SECRET)

    async def create_room(self, name: str) -> None:
        """Make a room: nobody can join before."""
        async with self.api() as lk:
            await lk.room.create_room(api.CreateRoomRequest(name=name))

    def token(self, room: str, identity: str, *, can_publish: bool = True) -> str:
        """A participant's token, that lets it subscribe and send data."""
        grants = api.VideoGrants(room_join=True, room=room, can_publish=can_publish)
        return api.AccessToken(KEY, SECRET).with_identity(identity).with_grants(grants).to_jwt()


@cache
def server_binary() -> Path:
    """LiveKit's server. Without it a test is skipped where there is no Go, and fails where there is."""
    own = [Path(folder) for folder in (os.environ.get("GOBIN"),) if folder]
    for place in (REPOSITORY / ".venv/go/bin", *own, Path.home() / "go/bin"):
        binary = place / "server"
        if binary.is_file() and _said_by(binary, "--version") == f"livekit-server version {VERSION}":
            return binary
    go = shutil.which("go", path=f"{os.environ.get('PATH', '')}:/usr/local/go/bin")
    if go is None:
        pytest.skip("there is no Go to build LiveKit's server with")
    version = _said_by(go, "env", "GOVERSION")
    found = re.match(r"go1\.(\d+)", version)
    if found is None or int(found[1]) < _GO_AT_LEAST:
        pytest.skip(f"{version} is too old to build LiveKit's server with: 1.{_GO_AT_LEAST} is needed")
    pytest.fail(f"LiveKit {VERSION} is not there: run tests/install-livekit.sh, or `make test`, which does")


def _said_by(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return done.stdout.strip()


def free_port(kind: socket.SocketKind) -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _config(port: int, webhook_url: str) -> dict[str, Any]:
    """Loopback only, all of it; LiveKit reads JSON as the YAML that it is."""
    config: dict[str, Any] = {
        "port": port,
        "bind_addresses": ["127.0.0.1"],
        "keys": {KEY: SECRET},
        "rtc": {
            "node_ip": "127.0.0.1",
            "use_external_ip": False,
            "enable_loopback_candidate": True,
            "interfaces": {"includes": ["lo"]},
            "ips": {"includes": ["127.0.0.1/32"]},
            "udp_port": free_port(socket.SOCK_DGRAM),
            "tcp_port": 0,  # ICE over TCP would listen on every address
            "stun_servers": ["127.0.0.1:3478"],  # else clients are told of public ones
        },
        "room": {"auto_create": False},
    }
    if webhook_url:
        config["webhook"] = {"api_key": KEY, "urls": [webhook_url]}
    return config
