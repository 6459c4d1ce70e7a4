"""HLS from a mount's own bytes: a feed is a listener whose connection cuts what it is given into segments.

Segments are MPEG transport streams with the mount's own MP3 packets, in memory only. A feed joins its mount
when a client asks, and leaves it when none has asked for ``PATIENCE_S``; in between it costs what one
listener does, however many clients there are: playlist and segments are the same bytes for all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from drift.streaming import mpegts
from drift.streaming.listener import Listener, Variant
from drift.streaming.mount import Mount
from mixer.clock import QUANTUM, QUANTUM_S, Clock
from mixer.pcm import SAMPLE_RATE

SEGMENT_QUANTA = 8
"""Three segments are in the usual burst of 3 s, so that a client has enough in hand to begin at once."""

SEGMENT_S = SEGMENT_QUANTA * QUANTUM_S

LISTED = 12
"""Segments in the playlist, 11.5 s. As many and one more can still be had (RFC 8216, 6.2.2)."""

PATIENCE_S = 20.0
"""A client that has not asked for so long has left."""

_MOST_CLIENTS = 10_000
"""More are served, not counted."""

_AT_LEAST = 3
"""Segments in the first playlist: Chromium gives up when there are fewer."""

_TARGET_S = 2
_START_S = 5.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the stream.

    Attributes:
        number: its media sequence number.
        data: a transport stream.
        began: when its first sample was at the live edge, in Unix time.
    """

    number: int
    data: bytes
    began: float


class Feed:
    """See the module. It is the transport of its own listener.

    Args:
        mount: of MP3.
        kbps: its bit rate, constant.
        first: number of the first segment.
        clock: tells who has left.
        wall: Unix time in seconds.
    """

    variant = Variant(icy=False, chunked=False)

    def __init__(self, mount: Mount, kbps: int, first: int, clock: Clock, wall: Callable[[], float]) -> None:
        self.mount = mount
        self.next_number = first
        self._first = first
        self._clock = clock
        self._wall = wall
        self._quantum_bytes = round(QUANTUM_S * kbps * 125)
        self._segments: deque[Segment] = deque(maxlen=2 * LISTED + 1)
        self._rest = bytearray()
        self._sample = 0
        self._playlist = b""
        self._clients: dict[str, float] = {}
        self._counted = 1
        self._ready = asyncio.Event()
        self._listener: Listener | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, listener: Listener, sample: int, client: str) -> None:
        """Take what a listener is given, which begins at ``sample`` of the timeline, for a first client."""
        self._listener = listener
        self._sample = sample
        self.seen(client)
        listener.ended.add_done_callback(lambda _: self._close())
        listener.start(self)
        self._check()

    @property
    def ended(self) -> bool:
        """Whether no more segments come."""
        return self._listener is not None and self._listener.ended.done()

    # What clients ask for

    def seen(self, client: str) -> None:
        """A client asks; it counts as a listener for a while."""
        if self._clients.pop(client, None) is not None or len(self._clients) < _MOST_CLIENTS:
            self._clients[client] = self._clock.now()
        self._count()

    async def playlist(self) -> bytes:
        """The playlist, as soon as one can begin to play; empty if not enough comes in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_START_S):
                await self._ready.wait()
        if not self._playlist and len(self._segments) >= _AT_LEAST:
            self._playlist = _playlist(self._first, list(self._segments)[-LISTED:])
        return self._playlist

    def segment(self, number: int) -> Segment | None:
        """A segment, None: it is not there yet, or no more."""
        return next((one for one in self._segments if one.number == number), None)

    # What the mount does with its listener

    def write(self, data: bytes) -> None:
        """The next bytes of the stream."""
        self._rest += data
        size = SEGMENT_QUANTA * self._quantum_bytes
        while len(self._rest) >= size:
            self._cut(bytes(self._rest[:size]))
            del self._rest[:size]

    def get_write_buffer_size(self) -> int:
        """Nothing ever waits."""
        return 0

    def is_closing(self) -> bool:
        """The feed leaves the mount by itself."""
        return False

    def abort(self) -> None:
        """Never needed: it is never slow."""

    def _cut(self, packets: bytes) -> None:
        began = self._wall() - (self.mount.station.position - self._sample) / SAMPLE_RATE
        if self._segments and abs(self._segments[-1].began + SEGMENT_S - began) < SEGMENT_S / 2:
            began = self._segments[-1].began + SEGMENT_S  # positions are known to a quantum only
        data = mpegts.segment(
            packets,
            piece=self._quantum_bytes,
            begin=self._sample * mpegts.TICKS_HZ // SAMPLE_RATE,
            step=QUANTUM * mpegts.TICKS_HZ // SAMPLE_RATE,
            number=self.next_number,
        )
        self._segments.append(Segment(self.next_number, data, began))
        self.next_number += 1
        self._sample += SEGMENT_QUANTA * QUANTUM
        self._playlist = b""
        if len(self._segments) >= _AT_LEAST:
            self._ready.set()
        self._forget_absent()

    # Who is there

    def _check(self) -> None:
        """Look now and then whether anybody is there, also while no bytes come."""
        self._forget_absent()
        self._timer = asyncio.get_running_loop().call_later(PATIENCE_S, self._check)

    def _forget_absent(self) -> None:
        """Forget clients that have left, and leave the mount with the last. It is the clock that decides."""
        limit = self._clock.now() - PATIENCE_S
        while self._clients and next(iter(self._clients.values())) <= limit:
            del self._clients[next(iter(self._clients))]
        self._count()
        if self._listener is not None and not self._clients:
            self.mount.leave(self._listener)

    def _count(self) -> None:
        """Let the session and the metrics know of as many listeners as there are clients."""
        present = 1 if self.ended else max(1, len(self._clients))
        self.mount.count(present - self._counted)
        self._counted = present

    def _close(self) -> None:
        """The listener has ended."""
        if self._timer is not None:
            self._timer.cancel()
        self._count()
        self._clients.clear()
        self._segments.clear()
        self._rest.clear()
        self._playlist = b""
        self._ready.set()  # nobody need wait any longer


def _playlist(first: int, segments: list[Segment]) -> bytes:
    """A live playlist (RFC 8216, 4).

    Args:
        first: number of the feed's first segment. Every feed is a timeline of its own, and tells so with it.
        segments: at least one.
    """
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        f"#EXT-X-TARGETDURATION:{_TARGET_S}",
        f"#EXT-X-MEDIA-SEQUENCE:{segments[0].number}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{first}",
    ]
    for one in segments:
        time = datetime.fromtimestamp(one.began, UTC).isoformat(timespec="milliseconds")
        lines += [f"#EXT-X-PROGRAM-DATE-TIME:{time}", f"#EXTINF:{SEGMENT_S:.3f},", f"{one.number}.ts"]
    return "\n".join([*lines, ""]).encode()
