"""Steering as users do it: a real server with analysed demo music, its API, and the commands on its data."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import Server, drift, wait_for


@pytest.fixture
def analysed(demo_server: Server) -> Server:
    demo_server.wait_until_playable(28)
    wait_for(lambda: demo_server.get("/api/library/map")[1]["count"] == 28, "the index", 60)
    return demo_server


def send(server: Server, path: str, document: object, status: int = 200) -> Any:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    request = urllib.request.Request(server.url + path, content)
    found, answer = server._ask(request)
    assert found == status, answer
    return answer


def tempo(server: Server, track: dict[str, Any]) -> float:
    return float(server.get(f"/api/library/tracks/{track['id']}")[1]["features"]["tempo"]["bpm"])


def test_faster_is_faster_and_slower_slower(analysed: Server) -> None:
    (begin,) = analysed.get("/api/library/tracks?q=bee+business")[1]["tracks"]  # some are faster, some slower
    wish = {"sessionName": "swift", "options": {"startingTrack": begin["id"]}}
    send(analysed, "/api/session/create", wish, 201)
    openings = analysed.get("/session/swift/explore")[1]
    assert openings["from"]["id"] == begin["id"]
    assert {"faster", "slower"} <= {opening["direction"] for opening in openings["openings"]}
    here = tempo(analysed, begin)
    for direction, sign in (("faster", 1), ("slower", -1)):
        answer = send(analysed, "/session/swift/direction", {"direction": direction})
        assert sign * (tempo(analysed, answer["next"]) - here) > 0
        assert answer["why"]["deltas"]["tempo"] * sign > 0
        assert analysed.hello("swift")["next"]["id"] == answer["next"]["id"]


def test_a_track_asked_for_is_heard_and_the_journey_says_so(analysed: Server, tmp_path: Path) -> None:
    wanted = analysed.get("/api/library/tracks?q=plum+dungeon")[1]["tracks"]
    assert len(wanted) == 1
    with urllib.request.urlopen(f"{analysed.url}/stream/master.mp3", timeout=20) as stream:
        stream.read(50_000)
        send(analysed, "/session/master/play", {"trackId": wanted[0]["id"], "when": "now"})

        def playing() -> bool:
            stream.read(4_000)
            return bool(analysed.hello()["nowPlaying"]["track"]["id"] == wanted[0]["id"])

        wait_for(playing, "the track", 30)
    for name in ("journey.json", "journey.m3u8", "journey.xspf"):
        file = tmp_path / name
        done = drift("journey", "export", "master", "--server", analysed.url, "-o", str(file))
        assert done.returncode == 0, done.stderr
        done = drift("journey", "import", "--next", "--server", analysed.url, str(file))
        assert done.returncode == 0, done.stderr
        assert "by audio; 0 missing" in done.stdout
    document = json.loads((tmp_path / "journey.json").read_text())
    assert document["steps"][-1]["title"] == "Plum Dungeon"
    assert document["steps"][-1]["features"]["bpm"] == pytest.approx(150, rel=0.02)


def test_the_commands_know_what_the_server_knows(analysed: Server) -> None:
    def ask(*words: str) -> Any:
        done = drift("library", words[0], "--json", "--data-dir", str(analysed.data), *words[1:])
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    stats = ask("stats")
    assert (stats["tracks"], stats["analysed"]) == (28, 28)
    assert 60 < stats["features"]["bpm"][0] < stats["features"]["bpm"][-1] < 180
    shown = ask("show", "Shallow", "Current")
    assert shown["features"]["tempo"]["bpm"] == pytest.approx(174, rel=0.02)
    assert len(shown["beats"]) > 100
    near = ask("similar", "Shallow Current", "--limit", "3")
    assert len(near) == 3
    openings = ask("explore", shown["id"][:10])
    assert len(openings) >= 4
    way = ask("path", "--steps", "4", "Low Water Lullaby", "Shallow Current")
    assert (way[0]["name"], way[-1]["name"]) == (
        "Paper Lighthouse - Low Water Lullaby",
        "Heron Forty Thousand - Shallow Current",
    )
    assert len(way) == 5
    for words in (
        ("stats",),
        ("show", "pink"),
        ("similar", "pink"),
        ("explore", "pink"),
        ("path", "pink", "fog"),
    ):
        done = drift("library", words[0], "--data-dir", str(analysed.data), *words[1:])
        assert "Traceback" not in done.stderr
        assert done.returncode == (1 if "fog" in words else 0), done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("library", "show", "nothing like this"), 1, "there is no track"),
        (("library", "similar", "the"), 1, "may be one of"),
        (("library", "path", "--steps", "2", "--minutes", "3", "a", "b"), 2, "not both"),
        (("library", "path", "--steps", "0", "a", "b"), 2, "range"),
        (
            ("journey", "export", "--server", "http://127.0.0.1:9"),
            1,
            "no server answers at http://127.0.0.1:9",
        ),
        (("journey", "export", "--server", "ftp://x"), 2, "no URL of a server"),
        (("journey", "import", "/nowhere/x.json"), 1, "cannot be read"),
    ],
)
def test_commands_that_cannot_be_done_say_why(
    analysed: Server, arguments: tuple[str, ...], status: int, says: str
) -> None:
    extra = ("--data-dir", str(analysed.data)) if arguments[0] == "library" else ()
    done = drift(*arguments, *extra)
    assert done.returncode == status
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_session_that_is_not_there(analysed: Server, tmp_path: Path) -> None:
    done = drift("journey", "export", "nobody", "--server", analysed.url)
    assert done.returncode == 3
    assert "There is no session 'nobody'" in done.stderr
    nonsense = tmp_path / "x.json"
    nonsense.write_text("{")
    done = drift("journey", "import", "--server", analysed.url, str(nonsense))
    assert done.returncode == 1
    assert "This is no journey" in done.stderr


def test_an_empty_data_directory_has_no_library(tmp_path: Path) -> None:
    done = drift("library", "stats", "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert "run `drift scan` first" in done.stderr
