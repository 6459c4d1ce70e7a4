"""Icecast as a peer: Debian's server with its default burst, fed with an MP3 stream in real time."""

from __future__ import annotations

import base64
import contextlib
import grp
import os
import pwd
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import process

PATH = "/stream.mp3"
HOW_TO_GET = "Icecast is not installed: sudo apt-get install --no-install-recommends icecast2"

_PASSWORD = "bench"
_PIECE_S = 0.048
_START_S = 10
_CONFIG = """<icecast>
  <limits>
    <clients>{clients}</clients><sources>1</sources>
    <queue-size>524288</queue-size><burst-on-connect>1</burst-on-connect><burst-size>65535</burst-size>
  </limits>
  <authentication>
    <source-password>{password}</source-password>
    <admin-user>admin</admin-user><admin-password>{password}</admin-password>
  </authentication>
  <hostname>localhost</hostname>
  <listen-socket><port>{port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
  <fileserve>0</fileserve>
  <paths><logdir>{directory}</logdir><webroot>{directory}</webroot><adminroot>{directory}</adminroot></paths>
  <logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>2</loglevel></logging>
  <security><chroot>0</chroot>{owner}</security>
</icecast>
"""


@dataclass(frozen=True, slots=True)
class Icecast:
    """A running Icecast: its process, and where it listens on 127.0.0.1."""

    pid: int
    port: int


def installed() -> bool:
    """Whether there is an Icecast on this machine."""
    return shutil.which("icecast2") is not None


@contextlib.contextmanager
def running(directory: Path, stream: bytes, kbps: int, clients: int) -> Iterator[Icecast]:
    """Icecast on the server's core, on air at ``PATH``.

    Args:
        directory: a new one, for its configuration and logs.
        stream: MP3 packets that it is fed with, again and again, in real time.
        kbps: their bit rate.
        clients: so many may connect.
    """
    directory.mkdir()
    port = _free_port()
    config = directory / "icecast.xml"
    owner = ""
    if os.geteuid() == 0:  # it refuses to run as root
        user = pwd.getpwnam("nobody")
        group = grp.getgrgid(user.pw_gid).gr_name
        owner = f"<changeowner><user>{user.pw_name}</user><group>{group}</group></changeowner>"
        os.chown(directory, user.pw_uid, user.pw_gid)
    text = _CONFIG.format(
        clients=clients + 10, password=_PASSWORD, port=port, directory=directory, owner=owner
    )
    config.write_text(text, encoding="utf-8")
    with process.pinned(process.SERVER_CORE), (directory / "output.log").open("wb") as output:
        started = subprocess.Popen(["icecast2", "-c", str(config)], stdout=output, stderr=output)
    stop = threading.Event()
    try:
        source = _connect_source(port, directory)
        feeder = threading.Thread(target=_feed, args=(source, stream, kbps * 125, stop))
        feeder.start()
        try:
            with process.pinned(process.LOAD_CORE):
                yield Icecast(started.pid, port)
        finally:
            stop.set()
            feeder.join()
            source.close()
    finally:
        process.stop(started)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _connect_source(port: int, directory: Path) -> socket.socket:
    """Become the mount's source, as source clients do."""
    end = time.monotonic() + _START_S
    while True:
        try:
            source = socket.create_connection(("127.0.0.1", port), timeout=10)
            break
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise RuntimeError(f"Icecast has not started; see {directory}") from None
            time.sleep(0.1)
    secret = base64.b64encode(f"source:{_PASSWORD}".encode()).decode()
    head = f"SOURCE {PATH} HTTP/1.0\r\nAuthorization: Basic {secret}\r\nContent-Type: audio/mpeg\r\n\r\n"
    source.sendall(head.encode())
    answer = source.recv(1024)
    if b" 200 " not in answer:
        source.close()
        raise RuntimeError(f"Icecast refuses its source: {answer!r}")
    return source


def _feed(source: socket.socket, stream: bytes, rate: int, stop: threading.Event) -> None:
    """Send ``rate`` bytes per second, a little at a time, as an encoder does."""
    begin = time.monotonic()
    sent = 0
    while not stop.wait(_PIECE_S):
        due = int((time.monotonic() - begin) * rate)
        while sent < due:
            at = sent % len(stream)
            sent += source.send(stream[at : at + due - sent])
