"""Mounts of one fake station on virtual time, and what listeners of it make of their bytes."""

from __future__ import annotations

from drift.streaming import Listener, Mount, Mounts, StreamSettings, Variant
from drift.streaming.tick import SHORTEST
from drift.supervisor import Supervisor
from drift.telemetry import Metrics
from mixer.clock import QUANTUM_S, VirtualClock
from mixer.codecs import FORMATS, BitRates
from tests.unit.fakes import FakeStation, FakeTransport, settle

PLAIN = Variant(icy=False, chunked=False)
CHUNKED = Variant(icy=False, chunked=True)
ICY = Variant(icy=True, chunked=False)
CHUNKED_ICY = Variant(icy=True, chunked=True)
BURST = 25
TICK_QUANTA = SHORTEST
TICK_S = TICK_QUANTA * QUANTUM_S
PACKET = 192 * 3
QUANTUM_BYTES = 5 * PACKET


class Radio:
    """Mounts of one fake station on virtual time."""

    def __init__(self, supervisor: Supervisor, burst: int = BURST, slow_limit_s: float = 30.0) -> None:
        self.clock = VirtualClock(500.0)
        self.midnight = 1_800_000_000.0
        """Unix time when the clock shows zero."""
        self.station = FakeStation(self.clock)
        self.metrics = Metrics()
        self.supervisor = supervisor
        settings = StreamSettings(BitRates(), burst, backlog_s=10.0, slow_limit_s=slow_limit_s)
        self.mounts = Mounts(
            settings, self.clock, self.metrics, supervisor, wall=lambda: self.midnight + self.clock.now()
        )

    def mount(self, name: str = "mp3") -> Mount:
        return self.mounts.of(self.station, FORMATS[name])

    async def join(self, variant: Variant = PLAIN, name: str = "mp3") -> tuple[Listener, FakeTransport, int]:
        listener, position = self.mounts.join(self.mount(name), variant)
        transport = FakeTransport()
        listener.start(transport)
        await settle()
        return listener, transport, position

    async def pass_time(self, ticks: int) -> None:
        for _ in range(ticks):
            self.clock.advance(TICK_S)
            await settle()

    def metric(self, name: str) -> float:
        lines = self.metrics.text().decode().splitlines()
        return sum(
            float(line.split()[-1])
            for line in lines
            if line.startswith(("drift_stream_" + name + " ", "drift_stream_" + name + "{"))
        )


def numbers(audio: bytes) -> list[int]:
    """The numbers of the fake MP3 packets in ``audio``, which must begin and end with whole ones."""
    assert len(audio) % PACKET == 0
    return [int(audio[at + 1 : audio.index(b">", at)]) for at in range(0, len(audio), PACKET)]


def gapless(audio: bytes) -> bool:
    found = numbers(audio)
    return bool(found) and found == list(range(found[0], found[0] + len(found)))
