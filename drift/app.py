"""The composition root: what Drift consists of, in the order in which it starts; it stops in reverse.

data directory -> store -> library -> mounts -> sessions -> rooms -> HTTP.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import random
import signal
import time
import zlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import asdict
from datetime import datetime

from aiohttp import web

from drift.access import Doorkeeper, Signer, load_secret
from drift.api import make_application
from drift.api.patience import PatientRunner
from drift.config import Config
from drift.data import opened_library, opened_store
from drift.errors import AddressInUseError, ConfigError, DriftError
from drift.library import Library
from drift.limits import allow_many_files
from drift.livekit import LiveKit
from drift.livekit.publisher import Publishers
from drift.models import SessionId
from drift.rooms import Rooms, Stage
from drift.sessions import (
    MASTER,
    Dispatcher,
    Memory,
    Separation,
    Session,
    SessionRegistry,
    SteeringChooser,
)
from drift.store import Store
from drift.streaming import Mounts, StreamSettings
from drift.supervisor import Supervisor
from drift.telemetry import Metrics, logger
from mixer import BitRates, MixSettings
from mixer.clock import QUANTUM_S, Clock, MonotonicClock
from mixer.frame_store import FrameStore

log = logger(__name__)

SHUTDOWN_S = 2.0
"""How long connections may take to end at shutdown."""
_BACKLOG = 4096
"""Connections that may wait to be accepted, as many as Linux allows; others try again after a second."""


async def serve(config: Config, on_ready: Callable[[str], None]) -> None:
    """Run Drift until SIGINT or SIGTERM.

    Args:
        config: the settings in force.
        on_ready: told the URL where it listens, with the port that was really taken.

    Raises:
        DriftError: it cannot start; the text says why.
    """
    allow_many_files()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    async with running(config) as url:
        gc.collect()
        gc.freeze()  # what is there now stays: later collections need not look at it
        on_ready(url)
        await stop.wait()
        log.info("stopping")


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[str]:
    """Drift, started, at the URL given; leaving the block stops it cleanly.

    Raises:
        DriftError: it cannot start; the text says why.
    """
    clock = MonotonicClock()
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(opened_store(config))
        workers = stack.enter_context(ThreadPoolExecutor(max(2, os.cpu_count() or 2), "mixer"))
        frames = stack.enter_context(closing(FrameStore(config.data.frames, config.cache.max_mib << 20)))
        metrics.watch(lambda: frames.figures)
        supervisor = await stack.enter_async_context(Supervisor())
        library = await stack.enter_async_context(opened_library(config, store, supervisor))
        await library.load()
        mounts = Mounts(_stream_settings(config), clock, metrics, supervisor)
        make = _SessionMaker(config, library, frames, clock, workers=workers, metrics=metrics)
        registry = await stack.enter_async_context(
            _opened_registry(config, make, store, library=library, mounts=mounts, supervisor=supervisor)
        )
        rooms = Rooms(store, registry, config.rooms, metrics, clock.now)
        registry.on_end.append(rooms.forget)
        publishers = Publishers(supervisor, clock)

        def hurry(session: Session) -> None:
            mounts.hurry(session)
            publishers.hurry(session)

        stage = await stack.enter_async_context(
            _opened_stage(config, rooms, publishers, supervisor=supervisor, clock=clock, metrics=metrics)
        )
        application = make_application(
            config=config,
            metrics=metrics,
            mounts=mounts,
            registry=registry,
            dispatcher=Dispatcher(registry, metrics, clock.now, hurry),
            music=library,
            company=rooms,
            stage=stage,
            signer=Signer(await load_secret(store), time.time),
            doorkeeper=Doorkeeper(clock.now),
        )
        _tell_of_the_library(library, registry)
        url = await stack.enter_async_context(_listening(config, application, mounts, registry))
        supervisor.spawn(library.prepare(), "prepare-library")
        yield url


class _SessionMaker:
    """Makes sessions as the configuration says."""

    def __init__(
        self,
        config: Config,
        library: Library,
        store: FrameStore,
        clock: Clock,
        *,
        workers: ThreadPoolExecutor,
        metrics: Metrics,
    ) -> None:
        self.clock = clock
        self._config = config
        self._library = library
        self._store = store
        self._workers = workers
        self._metrics = metrics
        self._seed = config.selection.seed or random.SystemRandom().getrandbits(32)

    def __call__(
        self, session_id: SessionId, *, name: str, uid: str = "", created_at: datetime | None = None
    ) -> Session:
        """As :class:`drift.sessions.registry.Make`."""
        config, kept = self._config, self._config.selection
        separation = Separation(kept.artist_separation, kept.album_separation, kept.title_separation)
        seed = self._seed if session_id == MASTER else zlib.crc32(session_id.encode(), self._seed)
        return Session(
            session_id,
            chooser=SteeringChooser(self._library, seed, separation),
            library=self._library,
            clock=self.clock,
            workers=self._workers,
            metrics=self._metrics,
            mix=MixSettings(**config.mix.model_dump()),
            rates=bit_rates(config),
            store=self._store,
            start_quanta=_burst_quanta(config),
            idle_pause_s=config.stream.idle_pause_s,
            replay=config.events.replay,
            kind="master" if session_id == MASTER else "named",
            name=name,
            uid=uid,
            created_at=created_at,
        )


@asynccontextmanager
async def _opened_registry(
    config: Config,
    make: _SessionMaker,
    store: Store,
    *,
    library: Library,
    mounts: Mounts,
    supervisor: Supervisor,
) -> AsyncIterator[SessionRegistry]:
    """The sessions, as they were when the program ended last; at the end it is written where they are."""
    memory = Memory(store, library.find)
    registry = SessionRegistry(
        make,
        memory,
        make.clock,
        unload_after_s=config.sessions.unload_after_s,
        most=config.sessions.most,
    )
    registry.on_end.append(lambda session: mounts.drop(session, "session-ended"))
    await registry.start(config.sessions.names)
    supervisor.spawn(memory.run(), "write-sessions")
    supervisor.spawn(_clean_up(registry, make.clock, config.sessions.cleanup_s), "put-sessions-away")
    try:
        yield registry
    finally:
        try:
            await registry.close()
        except DriftError as error:
            log.warning("sessions-not-written", reason=str(error))


@asynccontextmanager
async def _opened_stage(
    config: Config,
    rooms: Rooms,
    publishers: Publishers,
    *,
    supervisor: Supervisor,
    clock: Clock,
    metrics: Metrics,
) -> AsyncIterator[Stage]:
    """Rooms in LiveKit, and the mix in them."""
    metrics.watch_mixes(lambda: asdict(publishers.figures))
    stage = Stage(
        LiveKit(config.livekit, metrics, clock.now),
        rooms,
        publishers,
        supervisor,
        clock=clock,
        metrics=metrics,
        manual=config.livekit.manual_token_endpoint,
    )
    stage.start()
    try:
        yield stage
    finally:
        await publishers.stop()
        await stage.livekit.close()


async def _clean_up(registry: SessionRegistry, clock: Clock, every_s: float) -> None:
    """Put unused sessions away, now and then."""
    while True:
        await clock.sleep_until(clock.now() + every_s)
        try:
            await registry.unload_idle()
        except DriftError as error:
            log.warning("sessions-not-put-away", reason=str(error))


def bit_rates(config: Config) -> BitRates:
    """The configured bit rates."""
    stream = config.stream
    return BitRates(mp3=stream.mp3_kbps, opus=stream.opus_kbps, aac=stream.aac_kbps)


def _burst_quanta(config: Config) -> int:
    return max(1, round(config.stream.burst_s / QUANTUM_S))


def _stream_settings(config: Config) -> StreamSettings:
    return StreamSettings(
        bit_rates(config), _burst_quanta(config), config.stream.backlog_s, config.stream.slow_limit_s
    )


def _tell_of_the_library(library: Library, registry: SessionRegistry) -> None:
    """Tell the clients of all sessions when the library changes, and start them anew when music appears.

    Sessions that nobody attends, the master aside, are planned when somebody looks.
    """
    was_empty = not library.status.tracks

    def tell() -> None:
        nonlocal was_empty
        status = library.status
        for session in registry.sessions:
            if not (session.attended or session.id == MASTER):
                continue
            if status.tracks:
                session.library_changed()
            if was_empty and status.tracks:
                session.events.greet()
            else:
                session.events.publish("library", status.view())
        was_empty = not status.tracks

    library.on_status = tell
    if library.status.tracks:
        registry.master.library_changed()


@asynccontextmanager
async def _listening(
    config: Config, application: web.Application, mounts: Mounts, registry: SessionRegistry
) -> AsyncIterator[str]:
    """The HTTP server. At the end it stops accepting, lets streams and events end, closes what is left."""
    runner = PatientRunner(application, shutdown_timeout_s=SHUTDOWN_S)
    await runner.setup()
    host, port = config.server.host, config.server.port
    try:
        site = web.TCPSite(runner, host, port, backlog=_BACKLOG)
        await site.start()
    except OSError as error:
        await runner.cleanup()
        if error.errno == errno.EADDRINUSE:
            raise AddressInUseError(
                f"port {port} on {host} is in use. Stop what listens there, or choose another with --port."
            ) from error
        raise ConfigError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
    try:
        address = runner.addresses[0]
        everywhere = address[0] in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
        shown = "127.0.0.1" if everywhere else address[0]
        yield f"http://{f'[{shown}]' if ':' in shown else shown}:{address[1]}"
    finally:
        await site.stop()
        mounts.end_all("shutdown")
        registry.disconnect()
        await runner.cleanup()
