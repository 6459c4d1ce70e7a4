"""``drift doctor``: is everything there that Drift needs?"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

from drift.api.pages import client_directory
from drift.app import bit_rates
from drift.config import Config, is_local
from drift.data import library_roots, prepare_data_directory
from drift.errors import DriftError
from drift.library.walk import audio_files
from drift.limits import allow_many_files
from drift.livekit import LiveKit, short
from drift.telemetry import Metrics
from mixer.codecs import CODECS
from mixer.encoder import implementation, open_encoder
from mixer.errors import CodecError

_MANY = 1000
_LATE_S = 0.05
_FEW_FILES = 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    subject: str
    ok: bool
    text: str


def examine(config: Config) -> Iterator[Finding]:
    """Check one thing after the other."""
    yield _port(config)
    yield _access(config)
    yield _livekit(config)
    yield from _codecs(config)
    yield _data(config)
    yield _library(config)
    yield _clock()
    yield _files()
    client = client_directory()
    yield Finding("client", client is not None, str(client or "not built: run `make setup`"))


def _port(config: Config) -> Finding:
    host, port = config.server.host, config.server.port
    try:
        with socket.create_server((host, port)):
            return Finding("port", True, f"{host}:{port} is free")
    except OSError as error:
        return Finding("port", False, f"{host}:{port}: {error.strerror or error}")


def _access(config: Config) -> Finding:
    if config.access.mode == "codes":
        text = "mode codes: hosts and collaborators steer; `drift codes SESSION` makes codes for a session"
    elif is_local(config.server.host):
        text = "mode open: whoever uses this machine may make sessions and steer them"
    else:
        text = (
            f"mode open on {config.server.host}: everybody in your network may make sessions, steer and end "
            'them. If you do not trust all of them: [access] mode = "codes"'
        )
    return Finding("access", True, text)


def _livekit(config: Config) -> Finding:
    settings = config.livekit
    keys = ("url", "api_key", "api_secret")
    missing = [f"livekit.{key}" for key in keys if not getattr(settings, key)]
    if len(missing) == len(keys):
        return Finding("livekit", True, "none configured: all works but talking and hearing over WebRTC")
    if missing:
        return Finding("livekit", False, f"not used, as {' and '.join(missing)} must be set, too")

    async def ask() -> int:
        livekit = LiveKit(settings, Metrics())
        try:
            return len(await livekit.rooms())
        finally:
            await livekit.close()

    try:
        text = f"{settings.url} answers, {asyncio.run(ask())} room(s)"
    except DriftError as error:
        return Finding("livekit", False, str(error))
    if short(settings.api_secret):
        text += "; its secret is short, which is for trying things out: take one of 32 characters or more"
    if settings.manual_token_endpoint:
        text += "; whoever reaches Drift gets tokens (livekit.manual_token_endpoint)"
    return Finding("livekit", True, text)


def _codecs(config: Config) -> Iterator[Finding]:
    rates = bit_rates(config)
    for name, codec in CODECS.items():
        try:
            open_encoder(codec, rates.of(codec))
        except CodecError as error:
            yield Finding(f"codec {name}", False, str(error))
        else:
            rate = f"{rates.of(codec)} kbit/s" if rates.of(codec) else "lossless"
            yield Finding(f"codec {name}", True, f"{rate}, {implementation(codec)}")


def _data(config: Config) -> Finding:
    try:
        return Finding("data directory", True, str(prepare_data_directory(config)))
    except DriftError as error:
        return Finding("data directory", False, str(error))


def _library(config: Config) -> Finding:
    try:
        roots = library_roots(config)
    except DriftError as error:
        return Finding("library", False, str(error))
    if not roots:
        return Finding("library", True, "none configured: the demo library will be played")
    files = 0
    for _ in audio_files(roots):
        files += 1
        if files == _MANY:
            break
    text = f"{f'more than {_MANY}' if files == _MANY else files} audio files in {len(roots)} folder(s)"
    return Finding("library", files > 0, text)


def _files() -> Finding:
    limit = allow_many_files()
    text = f"{limit} may be open, and each listener needs one"
    return Finding("open files", limit >= _FEW_FILES, text)


def _clock() -> Finding:
    """Sleep a little, many times: a machine that wakes late cannot stream evenly."""
    late = 0.0
    for _ in range(10):
        begin = time.monotonic()
        time.sleep(0.01)
        late = max(late, time.monotonic() - begin - 0.01)
    return Finding("clock", late < _LATE_S, f"wakes up at most {late * 1000:.1f} ms late")
