"""Drift's HTTP interface around a real session on virtual time, and a browser client of a few files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from drift.access import Doorkeeper, Signer
from drift.api import make_application
from drift.api.keys import CLIENT
from drift.config import Config, EventsConfig, StreamConfig
from drift.models import Track
from drift.rooms import Rooms, Stage
from drift.sessions import MASTER, Dispatcher, Memory, Session, SessionRegistry
from drift.store import Store
from drift.streaming import Mounts, StreamSettings
from drift.supervisor import Supervisor
from mixer import BitRates
from mixer.clock import QUANTUM_S
from tests.unit.fakes import FakeMemory, settle
from tests.unit.livekit_fakes import FakePublishers, FakeServer
from tests.unit.studio import BURST, Studio, tones

WALL_S = 1_800_000_000.0
"""The time of day when the site's clock began."""

Client = TestClient[web.Request, web.Application]


@dataclass
class Site:
    studio: Studio
    mounts: Mounts
    application: web.Application
    client: Client
    supervisor: Supervisor
    registry: SessionRegistry

    @property
    def session(self) -> Session:
        return self.studio.session

    async def pass_time(self, quanta: int = 4) -> None:
        self.studio.clock.advance(quanta * QUANTUM_S)
        await settle()

    async def raw(self, request: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Send a request by hand."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.client.port)
        writer.write(request.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        return reader, writer


@pytest.fixture(scope="session")
def music(tmp_path_factory: pytest.TempPathFactory) -> list[Track]:
    return tones(tmp_path_factory.mktemp("tones"))


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A browser client, and a secret beside it."""
    client = tmp_path / "client"
    (client / "assets").mkdir(parents=True)
    (client / "index.html").write_text("<!doctype html>")
    (client / "assets" / "index-1.js").write_text("1")
    (client / "icon.svg").write_text("<svg/>")
    (client / "manifest.webmanifest").write_text("{}")
    (tmp_path / "secret.svg").write_text("secret")
    return client


CONFIG = Config(stream=StreamConfig(name="Test FM"), events=EventsConfig(heartbeat_s=10))


@pytest.fixture
async def site(
    music: list[Track], built: Path, aiohttp_client: Callable[..., Awaitable[Any]]
) -> AsyncIterator[Site]:
    """Remembers nothing, so that nobody can join its rooms."""
    studio = Studio(music)
    nothing: Any = None
    async with opened_site(CONFIG, studio, FakeMemory(), nothing) as opened:
        opened.application._state[CLIENT] = built
        opened.client = await aiohttp_client(opened.application)
        yield opened


@asynccontextmanager
async def opened_site(
    config: Config, studio: Studio, memory: FakeMemory | Memory, store: Store
) -> AsyncIterator[Site]:
    """A site whose client is still to be made."""
    async with Supervisor() as supervisor:
        mounts = Mounts(StreamSettings(BitRates(), BURST, 10, 30), studio.clock, studio.metrics, supervisor)
        registry = SessionRegistry(
            lambda session_id, **facts: (
                studio.session if session_id == MASTER else studio.make(session_id, **facts)
            ),
            memory,  # type: ignore[arg-type]
            studio.clock,
            unload_after_s=1800,
            most=100,
        )
        rooms = Rooms(store, registry, config.rooms, studio.metrics, studio.clock.now)
        stage = Stage(
            FakeServer(studio.clock, config.livekit),
            rooms,
            FakePublishers(),
            supervisor,
            clock=studio.clock,
            metrics=studio.metrics,
            manual=config.livekit.manual_token_endpoint,
        )
        stage.start()
        registry.on_end += [rooms.forget, lambda session: mounts.drop(session, "session-ended")]
        await registry.start()
        application = make_application(
            config=config,
            metrics=studio.metrics,
            mounts=mounts,
            registry=registry,
            dispatcher=Dispatcher(registry, studio.metrics, studio.clock.now, mounts.hurry),
            music=studio.library,  # type: ignore[arg-type]
            company=rooms,
            stage=stage,
            signer=Signer(b"secret", lambda: WALL_S + studio.clock.now()),
            doorkeeper=Doorkeeper(studio.clock.now),
        )
        client: Any = None
        yield Site(studio, mounts, application, client, supervisor, registry)
        mounts.end_all("shutdown")
        registry.disconnect()
