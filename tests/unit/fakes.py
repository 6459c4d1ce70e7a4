"""Hand-written stand-ins for what the units under test need of others."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from drift.errors import NotFoundError, NotReadyError
from drift.library.features import Entry, FeatureIndex
from drift.library.library import LibraryStatus
from drift.models import (
    Analysis,
    AudioFacts,
    Descriptors,
    SessionId,
    SessionRecord,
    Tags,
    Track,
    TrackId,
)
from drift.sessions import Follower, Session
from drift.sessions.memory import record_of
from mixer.clock import QUANTUM, VirtualClock
from mixer.codecs import BitRates, Codec
from mixer.encoder import Encoder, open_encoder
from mixer.pcm import SAMPLE_RATE, silence


async def settle(rounds: int = 30) -> None:
    """Let everything that can run without time passing run."""
    for _ in range(rounds):
        await asyncio.sleep(0)


def track(
    number: int, artist: str = "", title: str = "", path: Path | None = None, seconds: float = 4
) -> Track:
    length = round(seconds * SAMPLE_RATE)
    return Track(
        id=TrackId(f"{number:032x}"),
        path=path or Path(f"/nowhere/{number}.wav"),
        tags=Tags(title=title or f"Title {number}", artist=artist),
        audio=AudioFacts("pcm_s16le", SAMPLE_RATE, 2, length, 0, length, -20.0, -6.0),
    )


def entry(one: Track, values: dict[str, float]) -> Entry:
    """A track as the feature index takes it."""
    seconds = one.audio.length_samples / SAMPLE_RATE
    return Entry(one.id, values, one.tags.artist, one.tags.album, one.tags.title, seconds)


class FakeLibrary:
    """Tracks in a list, for choosers, sessions and handlers."""

    def __init__(self, *tracks: Track) -> None:
        self.tracks = list(tracks)
        self.unplayable: list[tuple[TrackId, str]] = []
        self.art_directory = Path("/nowhere")
        self.done: int | None = None
        self.features: dict[TrackId, dict[str, float]] = {}
        self._index: FeatureIndex | None = None

    @property
    def status(self) -> LibraryStatus:
        return LibraryStatus(tracks=len(self.tracks), problems=len(self.unplayable), done=self.done)

    def get(self, track_id: TrackId) -> Track:
        found = self.find(track_id)
        if found is None:
            raise NotFoundError(f"there is no track {track_id} in the library")
        return found

    def find(self, track_id: TrackId) -> Track | None:
        return next((one for one in self.tracks if one.id == track_id), None)

    @property
    def index(self) -> FeatureIndex:
        """Of the tracks whose features were given."""
        known = [one for one in self.tracks if one.id in self.features]
        if self._index is None or list(self._index.ids) != [one.id for one in known]:
            self._index = FeatureIndex.build(entry(one, self.features[one.id]) for one in known)
        return self._index

    def search(self, words: str) -> list[Track]:
        wanted = words.casefold().split()
        return [
            one
            for one in self.tracks
            if all(word in f"{one.tags.title} {one.tags.artist}".casefold() for word in wanted)
        ]

    async def analysis(self, track_id: TrackId) -> Analysis:
        if track_id not in self.features:
            return Analysis({})
        return Analysis({"all": Descriptors(1, self.features[track_id])}, (24_000, 48_000))

    def features_of(self, one: Track) -> dict[str, float]:
        return self.features.get(one.id, {})

    def location_of(self, one: Track) -> str:
        return f"music/{one.path.name}"

    def map(self) -> tuple[bytes, bytes]:
        count = len(self.index)
        return bytes(16 * count), bytes(4 * count)

    def report_unplayable(self, track_id: TrackId, reason: str) -> None:
        self.unplayable.append((track_id, reason))
        self.tracks = [one for one in self.tracks if one.id != track_id]


class FakeMemory:
    """Remembers sessions as long as the test lasts."""

    def __init__(self) -> None:
        self.records: dict[SessionId, SessionRecord] = {}
        self.noted: list[SessionId] = []

    def note(self, session: Session) -> None:
        self.noted.append(session.id)

    async def write(self) -> None:
        await asyncio.sleep(0)

    async def put_away(self, session: Session) -> None:
        await asyncio.sleep(0)
        self.records[session.id] = record_of(session, datetime.now(UTC), live=False)

    async def add(self, follower: Follower) -> None:
        await asyncio.sleep(0)
        self.records[follower.id] = follower.record

    async def forget(self, session_id: SessionId, uid: str = "") -> bool:
        await asyncio.sleep(0)
        return self.records.pop(session_id, None) is not None

    async def every(self) -> list[SessionRecord]:
        await asyncio.sleep(0)
        return list(self.records.values())

    async def find(self, session_id: SessionId) -> SessionRecord | None:
        await asyncio.sleep(0)
        return self.records.get(session_id)

    async def recall(self, record: SessionRecord, session: Session) -> None:
        await asyncio.sleep(0)
        session.take_up(record, [], 0)


class FakeTransport:
    """Keeps the objects written to it. ``stuck``: nothing leaves its buffer."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.stuck = False
        self.waiting = 0
        self.closing = False
        self.aborted = False

    @property
    def data(self) -> bytes:
        return b"".join(self.written)

    def write(self, data: bytes) -> None:
        assert not self.closing, "written to after it was closed"
        self.written.append(data)
        if self.stuck:
            self.waiting += len(data)

    def drain(self) -> None:
        self.stuck = False
        self.waiting = 0

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return self.closing

    def abort(self) -> None:
        self.aborted = self.closing = True


