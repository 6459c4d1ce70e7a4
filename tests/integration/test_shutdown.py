"""Ctrl-C: everything ends, cleanly and soon."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.server import Server, StartServer, wait_for

COMPLAINTS = re.compile(r"Task was destroyed|[Uu]nclosed|Traceback|Warning|never (awaited|retrieved)|leaked")


def _curl(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["curl", "-sN", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


@pytest.mark.alone
def test_streams_and_events_end_cleanly(start_server: StartServer, demo_tracks: Path) -> None:
    server = start_server("--library", str(demo_tracks), development=True)
    server.wait_until_playable(4)
    formats = ["mp3", "opus", "webm", "flac", "aac"]
    clients = [_curl(f"{server.url}/stream/master.{name}") for name in formats]
    clients += [_curl("--http1.0", f"{server.url}/stream/master"), _curl(f"{server.url}/events/master")]
    for client in clients:
        assert client.stdout is not None
        assert client.stdout.read(1)
    status, seconds = server.interrupt()
    assert status == 0
    assert seconds <= 3
    for client in clients:
        assert client.communicate(timeout=10)
        assert client.returncode == 0, "curl saw a broken transfer"
    assert not COMPLAINTS.search(server.log), server.log


@pytest.mark.alone
def test_while_the_demo_library_is_being_made(start_server: StartServer) -> None:
    server = start_server(development=True)
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    wait_for(lambda: len(children.read_text().split()) >= 2, "the generators to run", 30)
    pids = children.read_text().split()
    status, seconds = server.interrupt()
    assert status == 0
    assert seconds <= 3
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()], "a generator outlives its server"
    assert not COMPLAINTS.search(server.log), server.log
    assert all(file.stat().st_size > 100_000 for file in (server.data / "demo").glob("*.opus"))


def test_a_restart_finds_the_library_as_it_was(start_server: StartServer, demo_tracks: Path) -> None:
    first = start_server("--library", str(demo_tracks), development=True)
    first.wait_until_playable(4)
    first.interrupt()
    again: Server = start_server("--library", str(demo_tracks), development=True)
    assert again.get("/health")[1]["library"]["tracks"] == 4
