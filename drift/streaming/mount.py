"""A mount: one session in one format, one pump, any number of listeners.

The pump sleeps until the next tick, takes the quanta that have become due as one bytes object, and hands that
same object to every listener. It lives as long as there are listeners. If it breaks, they are disconnected,
and ``fault`` says why until audio flows again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from drift.errors import NotReadyError
from drift.streaming import icy, tick
from drift.streaming.fanout import Audio, Fanout
from drift.streaming.listener import Ended, Listener, Variant, chunked
from drift.streaming.station import Station, StreamSettings
from drift.telemetry import Metrics, logger
from mixer.clock import QUANTUM, QUANTUM_S, Clock
from mixer.codecs import Container, Format, open_container

log = logger(__name__)

_AT_ONCE = 8
"""While catching up, quanta are made in pieces of this many, so that the first of them leave early."""

_LOST_QUANTA = 250
"""Further behind than this (30 s), time is taken to have stood still."""

_RETRY_S = 0.5

_HURRY_S = 0.72
"""For so long, what a command has changed is sent at once."""

_SHORT_S = 60.0
"""For so long from then on the tick is short."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Audio bytes that have been sent.

    Attributes:
        quantum: where on the timeline they begin.
        offset: how many bytes the mount had sent before.
    """

    quantum: int
    offset: int
    data: bytes


class Mount:
    """See the module. ``run`` is the pump; its owner calls it when :meth:`join` has found none running.

    Attributes:
        fault: why the pump broke; "" while audio flows.
        tick_quanta: how much audio is sent at once, see ``tick``.
        unsent_bytes: how much may wait for one listener in the kernel, beside what may wait in its transport.
        audience: how many people listen: one for each listener, more where a listener stands for several.
        peak: the most that ever did.
    """

    def __init__(
        self,
        station: Station,
        stream_format: Format,
        settings: StreamSettings,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self.station = station
        self.format = stream_format
        self.running = False
        self.fault = ""
        self.audience = self.peak = 0
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._sending = asyncio.Lock()
        self._short_until = clock.now()
        self._recent: deque[_Piece] = deque()
        self._bursts: dict[Variant, tuple[bytes, int]] = {}
        self._silent_since: float | None = None
        self._lagging = False
        kbps = settings.rates.of(stream_format.codec) or 0
        self.icy_interval = icy.interval(stream_format, kbps or 1000)
        at_least_s = 2 * settings.burst_quanta * QUANTUM_S  # a burst alone makes nobody slow
        backlog = int(max(settings.backlog_s, at_least_s) * (kbps or 1000) * 125)
        self.unsent_bytes = backlog // 4
        self._fanout = Fanout(
            icy_interval=self.icy_interval,
            backlog=backlog,
            slow_limit_s=settings.slow_limit_s,
            metrics=metrics,
            leave=self.leave,
        )
        self._listening = metrics.listeners.labels(stream_format.name)
        self._bytes_sent = metrics.bytes_sent.labels(stream_format.name)
        self._reset(self._burst_start())

    def _burst_start(self) -> int:
        return max(0, self.station.position // QUANTUM - self._settings.burst_quanta)

    def _reset(self, quantum: int) -> None:
        """Begin a new stream at ``quantum``."""
        self._next = quantum
        self._sent = 0
        self.tick_quanta = tick.SHORTEST
        self._forget()
        self._container: Container = open_container(
            self.format, self._settings.rates, self.format.codec.first_packet(quantum)
        )

    def _forget(self) -> None:
        """Keep no audio of the past."""
        self._recent.clear()
        self._bursts.clear()

    @property
    def listeners(self) -> int:
        """How many are connected."""
        return len(self._fanout)

    @property
    def behind_s(self) -> float:
        """How far production lags behind the live edge, in seconds; 0 when nobody listens."""
        if not self.running:
            return 0.0
        lag_s = (self.station.position // QUANTUM - self._next) * QUANTUM_S
        silent_s = 0.0 if self._silent_since is None else self._clock.now() - self._silent_since
        return max(0.0, lag_s, silent_s)

    def join(self, variant: Variant) -> tuple[Listener, int]:
        """Add a listener.

        Returns:
            The listener, to be started when its response's head is out, and the timeline sample that its
            audio begins with.

        Raises:
            CodecError: the container cannot be opened.
        """
        if not self.running and not self._fanout:
            self._reset(self._burst_start())
        if variant not in self._bursts:
            self._bursts[variant] = self._burst(variant)
        head, quantum = self._bursts[variant]
        listener = Listener(variant, head)
        if variant.icy and not head:
            listener.icy_resume_at = 0
        self.count(1)
        self._fanout.add(listener)
        self._bytes_sent.inc(len(head))
        return listener, quantum * QUANTUM

    def leave(self, listener: Listener, reason: Ended = "client-left") -> None:
        """Remove a listener; twice is fine."""
        if self._fanout.remove(listener):
            listener.end(reason)
            self.count(-1)

    def count(self, people: int) -> None:
        """So many people more listen, or fewer if it is negative."""
        for _ in range(people):
            self.station.attach()
        for _ in range(-people):
            self.station.detach()
        self.audience += people
        self.peak = max(self.peak, self.audience)
        self._listening.inc(people)

    def end(self, reason: Ended) -> None:
        """Let every listener's stream end cleanly."""
        for listener in list(self._fanout):
            self.leave(listener, reason)

    def _burst(self, variant: Variant) -> tuple[bytes, int]:
        """What a listener gets at once: recent audio, for ICY from a grid point on; and where that begins."""
        pieces = list(self._recent)
        head = self._container.header + b"".join(piece.data for piece in pieces)
        quantum = pieces[0].quantum if pieces else self._next
        if variant.icy:
            offset = self._sent - len(head)
            offset += -offset % self.icy_interval
            if offset >= self._sent:
                return b"", self._next
            title = self.station.title_at(pieces[-1].quantum * QUANTUM)
            quantum = max(piece.quantum for piece in pieces if piece.offset <= offset)
            head = icy.insert(head[offset - self._sent :], offset, self.icy_interval, icy.metadata(title))
        return (chunked(head) if variant.chunked and head else head), quantum

    async def run(self) -> None:
        """Pump until nobody listens.

        Never leaves a listener behind: if it fails, or is cancelled, their streams end.
        """
        self.running = True
        reason: Ended = "shutdown"
        try:
            while self._fanout:
                now, position = self._clock.now(), self.station.position
                async with self._sending:
                    await self._catch_up(position // QUANTUM)
                self.station.announce()
                if now >= self._short_until:
                    self.tick_quanta = tick.following(
                        self.tick_quanta, self.listeners, self._settings.burst_quanta
                    )
                due = (self._next + self.tick_quanta) * QUANTUM - position
                at_least = self._clock.now() + QUANTUM_S / 4
                await self._clock.sleep_until(max(at_least, now + due / QUANTUM * QUANTUM_S))
        except Exception as error:
            reason = "fault"
            self.fault = str(error) or type(error).__name__
            self._metrics.pump_faults.inc()
            log.exception("pump-failed", session=self.station.id, format=self.format.name)
        finally:
            self.running = False
            self._silent_since = None
            self._lagging = False
            self._forget()
            self.end(reason)

    async def hurry(self) -> None:
        """Something else is heard from now on: send it when it is due, and then at short ticks for a while.

        Browsers drop what they have buffered before it. They have little in hand then, and take a minute to
        have more.
        """
        begun = self._clock.now()
        step_quanta = tick.hurried(self.listeners)
        self.tick_quanta = 2 * step_quanta
        self._short_until = begun + _SHORT_S
        step_s = QUANTUM_S * step_quanta
        for step in range(round(_HURRY_S / step_s) + 1):
            await self._clock.sleep_until(begun + step * step_s)
            async with self._sending:
                if self.running:
                    await self._catch_up(self.station.position // QUANTUM)

    async def _catch_up(self, target: int) -> None:
        """Make and send what is due: the quanta before ``target``."""
        lagging = target - self._next > self._settings.burst_quanta + self.tick_quanta
        if lagging and not self._lagging:
            self._metrics.underruns.inc()
        self._lagging = lagging
        if target - self._next > _LOST_QUANTA:
            self.station.resume_from(self._next * QUANTUM)
            target = self._next
        while self._next < target and self._fanout:
            count = min(_AT_ONCE, target - self._next)
            try:
                quanta = await self.station.packets(self.format.codec, self._next, count)
            except NotReadyError as error:
                if self._silent_since is None:
                    self._silent_since = self._clock.now()
                    log.warning("nothing-to-play", session=self.station.id, reason=str(error))
                await self._clock.sleep_until(self._clock.now() + _RETRY_S)
                for listener in [one for one in self._fanout if one.gone]:
                    self.leave(listener)
                return
            await self._deliver(quanta)

    async def _deliver(self, quanta: list[list[bytes]]) -> None:
        """Wrap packets into the container's bytes, remember them for bursts, and send them."""
        self._silent_since = None
        self.fault = ""
        self._bursts.clear()
        first = self._next - self.format.lag_quanta
        parts = []
        for packets in quanta:
            data = self._container.mux(packets)
            if data:
                piece = _Piece(self._next - self.format.lag_quanta, self._sent, data)
                self._recent.append(piece)
                self._sent += len(data)
                parts.append(data)
            self._next += 1
        while len(self._recent) > self._settings.burst_quanta:
            self._recent.popleft()
        data = b"".join(parts)
        if data:
            audio = Audio(data, self._sent - len(data), self.station.title_at(first * QUANTUM))
            self._bytes_sent.inc(await self._fanout.send(audio, self._clock.now()))
