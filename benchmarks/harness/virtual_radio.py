"""Sessions on virtual time, each with one listener that counts: as many hours as the machine can make."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

from benchmarks.harness import datadir
from drift.library.features import FeatureIndex
from drift.models import SessionId, Track, TrackId
from drift.sessions import Session, SteeringChooser
from drift.streaming import Mount, Mounts, StreamSettings, Variant
from drift.supervisor import Supervisor
from drift.telemetry import Metrics
from mixer import BitRates, MixSettings
from mixer.clock import QUANTUM, QUANTUM_S, VirtualClock
from mixer.codecs import FORMATS
from mixer.frame_store import FrameStore

BURST_QUANTA = 25
STEP_QUANTA = 4
MAY_LAG_S = 2 * STEP_QUANTA * QUANTUM_S
PACKETS_PER_QUANTUM = 5
PACKET_BYTES = datadir.KBPS * 3

_WORKERS = 2
_CACHE_BYTES = 2 << 30
_LOOK_S = 0.002


class Shelf:
    """The benchmarks' tracks, as a library that nothing is ever taken from."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self.tracks = tracks
        self.index = FeatureIndex.build([])
        self._by_id = {track.id: track for track in tracks}

    def find(self, track_id: TrackId) -> Track | None:
        """A track by its id."""
        return self._by_id.get(track_id)

    def report_unplayable(self, track_id: TrackId, reason: str) -> None:
        """None of them is."""
        raise RuntimeError(f"track {track_id} cannot be played: {reason}")


class Counter:
    """A transport that counts what is written to it."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, data: bytes) -> None:
        """Count."""
        self.bytes += len(data)

    def get_write_buffer_size(self) -> int:
        """All is gone at once."""
        return 0

    def is_closing(self) -> bool:
        """Never."""
        return False

    def abort(self) -> None:
        """Nobody is slow here."""
        raise RuntimeError("a listener that takes everything was dropped")


class VirtualRadio:
    """See the module. Made by :func:`on_air`."""

    def __init__(
        self, clock: VirtualClock, metrics: Metrics, sessions: list[Session], mounts: Mounts
    ) -> None:
        self._clock = clock
        self._metrics = metrics
        self._heard = [_Heard(session, mounts) for session in sessions]

    async def advance(self, quanta: int) -> None:
        """Let time pass as fast as the pumps follow.

        Raises:
            RuntimeError: a pump has broken.
        """
        for _ in range(0, quanta, STEP_QUANTA):
            self._clock.advance(STEP_QUANTA * QUANTUM_S)
            await asyncio.sleep(0)
            while any(heard.behind_s > MAY_LAG_S for heard in self._heard):  # noqa: ASYNC110 - pumps tell nobody
                await asyncio.sleep(_LOOK_S)

    def skip_all(self) -> None:
        """Let all sessions go to their next tracks, at the same moment."""
        for heard in self._heard:
            heard.skip()

    async def rest_on_a_tick(self) -> int:
        """Go on to a moment when everything that is due has been sent.

        Returns:
            How many packets are short of the clock, all sessions together, at the best such moment found.
        """
        found = []
        for _ in range(2 * STEP_QUANTA):
            self._clock.advance(QUANTUM_S)
            await asyncio.sleep(0.2)
            found.append(sum(abs(heard.short) for heard in self._heard))
        return min(found)

    def metric(self, name: str) -> float:
        """A metric without labels."""
        return self._metrics.registry.get_sample_value(name) or 0.0


class _Heard:
    """A session with its listener."""

    def __init__(self, session: Session, mounts: Mounts) -> None:
        self._session = session
        self._mount: Mount = mounts.of(session, FORMATS["mp3"])
        self._counter = Counter()
        listener, self._begin = mounts.join(self._mount, Variant(icy=False, chunked=False))
        listener.start(self._counter)

    def skip(self) -> None:
        """Go to the next track."""
        self._session.skip()

    @property
    def behind_s(self) -> float:
        """How far production is behind the clock."""
        if self._mount.fault or not self._mount.listeners:
            raise RuntimeError(f"{self._session.id} has broken: {self._mount.fault}")
        return self._mount.behind_s

    @property
    def short(self) -> int:
        """Packets that the clock has seen pass and the listener has not got."""
        due = (self._session.position - self._begin) // QUANTUM * PACKETS_PER_QUANTUM
        packets, torn = divmod(self._counter.bytes, PACKET_BYTES)
        if torn:
            raise RuntimeError(f"{self._session.id} has sent a torn packet")
        return due - packets


@asynccontextmanager
async def on_air(data: Path, count: int) -> AsyncIterator[VirtualRadio]:
    """``count`` sessions that play the music of a data directory, from its cache, heard from their beginning.

    Args:
        data: as :mod:`benchmarks.harness.datadir` makes it.
        count: how many.
    """
    clock = VirtualClock(1000.0)
    metrics = Metrics()
    shelf = Shelf(await datadir.load_tracks(data))
    rates = BitRates(mp3=datadir.KBPS)
    async with AsyncExitStack() as stack:
        workers = stack.enter_context(ThreadPoolExecutor(_WORKERS, "mixer"))
        frames = datadir.settings(data).data.frames
        store = stack.enter_context(closing(FrameStore(frames, _CACHE_BYTES, now=clock.now)))
        supervisor = await stack.enter_async_context(Supervisor())
        sessions = [
            Session(
                SessionId(f"soak-{number}"),
                chooser=SteeringChooser(shelf, random.Random(number).getrandbits(32)),
                library=shelf,
                clock=clock,
                workers=workers,
                metrics=metrics,
                mix=MixSettings(fade_s=datadir.FADE_S),
                rates=rates,
                store=store,
                start_quanta=BURST_QUANTA,
                idle_pause_s=30.0,
                replay=256,
            )
            for number in range(count)
        ]
        settings = StreamSettings(rates, BURST_QUANTA, backlog_s=10.0, slow_limit_s=30.0)
        yield VirtualRadio(clock, metrics, sessions, Mounts(settings, clock, metrics, supervisor))
