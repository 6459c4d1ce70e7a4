"""Liquidsoap as a peer: sessions as its users write them, encoded to MP3 and thrown away."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import process

HOW_TO_GET = "Liquidsoap is not installed: sudo apt-get install --no-install-recommends liquidsoap"

_SCRIPT = """
settings.init.allow_root.set(true)
settings.log.stdout.set(true)
"""
_SESSION = """
music = playlist(id="session_{number}", mode="randomize", "{music}")
music = crossfade(duration={fade_s:.1f}, fade_in={fade_s:.1f}, fade_out={fade_s:.1f}, music)
output.file(fallible=true, %mp3(bitrate={kbps}, internal_quality={quality}), "/dev/null", music)
"""
_START_S = 60


def installed() -> bool:
    """Whether there is a Liquidsoap on this machine."""
    return shutil.which("liquidsoap") is not None


class Liquidsoap:
    """A running Liquidsoap with some sessions."""

    def __init__(self, running: subprocess.Popen[bytes], log: Path) -> None:
        self.pid = running.pid
        self._log = log

    @property
    def times_behind(self) -> int:
        """How often it has said that it could not keep up with real time."""
        return self._said("We must catchup")

    @property
    def tracks_started(self) -> int:
        """How many tracks it has begun."""
        return self._said("Prepared")

    def _said(self, words: str) -> int:
        return self._log.read_text(encoding="utf-8", errors="replace").count(words)

    def wait_until_playing(self, sessions: int) -> None:
        """Return when every session has prepared its first track."""
        end = time.monotonic() + _START_S
        while self.tracks_started < sessions:
            if time.monotonic() > end:
                raise RuntimeError(f"Liquidsoap does not play: {self._log.read_text(encoding='utf-8')}")
            time.sleep(0.2)


@contextlib.contextmanager
def running(
    directory: Path, music: Path, sessions: int, *, fade_s: float, kbps: int, quality: int
) -> Iterator[Liquidsoap]:
    """Liquidsoap on the server's core, all its sessions playing.

    Args:
        directory: for its script and log.
        music: the folder to play from.
        sessions: how many.
        fade_s: length of its crossfades.
        kbps: MP3 bit rate.
        quality: LAME's, 0 (best) to 9 (fastest); Liquidsoap's own default is 2.
    """
    script = directory / "radio.liq"
    parts = [
        _SESSION.format(number=n, music=music, fade_s=fade_s, kbps=kbps, quality=quality)
        for n in range(sessions)
    ]
    script.write_text(_SCRIPT + "".join(parts), encoding="utf-8")
    log = directory / "liquidsoap.log"
    with process.pinned(process.SERVER_CORE), log.open("wb") as output:
        started = subprocess.Popen(["liquidsoap", str(script)], stdout=output, stderr=output)
    try:
        with process.pinned(process.LOAD_CORE):
            liquidsoap = Liquidsoap(started, log)
            liquidsoap.wait_until_playing(sessions)
            yield liquidsoap
    finally:
        process.stop(started)
