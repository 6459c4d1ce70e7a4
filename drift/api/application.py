"""The aiohttp application: routes and middlewares around the services it is given."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web

from drift.access import Doorkeeper, Signer
from drift.api import (
    chat,
    commands,
    docs,
    events,
    health,
    hls,
    library,
    livekit,
    openapi,
    pages,
    players,
    rooms,
    sessions,
    steering,
    stream,
)
from drift.api.errors import errors, same_site_commands
from drift.api.identity import identified, tell_request_id
from drift.api.keys import (
    CLIENT,
    COMMANDS,
    CONFIG,
    DOCUMENT,
    DOORKEEPER,
    LIBRARY,
    LIVEKIT,
    METRICS,
    MOUNTS,
    REGISTRY,
    ROOMS,
    SIGNER,
    STAGE,
    STARTED_AT,
    WEBHOOKS,
)
from drift.api.proxies import believed
from drift.config import Config
from drift.library import Library
from drift.livekit import Webhooks
from drift.rooms import Rooms, Stage
from drift.sessions import Dispatcher, SessionRegistry
from drift.streaming import Mounts
from drift.telemetry import Metrics

_MAX_BODY = 256 * 1024
_MODULES = (
    stream,
    hls,
    players,
    events,
    sessions,
    commands,
    steering,
    rooms,
    chat,
    livekit,
    library,
    health,
    openapi,
    docs,
    pages,
)


def routes() -> list[web.RouteDef]:
    """All routes of the application."""
    return [route for module in _MODULES for route in module.routes()]


def make_application(
    *,
    config: Config,
    metrics: Metrics,
    mounts: Mounts,
    registry: SessionRegistry,
    dispatcher: Dispatcher,
    music: Library,
    company: Rooms,
    stage: Stage,
    signer: Signer,
    doorkeeper: Doorkeeper,
) -> web.Application:
    """The application, ready to be run."""
    middlewares = [identified, believed(config.server.proxies), errors, same_site_commands]
    app = web.Application(middlewares=middlewares, client_max_size=_MAX_BODY)
    app.on_response_prepare.append(tell_request_id)
    app[CONFIG] = config
    app[METRICS] = metrics
    app[MOUNTS] = mounts
    app[REGISTRY] = registry
    app[COMMANDS] = dispatcher
    app[LIBRARY] = music
    app[ROOMS] = company
    app[STAGE] = stage
    app[LIVEKIT] = stage.livekit
    app[WEBHOOKS] = Webhooks(config.livekit, time.monotonic)
    app[SIGNER] = signer
    app[DOORKEEPER] = doorkeeper
    app[CLIENT] = pages.client_directory()
    app[STARTED_AT] = datetime.now(UTC).isoformat(timespec="milliseconds")
    app.add_routes(routes())
    document: Callable[[], str] = functools.cache(lambda: openapi.document(app))
    app[DOCUMENT] = document
    return app
