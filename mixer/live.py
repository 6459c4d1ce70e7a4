"""Packets encoded as they are needed, by an encoder that runs along a timeline.

This is the path for everything that is not in steady state: transitions, codecs that cannot be spliced, and
whatever the frame store does not have in time. The store itself encodes its chunks with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from mixer.clock import QUANTUM
from mixer.codecs import Codec
from mixer.encoder import Encoder, open_encoder
from mixer.pcm import SAMPLE_RATE, Block

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

    def reaches(self, first: int) -> bool:
        """Whether packets from ``first`` on need no fresh encoder."""
        return self._encoder is not None and self._next - len(self._kept) <= first <= self._next

    def take(self, first: int, count: int) -> list[bytes]:
        """Packets ``[first, first + count)``.

        What was made lately is given again; what follows it is encoded; anywhere else a fresh encoder starts.
        """
        if not self.reaches(first):
            self._restart(first)
        while self._next < first + count:
            self._feed(first + count - self._next)
        oldest = self._next - len(self._kept)
        taken = [self._kept[k - oldest] for k in range(first, first + count)]
        while len(self._kept) > self._most:
            self._kept.popleft()
        return taken

    def rest(self) -> None:
        """Close the encoder; the next request starts a fresh one."""
        self._encoder = None
        self._kept.clear()

    def _restart(self, first: int) -> None:
        self._encoder = open_encoder(self._codec, self._kbps)
        self._kept.clear()
        self._next = first
        self._fed = first - self._codec.preroll
        self._discard = self._codec.preroll

    def _feed(self, missing: int) -> None:
        assert self._encoder is not None
        size = self._codec.packet
        count = max(self._per_feed, missing + self._discard)
        block = self._render(self._fed * size, count * size)
        self._fed += count
        made = self._encoder.encode(block)
        dropped = min(self._discard, len(made))
        self._discard -= dropped
        self._kept.extend(made[dropped:])
        self._next += len(made) - dropped