class FakeStation:
    """A session whose MP3 packets are numbers of the right size; other codecs' are encoded silence."""

    def __init__(self, clock: VirtualClock, rates: BitRates | None = None) -> None:
        self.id = SessionId("fake")
        self.clock = clock
        self.epoch = clock.now() - 100 * QUANTUM / SAMPLE_RATE
        self.rates = rates or BitRates()
        self.listeners = 0
        self.announced = 0
        self.resumed: list[int] = []
        self.fails: Exception | None = None
        self.titles: dict[int, str] = {}
        self.asked: list[tuple[int, int]] = []
        self._encoders: dict[str, Encoder] = {}

    @property
    def position(self) -> int:
        return round((self.clock.now() - self.epoch) * SAMPLE_RATE) // QUANTUM * QUANTUM

    def attach(self) -> None:
        self.listeners += 1

    def detach(self) -> None:
        self.listeners -= 1
        assert self.listeners >= 0

    def announce(self) -> None:
        self.announced += 1

    def resume_from(self, sample: int) -> None:
        self.resumed.append(sample)
        self.epoch = self.clock.now() - sample / SAMPLE_RATE

    def title_at(self, sample: int) -> str:
        began = [at for at in self.titles if at <= sample]
        return self.titles[max(began)] if began else "Untitled"

    async def packets(self, codec: Codec, quantum: int, count: int) -> list[list[bytes]]:
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        self.asked.append((quantum, count))
        return [self.quantum(codec, q) for q in range(quantum, quantum + count)]

    def quantum(self, codec: Codec, quantum: int) -> list[bytes]:
        numbers = range(codec.first_packet(quantum), codec.first_packet(quantum + 1))
        if codec.name == "mp3":
            size = self.rates.mp3 * 3  # kbit/s * 1152 samples / (8 * 48 kHz)
            return [f"<{number}>".encode().ljust(size, b".") for number in numbers]
        encoder = self._encoders.setdefault(codec.name, open_encoder(codec, self.rates.of(codec)))
        made: list[bytes] = []
        while len(made) < len(numbers):
            made += encoder.encode(silence(codec.packet))
        return made


EMPTY = NotReadyError("nothing can be played: the library is empty")
