"""What users get wrong, and disks: a clear message, a sensible exit code, and the stream goes on."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ears import decode, longest_silence_s
from tests.support.server import REPOSITORY, Server, StartServer, drift, wait_for


def _fails(status: int, *arguments: str, **environment: str) -> str:
    done = drift(*arguments, **environment)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_missing_library(tmp_path: Path) -> None:
    message = _fails(1, "serve", "--library", str(tmp_path / "none"), "--data-dir", str(tmp_path))
    assert f"{tmp_path / 'none'} does not exist" in message


def test_unreadable_library(tmp_path: Path) -> None:
    """Root may read everything, so after its imports the process becomes nobody."""
    folder = tmp_path / "secret"
    folder.mkdir(mode=0o000)
    code = """
import os, sys
from drift.data import library_roots
from drift.config import Config, LibraryConfig
from drift.errors import LibraryError
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    library_roots(Config(library=LibraryConfig(paths=(sys.argv[1],))))
except LibraryError as error:
    print(error)
"""
    for parent in folder.parents[:3]:
        parent.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    assert "cannot be read: permission denied" in done.stdout


def test_empty_library_is_said_and_served(start_server: StartServer, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    assert "no music was found" in _fails(
        1, "scan", "--library", str(folder), "--data-dir", str(tmp_path / "d")
    )
    server = start_server("--library", str(folder))
    wait_for(lambda: "no playable music was found" in server.log, "the message", 20)
    status, answer = server.get("/stream/master")
    assert status == 503
    assert answer["error"]["code"] == "not-ready"
    assert server.get("/health")[0] == 503


def test_files_that_only_look_like_music(tmp_path: Path, demo_tracks: Path) -> None:
    (demo_tracks / "zero.mp3").touch()
    (demo_tracks / "text.flac").write_text("not music" * 1000)
    whole = next(demo_tracks.glob("*.opus")).read_bytes()
    (demo_tracks / "torn.opus").write_bytes(whole[:3000])
    (demo_tracks / "mislabelled.mp3").write_bytes(whole)
    (demo_tracks / os.fsdecode(b"na\xefve.opus")).write_bytes(whole)
    (demo_tracks / ("x" * 250 + ".opus")).write_bytes(whole)
    (demo_tracks / "loop").symlink_to(demo_tracks)
    done = drift("scan", "--library", str(demo_tracks), "--data-dir", str(tmp_path / "d"), "--problems")
    assert done.returncode == 0, done.stderr
    assert "10 files: 7 new" in done.stdout
    for name in ("zero.mp3", "text.flac", "torn.opus"):
        assert name in done.stdout


def test_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        message = _fails(1, "serve", "--port", port, "--data-dir", str(tmp_path))
    assert f"port {port} on 127.0.0.1 is in use" in message


def test_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    assert "cannot be written" in _fails(1, "serve", "--data-dir", "/proc/drift")
    (tmp_path / "file").touch()
    assert "cannot be written" in _fails(1, "scan", "--demo", "--data-dir", str(tmp_path / "file"))


def test_database_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "drift.db").write_text("these are not the rows you are looking for " * 50)
    assert "drift.db" in _fails(1, "serve", "--data-dir", str(tmp_path))


def test_database_from_the_future(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "drift.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
    database.close()
    assert "newer" in _fails(1, "serve", "--data-dir", str(tmp_path))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[server\nport = 1", "not valid TOML"),
        ("[server]\nprot = 1", "did you mean 'server.port'"),
        ("[servr]\nport = 1", "did you mean 'server'"),
        ("[server]\nport = 99999", "server.port = 99999"),
        ("port = 1", "outside a [section]"),
    ],
)
def test_malformed_config(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "my.toml"
    file.write_text(text)
    message = _fails(2, "config", "--config", str(file))
    assert told in message
    assert str(file) in message


def test_missing_config(tmp_path: Path) -> None:
    assert "no such file" in _fails(2, "serve", "--config", str(tmp_path / "none.toml"))


def test_the_stream_goes_on_when_files_vanish_while_they_play(
    start_server: StartServer, demo_tracks: Path
) -> None:
    server = start_server("--library", str(demo_tracks))
    server.wait_until_playable(4)
    hello = server.hello()
    doomed = {hello["nowPlaying"]["track"]["title"], hello["next"]["title"]}
    for file in demo_tracks.iterdir():
        if any(title.lower().replace(" ", "-")[:8] in file.name for title in doomed):
            file.unlink()
    assert 1 <= len(list(demo_tracks.iterdir())) <= 3
    server.post("/session/master/next-track")
    heard = decode(f"{server.url}/stream/master.flac", 8)
    assert longest_silence_s(heard) <= 0.2
    assert server.hello()["nowPlaying"]["track"]["title"] not in doomed
    assert "track-unplayable" in server.log


def test_unknown_format_and_session(demo_server: Server) -> None:
    status, answer = demo_server.get("/stream/master.xyz")
    assert status == 404
    assert answer["error"]["details"]["formats"] == ["aac", "flac", "mp3", "opus", "webm"]
    for path in ("/stream/nobody", "/events/nobody", "/session/nobody"):
        status, answer = demo_server.get(path)
        assert (status, answer["error"]["code"]) == (404, "not-found")
