"""What real players hear: every format, from the demo library and from real music."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.support.ears import RATE, decode_all, longest_silence_s, true_peak_db
from tests.support.server import Server, StartServer

FORMATS = ["mp3", "opus", "webm", "flac", "aac"]
CODEC_NAMES = {"mp3": "mp3", "opus": "opus", "webm": "opus", "flac": "flac", "aac": "aac"}
SECONDS = 20
CODEC_OVERSHOOT_DB = 1.5
"""A lossy decoder may swing this far beyond what was encoded, at these bit rates."""


@pytest.fixture(params=["demo", "real"])
def station(
    request: pytest.FixtureRequest, demo_server: Server, real_music: Path, start_server: StartServer
) -> Server:
    server = demo_server if request.param == "demo" else start_server("--library", str(real_music))
    server.wait_until_playable(3)
    return server


def test_every_format_plays_without_fault_silence_or_overload(station: Server) -> None:
    heard = decode_all([f"{station.url}/stream/master.{name}" for name in FORMATS], SECONDS)
    for name, pcm in zip(FORMATS, heard, strict=True):
        assert pcm.shape[1] / RATE == pytest.approx(SECONDS, abs=0.1), name
        assert longest_silence_s(pcm) <= 0.2, name
        allowed = -0.95 if name == "flac" else -1 + CODEC_OVERSHOOT_DB
        assert true_peak_db(pcm) <= allowed, name
        assert abs(pcm).max() > 0.05, name
    assert station.get("/health")[0] == 200


@pytest.mark.parametrize("name", FORMATS)
def test_players_recognise_the_format(demo_server: Server, name: str) -> None:
    demo_server.wait_until_playable()
    probed = subprocess.run(
        ["ffprobe", "-v", "error", "-of", "json", "-show_streams", f"{demo_server.url}/stream/master.{name}"],
        capture_output=True,
        timeout=60,
        check=True,
    )
    (stream,) = json.loads(probed.stdout)["streams"]
    assert probed.stderr == b""
    assert (stream["codec_name"], stream["sample_rate"], stream["channels"]) == (
        CODEC_NAMES[name],
        "48000",
        2,
    )


def test_titles_reach_players_that_ask_for_them(demo_server: Server) -> None:
    demo_server.wait_until_playable()
    request = urllib.request.Request(f"{demo_server.url}/stream/master.mp3", headers={"Icy-MetaData": "1"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.headers["icy-name"] == "Drift"
        audio = answer.read(int(answer.headers["icy-metaint"]))
        title = answer.read(16 * answer.read(1)[0]).rstrip(b"\0").decode()
    playing = demo_server.hello()["nowPlaying"]["track"]
    assert audio[:2] == b"\xff\xfb", "not at an MP3 packet"
    assert title == f"StreamTitle='{playing['artist']} - {playing['title']}';"


def test_sound_begins_while_the_demo_library_is_still_being_made(start_server: StartServer) -> None:
    server = start_server()
    server_is_young = server.get("/health")[1]["library"]["tracks"] < 28
    while server.get("/health")[1]["library"]["tracks"] == 0:
        pass
    (pcm,) = decode_all([f"{server.url}/stream/master"], 3)
    assert server_is_young
    assert server.get("/health")[1]["library"]["scanning"] is not None
    assert abs(pcm).max() > 0.05
