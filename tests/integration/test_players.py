"""Real players, relays and radio software on Drift's streams. Browsers are in ``tests/browser``."""

from __future__ import annotations

import base64
import contextlib
import grp
import json
import os
import pwd
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ears import RATE, decode, longest_silence_s
from tests.support.server import Server, wait_for

STREAM = "/stream/master.mp3"
HLS = "/hls/master/index.m3u8"


@pytest.fixture(scope="module")
def station(demo_server: Server) -> Server:
    demo_server.wait_until_playable(3)
    return demo_server


def title(server: Server) -> str:
    track = server.hello()["nowPlaying"]["track"]
    return f"{track['artist']} - {track['title']}"


@contextlib.contextmanager
def running(*command: str | Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that goes on until the block ends."""
    with log.open("wb") as output:
        program = subprocess.Popen(command, stdout=output, stderr=output, cwd=log.parent)
    try:
        yield program
    finally:
        program.terminate()
        try:
            program.wait(20)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


# ffmpeg


def test_ffmpeg_hears_hls_without_a_gap(station: Server) -> None:
    heard = decode(station.url + HLS, 8)
    assert heard.shape[1] / RATE == pytest.approx(8, abs=0.1)
    assert longest_silence_s(heard) <= 0.2
    assert abs(heard).max() > 0.05


def test_ffprobe_recognises_hls(station: Server) -> None:
    probed = subprocess.run(
        ["ffprobe", "-v", "warning", "-of", "json", "-show_streams", station.url + HLS],
        capture_output=True,
        timeout=60,
        check=True,
    )
    (stream,) = json.loads(probed.stdout)["streams"]
    assert probed.stderr == b""
    assert (stream["codec_name"], stream["sample_rate"], stream["channels"]) == ("mp3", "48000", 2)


# mpv


def mpv(url: str) -> str:
    """Play two seconds; what it says."""
    options = ["--no-config", "--no-video", "--ao=null", "--length=2", "--term-status-msg="]
    done = subprocess.run(
        ["mpv", *options, url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("path", [STREAM, "/listen/master.m3u", "/listen/master.pls"])
def test_mpv_plays_and_shows_the_title(station: Server, path: str) -> None:
    titles = {title(station)}
    said = mpv(station.url + path)
    titles.add(title(station))
    assert "(mp3 2ch 48000Hz)" in said
    assert any(f"icy-title: {one}" in said for one in titles), said


def test_mpv_plays_hls(station: Server) -> None:
    assert "(mp3 2ch 48000Hz)" in mpv(station.url + HLS)


# curl


def curl(*arguments: str) -> str:
    done = subprocess.run(["curl", "-sS", *arguments], capture_output=True, timeout=60, check=True)
    return done.stdout.decode().lower().replace("\r", "")


def test_curl_asks_for_the_head(station: Server) -> None:
    head = curl("-I", "-H", "Origin: http://elsewhere.example", station.url + STREAM)
    assert head.startswith("http/1.1 200 ok\n")
    for line in (
        "content-type: audio/mpeg",
        "accept-ranges: none",
        "access-control-allow-origin: *",
        "icy-name: drift",
        "icy-br: 192",
    ):
        assert f"\n{line}\n" in head


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_curl_hears_icy(station: Server, version: str, tmp_path: Path) -> None:
    heard, head = tmp_path / "heard.mp3", tmp_path / "head"
    command = ["curl", "-sSN", f"--http{version}", "-H", "Icy-MetaData: 1", "-D", str(head), "-o", str(heard)]
    titles = {title(station)}
    with running(*command, station.url + STREAM, log=tmp_path / "log"):
        wait_for(lambda: heard.exists() and heard.stat().st_size > 60_000, "60 kB", 30)
    titles.add(title(station))
    headers = head.read_text().lower().replace("\r", "")
    assert headers.startswith(f"http/{version} 200 ok\n")
    assert ("transfer-encoding: chunked" in headers) == (version == "1.1")
    every = int(headers.partition("icy-metaint: ")[2].partition("\n")[0])
    stream = heard.read_bytes()
    assert stream.startswith(b"\xff\xfb")
    length = stream[every] * 16
    text = stream[every + 1 : every + 1 + length].rstrip(b"\0").decode()
    assert text in {f"StreamTitle='{one}';" for one in titles}
    assert stream[every + 1 + length :].startswith(b"\xff\xfb")


# Icecast

ICECAST = """<icecast>
  <limits><clients>10</clients><sources>2</sources></limits>
  <authentication>
    <source-password>x</source-password><admin-user>admin</admin-user><admin-password>x</admin-password>
  </authentication>
  <hostname>localhost</hostname>
  <listen-socket><port>{port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
  <relay>
    <server>127.0.0.1</server><port>{drift}</port><mount>{mount}</mount><local-mount>/relay.mp3</local-mount>
    <on-demand>0</on-demand><relay-shoutcast-metadata>1</relay-shoutcast-metadata>
  </relay>
  <fileserve>0</fileserve>
  <paths><logdir>{home}</logdir><webroot>{home}</webroot><adminroot>{home}</adminroot></paths>
  <logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>3</loglevel></logging>
  <security><chroot>0</chroot>{owner}</security>
</icecast>
"""


@pytest.fixture
def icecast(station: Server) -> Iterator[str]:
    """An Icecast that relays Drift's stream; its URL. As root it becomes nobody, who may not see tmp_path."""
    home = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    owner = ""
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody")
        group = grp.getgrgid(user.pw_gid).gr_name
        owner = f"<changeowner><user>nobody</user><group>{group}</group></changeowner>"
        os.chown(home, user.pw_uid, user.pw_gid)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    config = home / "icecast.xml"
    config.write_text(
        ICECAST.format(port=port, drift=station.port, mount=STREAM, home=home, owner=owner), encoding="utf-8"
    )
    try:
        with running("icecast2", "-c", config, log=home / "output.log"):
            yield f"http://127.0.0.1:{port}"
    finally:
        shutil.rmtree(home)


def test_an_icecast_relay_carries_sound_and_titles(station: Server, icecast: str) -> None:
    def stats() -> str:
        secret = base64.b64encode(b"admin:x").decode()
        request = urllib.request.Request(
            icecast + "/admin/stats", headers={"Authorization": f"Basic {secret}"}
        )
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.read().decode())
        return ""

    def on_air() -> str:
        found = stats()
        return found if "<title>" in found else ""

    titles = {title(station)}
    found = wait_for(on_air, "the relay", 60)
    titles.add(title(station))
    assert any(f"<title>{one}</title>" in found for one in titles), found
    assert "<bitrate>192</bitrate>" in found
    assert "<server_name>Drift</server_name>" in found
    heard = decode(icecast + "/relay.mp3", 4)
    assert longest_silence_s(heard) <= 0.2
    assert abs(heard).max() > 0.05


# Liquidsoap

LIQUIDSOAP = """
settings.init.allow_root.set(true)
settings.log.stdout.set(true)
radio = input.http("{url}")
radio.on_metadata(fun (tags) -> print("heard: " ^ tags["title"]))
output.file(fallible=true, %mp3(bitrate=128), "heard.mp3", radio)
"""


def test_liquidsoap_takes_it_as_a_source(station: Server, tmp_path: Path) -> None:
    script, heard, log = (tmp_path / name for name in ("radio.liq", "heard.mp3", "log"))
    script.write_text(LIQUIDSOAP.format(url=station.url + STREAM), encoding="utf-8")
    titles = {title(station)}
    with running("liquidsoap", script, log=log):
        wait_for(lambda: heard.exists() and heard.stat().st_size > 4 * 16_000, "4 s of sound", 120)
    titles.add(title(station))
    said = log.read_text(errors="replace")
    assert any(f"heard: {one}" in said for one in titles), said
    sound = decode(heard)
    assert sound.shape[1] / RATE > 3
    assert abs(sound).max() > 0.05
    assert longest_silence_s(sound) <= 0.5


# Tools for Icecast


def test_status_as_scrapers_read_it(station: Server) -> None:
    with urllib.request.urlopen(station.url + STREAM, timeout=20) as stream:
        stream.read(10_000)
        stats = station.get("/status-json.xsl")[1]["icestats"]
    source = next(one for one in stats["source"] if one["listenurl"] == station.url + STREAM)
    assert source["listeners"] >= 1
    assert source["listener_peak"] >= source["listeners"]
    assert source["title"]
