from __future__ import annotations

from io import StringIO

from rich.console import Console

from drift.commands import session_texts as texts
from tests.unit.commands.desk import TRACK, session


def printed(sessions: list[dict[str, object]], width: int = 120) -> list[str]:
    console = Console(file=StringIO(), width=width)
    console.print(texts.table(sessions))
    assert isinstance(console.file, StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_the_table() -> None:
    lines = printed(
        [
            session("master", type="master", held="faster"),
            session("living-room", name="Living [red] Room", state="paused"),
            session("tv", type="follower", followingSession="kitchen", state="waiting", nowPlaying=None),
        ]
    )
    assert [" ".join(line.split()) for line in lines] == [
        "session name type state clients direction plays",
        "master master playing 3 faster Kelp [bold] Cathedral - Invoice for Mist",
        "living-room Living [red] Room named paused 3 auto Kelp [bold] Cathedral - Invoice for Mist",
        "tv follows kitchen waiting 3 auto -",
    ]


def test_nothing_is_cut_off_where_there_is_no_room() -> None:
    text = "".join(printed([session("q" * 64)], width=60))
    assert text.count("q") == 64
    assert "…" not in text


def test_facts() -> None:
    playing = {"track": TRACK, "startSample": 48_000, "sourceStartSample": 9_600}
    streams = [{"format": "mp3"}, {"format": "flac"}]
    info = session(
        playing=playing, position=48_000 * 66, next=TRACK | {"artist": "", "title": "Fog"}, streams=streams
    )
    assert texts.facts(info) == [
        "kitchen",
        "name       kitchen",
        "type       named",
        "state      playing",
        "plays      Kelp [bold] Cathedral - Invoice for Mist, 1:05 of 3:45",
        "next       Fog",
        "direction  auto",
        "clients    2 listening, 1 watching",
        "created    2026-01-02T03:04:05.678+00:00",
        "page       http://radio.example/session/kitchen",
        "stream     http://radio.example/stream/kitchen.mp3",
        "formats    mp3 flac",
    ]


def test_facts_where_nothing_plays_yet() -> None:
    info = session(playing=None, position=0, next=None, streams=[], nowPlaying=None, state="preparing")
    assert {"plays      -", "next       -"} <= set(texts.facts(info))


def test_what_was_done() -> None:
    assert texts.created(session(resumed=False)) == "kitchen has been made."
    assert texts.created(session(resumed=True)) == "kitchen goes on from where it was."
    assert texts.following(session("tv", followingSession="kitchen")) == "tv follows kitchen."
    steered = {"sessionId": "kitchen", "held": "faster", "next": TRACK}
    assert texts.steered(steered) == "kitchen drifts: faster; next: Kelp [bold] Cathedral - Invoice for Mist."
    let_go = {"sessionId": "kitchen", "held": None, "next": None}
    assert texts.steered(let_go) == "kitchen is steered by the autopilot; next: -."
    asked = {"sessionId": "kitchen", "when": "now", "next": TRACK}
    assert texts.requested(asked) == "kitchen plays now: Kelp [bold] Cathedral - Invoice for Mist."
