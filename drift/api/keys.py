"""What handlers may use, by typed application key. ``drift.app`` puts the values in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from drift.access import Doorkeeper, Signer
from drift.config import Config
from drift.library import Library
from drift.livekit import LiveKit, Webhooks
from drift.rooms import Rooms, Stage
from drift.sessions import Dispatcher, SessionRegistry
from drift.streaming import Mounts
from drift.telemetry import Metrics

CONFIG = web.AppKey("config", Config)
METRICS = web.AppKey("metrics", Metrics)
MOUNTS = web.AppKey("mounts", Mounts)
REGISTRY = web.AppKey("registry", SessionRegistry)
COMMANDS = web.AppKey("commands", Dispatcher)
ROOMS = web.AppKey("rooms", Rooms)
STAGE = web.AppKey("stage", Stage)
LIVEKIT = web.AppKey("livekit", LiveKit)
WEBHOOKS = web.AppKey("webhooks", Webhooks)
SIGNER = web.AppKey("signer", Signer)
DOORKEEPER = web.AppKey("doorkeeper", Doorkeeper)
LIBRARY = web.AppKey("library", Library)
CLIENT: web.AppKey[Path | None] = web.AppKey("client")
STARTED_AT = web.AppKey("started_at", str)
DOCUMENT: web.AppKey[Callable[[], str]] = web.AppKey("document")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
