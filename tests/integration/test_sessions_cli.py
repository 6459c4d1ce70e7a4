"""``drift sessions`` against a real server, and party rooms from ``drift serve --session``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import REPOSITORY, Server, StartServer, drift, wait_for


class Shell:
    """Runs ``drift sessions`` on a server."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def __call__(self, *words: str, status: int = 0) -> str:
        """What it prints, on either channel."""
        done = drift("sessions", *words, "--server", self.server.url)
        assert "Traceback" not in done.stderr
        assert done.returncode == status, (words, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json"))


@pytest.fixture
def rooms(start_server: StartServer, demo_tracks: Path) -> Server:
    server = start_server("--library", str(demo_tracks), "--session", "kitchen", "--session", "Living Room")
    server.wait_until_playable(4)
    return server


def open_direction(server: Server, session: str) -> str:
    """A direction that leads somewhere."""
    openings = wait_for(lambda: server.get(f"/session/{session}/explore")[1]["openings"], "the index", 60)
    return str(openings[0]["direction"])


def test_a_day_in_the_house(rooms: Server, tmp_path: Path) -> None:
    said = (tmp_path / "server" / "stdout.log").read_text()
    for name, room in (("kitchen", "kitchen"), ("Living Room", "living-room")):
        assert f"{name}: {rooms.url}/session/{room}, {rooms.url}/stream/{room}.mp3" in said
    sessions = Shell(rooms)
    tracks = rooms.get("/api/library/tracks")[1]["tracks"]

    # Making
    assert [one["sessionId"] for one in sessions.json("list")["sessions"]] == [
        "master",
        "kitchen",
        "living-room",
    ]
    made = sessions("create", "The Garden", "--track", tracks[0]["id"], "--direction", "none")
    assert "the-garden has been made." in made
    assert f"{rooms.url}/stream/the-garden.mp3" in made
    assert sessions.json("info", "The Garden")["nowPlaying"]["id"] == tracks[0]["id"]
    way = open_direction(rooms, "the-garden")
    assert sessions.json("create", "roof", "--track", tracks[0]["id"], "--direction", way)["held"] == way
    assert sessions.json("info", "roof")["nowPlaying"]["id"] == tracks[0]["id"]
    assert "already" in sessions("create", "the garden", status=5)
    assert "There is no track" in sessions("create", "cellar", "--track", "nothing", status=3)
    assert "There are: faster, slower" in sessions("create", "cellar", "--direction", "up", status=1)
    assert "reserved" in sessions("create", "list", status=2)
    assert "tv follows kitchen." in sessions("follow", "Kitchen", "--as", "TV")
    assert sessions.json("follow", "living-room")["followingSession"] == "living-room"
    assert "already" in sessions("follow", "kitchen", "--as", "the garden", status=5)
    assert "There is no session 'cellar'" in sessions("follow", "cellar", status=3)
    table = sessions("list")
    for text in ("the-garden", "The Garden", way, "follows kitchen"):
        assert text in table

    # Steering
    answer = sessions.json("next", "kitchen")
    assert answer["sessionId"] == "kitchen"
    assert answer["transition"]["to"] in {one["id"] for one in tracks}
    said = sessions("next")
    assert any(f"{one['title']}." in said for one in tracks)
    way = open_direction(rooms, "living-room")
    assert f"living-room drifts: {way}; next: " in sessions("direction", "Living Room", way)
    assert sessions.json("info", "living-room")["held"] == way
    assert sessions.json("direction", "living-room", "auto")["held"] is None
    assert "autopilot" in sessions("direction", "none")
    assert "There are: faster, slower" in sessions("direction", "kitchen", "sideways", status=1)
    on_air = sessions.json("info", "living-room")["nowPlaying"]["id"]
    wanted = next(one for one in tracks if one["id"] != on_air)
    assert wanted["title"] in sessions("play", "living-room", wanted["id"])
    assert "is paused" in sessions("pause", "kitchen")
    assert sessions.json("info", "tv")["state"] == "paused"
    assert "is paused" not in sessions("resume", "kitchen")
    for words in (("next", "tv"), ("direction", "tv", "faster"), ("pause", "tv"), ("play", "tv", "x")):
        assert "only that session can be steered" in sessions(*words, status=4)
    assert "There is no session 'cellar'" in sessions("next", "cellar", status=3)

    # Looking
    facts = sessions("info", "tv")
    for text in ("follows kitchen", f"{rooms.url}/stream/tv.mp3", "mp3 opus webm flac aac"):
        assert text in facts
    assert "There is no session 'cellar'" in sessions("info", "cellar", status=3)

    # Ending
    assert "kitchen has ended." in sessions("delete", "kitchen")
    assert "There is no session 'kitchen'" in sessions("delete", "kitchen", status=3)
    assert "always there" in sessions("delete", "master", status=5)
    assert "not there now" in sessions("info", "tv", status=3)
    assert "waiting" in sessions("list")


def test_json_is_the_servers_also_when_it_refuses(rooms: Server) -> None:
    done = drift("sessions", "create", "kitchen", "--json", "--server", rooms.url)
    assert done.returncode == 5
    assert json.loads(done.stdout)["streamUrl"] == f"{rooms.url}/stream/kitchen.mp3"
    done = drift("sessions", "info", "kitchen", "--json", "--server", rooms.url)
    assert json.loads(done.stdout)["uid"] == rooms.get("/api/session/info?sessionId=kitchen")[1]["uid"]


def test_where_the_server_is(rooms: Server, tmp_path: Path) -> None:
    file = tmp_path / "drift.toml"
    file.write_text(f"[server]\nhost = '0.0.0.0'\nport = {rooms.port}\n")
    for words in (("--config", str(file)), ("--port", str(rooms.port)), ("--server", rooms.url + "/")):
        done = drift("sessions", "list", *words)
        assert done.returncode == 0, done.stderr
        assert "living-room" in done.stdout
    assert drift("sessions", "list", DRIFT_SERVER_PORT=str(rooms.port)).returncode == 0
    rooms.close()
    done = drift("sessions", "list", "--config", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"no server answers at http://127.0.0.1:{rooms.port}" in done.stderr
    done = drift("sessions", "list", "--server", "radio.example")
    assert done.returncode == 2
    assert "'radio.example' is no URL of a server" in done.stderr


@pytest.mark.parametrize("name", ["", "???", "list", "x" * 65])
def test_a_room_that_cannot_be_called_so_stops_the_start(tmp_path: Path, name: str) -> None:
    data = tmp_path / "data"
    done = drift("serve", "--data-dir", str(data), "--port", "0", "--session", "kitchen", "--session", name)
    assert done.returncode == 2
    assert f"command line: sessions.names = '{name}': " in done.stderr
    assert "on air" not in done.stdout
    assert not data.exists()
    file = tmp_path / "drift.toml"
    file.write_text(f"[sessions]\nnames = ['{name}']")
    done = drift("serve", "--data-dir", str(data), "--port", "0", "--config", str(file))
    assert done.returncode == 2
    assert f"{file}: sessions.names = '{name}': " in done.stderr


def test_commands_that_play_no_music_load_none_of_what_does() -> None:
    heavy = {"aiohttp", "numpy", "mixer", "sqlalchemy", "uvloop", "drift.app", "drift.sessions"}
    code = "import json, sys, cli, drift.commands.sessions; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert not heavy & set(json.loads(done.stdout))
