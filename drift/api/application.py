"""The aiohttp application: routes and middlewares around the services it is given."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from drift.api import events, health, library, pages, sessions, steering, stream
from drift.api.errors import errors, same_site_commands
from drift.api.keys import CLIENT, CONFIG, LIBRARY, METRICS, MOUNTS, SESSIONS, STARTED_AT
from drift.config import Config
from drift.library import Library
from drift.models import SessionId
from drift.sessions import Session
from drift.streaming import Mounts
from drift.telemetry import Metrics

_MAX_BODY = 256 * 1024


def make_application(
    *,
    config: Config,
    metrics: Metrics,
    mounts: Mounts,
    sessions_by_id: dict[SessionId, Session],
    music: Library,
) -> web.Application:
    """The application, ready to be run."""
    app = web.Application(middlewares=[errors, same_site_commands], client_max_size=_MAX_BODY)
    app[CONFIG] = config
    app[METRICS] = metrics
    app[MOUNTS] = mounts
    app[SESSIONS] = sessions_by_id
    app[LIBRARY] = music
    app[CLIENT] = pages.client_directory()
    app[STARTED_AT] = datetime.now(UTC).isoformat(timespec="milliseconds")
    for module in (stream, events, sessions, steering, library, health, pages):
        app.add_routes(module.routes())
    return app
