"""A real session with a real mixer, three tones and virtual time."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from drift.library.features import Opening
from drift.models import SessionId, Track, TrackId
from drift.sessions import Chooser, Session, Step
from drift.sessions.journey import By
from drift.telemetry import Metrics
from mixer import BitRates, MixSettings
from mixer.clock import QUANTUM, QUANTUM_S, VirtualClock
from mixer.codecs import CODECS
from mixer.frame_store import FrameStore
from mixer.pcm import SAMPLE_RATE
from tests.unit.fakes import FakeLibrary, track

MP3 = CODECS["mp3"]
BURST = 5


class InOrder:
    """Chooses a library's tracks in their order, again and again; requests come first."""

    memory = 10

    def __init__(self, library: FakeLibrary) -> None:
        self.direction: str | None = None
        self._library = library
        self._count = 0
        self._requests: list[TrackId] = []

    def next(self, latest: Sequence[Step]) -> Step | None:
        if not self._library.tracks:
            return None
        if self._requests:
            return Step(self._library.get(self._requests.pop(0)), "request")
        self._count += 1
        by: By = "direction" if self.direction else "chance"
        return Step(self._library.tracks[(self._count - 1) % len(self._library.tracks)], by, self.direction)

    @property
    def requests(self) -> list[TrackId]:
        return self._requests

    def request(self, tracks: Sequence[TrackId]) -> None:
        self._requests = list(tracks)

    def explore(self, origin: TrackId, latest: Sequence[Step]) -> list[Opening]:
        return []


class Inline(Executor):
    """Runs work at once and counts it."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.done.append(fn.__name__)
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - belongs to the future
            future.set_exception(error)
        return future


def tones(folder: Path) -> list[Track]:
    """Three tones of four seconds, 48 kHz."""
    made = []
    for number in range(3):
        tone = np.sin(np.arange(4 * SAMPLE_RATE) * (0.02 + 0.01 * number)) * 8000
        path = folder / f"{number}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(np.repeat(tone.astype("<i2"), 2).tobytes())
        made.append(track(number, artist=f"Artist {number}", path=path))
    return made


class Studio:
    """A session on virtual time, and all that it is made of."""

    def __init__(
        self,
        tracks: list[Track],
        idle_pause_s: float = 30.0,
        store: FrameStore | None = None,
        chooser: Callable[[FakeLibrary], Chooser] = InOrder,
    ) -> None:
        self.clock = VirtualClock(1000.0)
        self.library = FakeLibrary(*tracks)
        self.workers = Inline()
        self.metrics = Metrics()
        self._idle_pause_s = idle_pause_s
        self._store = store
        self._chooser = chooser
        self.session = self.make(SessionId("master"), name="master")
        self.made = 0

    def make(
        self, session_id: SessionId, *, name: str, uid: str = "", created_at: datetime | None = None
    ) -> Session:
        """One more session of the same making."""
        return Session(
            session_id,
            chooser=self._chooser(self.library),
            library=self.library,
            clock=self.clock,
            workers=self.workers,
            metrics=self.metrics,
            mix=MixSettings(fade_s=1.0, skip_fade_s=0.5),
            rates=BitRates(),
            store=self._store,
            start_quanta=BURST,
            idle_pause_s=self._idle_pause_s,
            replay=100,
            kind="master" if session_id == "master" else "named",
            name=name,
            uid=uid,
            created_at=created_at,
        )

    async def play(self, quanta: int) -> list[bytes]:
        """Time passes; each quantum is produced as a pump would."""
        packets: list[bytes] = []
        for _ in range(quanta):
            packets += (await self.session.packets(MP3, self.made, 1))[0]
            self.made += 1
            while self.session.position < self.made * QUANTUM:
                self.clock.advance(QUANTUM_S)
            self.session.announce()
        return packets

    async def events(self) -> list[tuple[str, dict[str, Any]]]:
        data = (await self.session.events.subscribe(0).take(0)).decode()
        found = []
        for event in data.split("\n\n")[:-1]:
            fields = dict(line.split(": ", 1) for line in event.split("\n"))
            found.append((fields["event"], json.loads(fields["data"])))
        return found
