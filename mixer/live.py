"""Packets encoded as they are needed: one encoder per session and codec, however many listen.

This is the path for everything that is not in steady state, and until a packet cache serves steady clips,
for all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from mixer.clock import QUANTUM
from mixer.codecs import Codec, Encoder
from mixer.pcm import SAMPLE_RATE, Block

PREROLL_PACKETS = 2
"""A fresh encoder is fed this many packets early and their output is thrown away: measured to be
inaudible."""

KEEP_S = 10
"""Packets are kept this long, so that a format that starts later on the same codec finds its burst made."""


class LivePackets:
    """The packets of one codec along a timeline. Not thread-safe.

    Args:
        render: gives ``[start, start + n)`` of the timeline as a block; may raise, and is then asked again
            later.
        codec: what to encode with.
        kbps: at which bit rate.
    """

    def __init__(self, render: Callable[[int, int], Block], codec: Codec, kbps: int | None) -> None:
        self._render = render
        self._codec = codec
        self._kbps = kbps
        self._most = KEEP_S * SAMPLE_RATE // codec.packet
        self._per_feed = -(-QUANTUM // codec.packet)
        self._encoder: Encoder | None = None
        self._kept: deque[bytes] = deque()
        self._next = 0
        self._fed = 0
        self._discard = 0

    def take(self, first: int, count: int) -> list[bytes]:
        """Packets ``[first, first + count)``.

        What was made lately is given again; what follows it is encoded; anywhere else a fresh encoder starts.
        """
        if self._encoder is None or not self._next - len(self._kept) <= first <= self._next:
            self._restart(first)
        while self._next < first + count:
            self._feed()
        oldest = self._next - len(self._kept)
        taken = [self._kept[k - oldest] for k in range(first, first + count)]
        while len(self._kept) > self._most:
            self._kept.popleft()
        return taken

    def _restart(self, first: int) -> None:
        self._encoder = Encoder(self._codec, self._kbps)
        self._kept.clear()
        self._next = first
        self._fed = first - PREROLL_PACKETS
        self._discard = PREROLL_PACKETS

    def _feed(self) -> None:
        assert self._encoder is not None
        size = self._codec.packet
        block = self._render(self._fed * size, self._per_feed * size)
        self._fed += self._per_feed
        made = self._encoder.encode(block)
        dropped = min(self._discard, len(made))
        self._discard -= dropped
        self._kept.extend(made[dropped:])
        self._next += len(made) - dropped
