"""Whatever happens to the packet cache's folder, the stream goes on."""

from __future__ import annotations

import os
import shutil
import urllib.request
from collections.abc import Callable
from http.client import HTTPResponse
from pathlib import Path

from tests.support.ears import decode, longest_silence_s
from tests.support.server import Server, StartServer, wait_for

PACKET = 576
SECOND = 24_000


def kept(frames: Path) -> list[Path]:
    return sorted(frames.glob("*.frames"))


def overwrite(frames: Path) -> None:
    for file in kept(frames):
        file.write_bytes(os.urandom(file.stat().st_size))


def truncate(frames: Path) -> None:
    for file in kept(frames):
        os.truncate(file, file.stat().st_size // 3)


def replace_by_a_file(frames: Path) -> None:
    shutil.rmtree(frames)
    frames.write_text("not a folder")


def listen_while(server: Server, stream: HTTPResponse, trouble: Callable[[Path], None]) -> bytes:
    """Some audio, then trouble, then audio of the track at hand and of the next."""
    heard = stream.read(2 * SECOND)
    trouble(server.data / "frames")
    heard += stream.read(3 * SECOND)
    assert server.post("/session/master/next-track")[0] == 200
    return heard + stream.read(4 * SECOND)


def metric(server: Server, name: str) -> float:
    with urllib.request.urlopen(server.url + "/metrics", timeout=20) as answer:
        lines = answer.read().decode().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(name)))


def test_damage_is_never_heard_and_told_of_once(
    demo_tracks: Path, start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server("--library", str(demo_tracks))
    server.wait_until_playable(4)
    frames = server.data / "frames"
    with urllib.request.urlopen(server.url + "/stream/master.mp3", timeout=20) as stream:
        heard: bytes = stream.read(SECOND)
        wait_for(lambda: len(kept(frames)) >= 2, "chunks on disk", 60)
        for trouble in (overwrite, truncate, shutil.rmtree):
            heard += listen_while(server, stream, trouble)
        heard += stream.read(4 * SECOND)
        wait_for(lambda: kept(frames), "the cache to be filled anew", 60)
        heard += listen_while(server, stream, replace_by_a_file)
    recorded = tmp_path / "heard.mp3"
    recorded.write_bytes(heard[: len(heard) // PACKET * PACKET])
    assert longest_silence_s(decode(recorded)) < 0.2
    assert server.log.count("holds damaged files") == 1
    assert server.log.count("cannot be written") == 1
    assert '"level": "error"' not in server.log
    assert metric(server, "drift_stream_underruns_total") == 0
    assert metric(server, "drift_stream_pump_faults_total") == 0


def test_a_restart_finds_what_was_encoded(demo_tracks: Path, start_server: StartServer) -> None:
    for wanted in ("drift_cache_misses_total", "drift_cache_hits_total"):
        server = start_server("--library", str(demo_tracks))
        server.wait_until_playable(4)
        with urllib.request.urlopen(server.url + "/stream/master.mp3", timeout=20) as stream:
            stream.read(4 * SECOND)
            wait_for(lambda: metric(server, wanted) > 0, wanted, 60)  # noqa: B023 - called at once
            if wanted == "drift_cache_misses_total":
                wait_for(lambda: metric(server, "drift_cache_queue") == 0, "all chunks", 60)  # noqa: B023
                for _ in range(3):  # whatever the shuffle begins with next time has been played
                    server.post("/session/master/next-track")
                    stream.read(4 * SECOND)
                wait_for(lambda: metric(server, "drift_cache_queue") == 0, "all chunks", 60)  # noqa: B023
        assert server.interrupt()[0] == 0
