"""``DriftAudioMixer``: what a session owns. A plan, turned into packets.

Planning (``plan``, ``skip``, ``pause``, ...) is the :class:`~mixer.planner.Planner`'s and belongs to the
session's thread; producing (``packets``, ``block``) is heavy and runs in a worker thread.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import pairwise

from mixer.clock import QUANTUM
from mixer.codecs import BitRates, Codec, CodecName
from mixer.decks import Decks
from mixer.frame_store import FrameStore
from mixer.live import LivePackets
from mixer.pcm import Block
from mixer.planner import NextTrack, Planner
from mixer.render import render
from mixer.rendered import Rendered
from mixer.splice import Packets, Splice
from mixer.transition import MixSettings

_TIDY_QUANTA = 25
"""Files and encoders that nothing was encoded with for this long (3 s) are closed."""


@dataclass(frozen=True, slots=True)
class Quanta:
    """The packets of some quanta.

    Attributes:
        packets: a list per quantum; a codec whose packets do not divide a quantum has now five, now six.
        copied: how many of them were encoded before, for any session; the others were encoded for this one.
    """

    packets: list[list[bytes]]
    copied: int

    @property
    def live(self) -> int:
        """How many were encoded for this session alone."""
        return sum(map(len, self.packets)) - self.copied


class DriftAudioMixer(Planner):
    """An endless mix: what is planned can be had as packets, or as sound.

    Args:
        next_track: asked for the next source whenever the timeline runs short; called only from planning
            methods.
        settings: how to mix.
        rates: bit rates of the codecs.
        store: packets encoded once for all mixers; None: each encodes its own.
    """

    def __init__(
        self,
        next_track: NextTrack,
        settings: MixSettings | None = None,
        rates: BitRates | None = None,
        store: FrameStore | None = None,
    ) -> None:
        super().__init__(next_track, settings)
        self.rates = rates or BitRates()
        self._render_lock = threading.Lock()
        self._store = store
        self._decks = Decks()
        self._rendered = Rendered(self._produce)
        self._splices: dict[CodecName, Splice] = {}
        self._live_until = 0

    def copied(self, codec: Codec, quantum: int, count: int) -> Quanta | None:
        """As :meth:`packets`, if that takes no more than copying; never blocks. For the planning thread."""
        splice = self._splices.get(codec.name)
        if splice is None or self._worth_tidying(quantum):
            return None
        edges = _edges(codec, quantum, count)
        taken = splice.copied(self._timeline, edges[0], edges[-1] - edges[0])
        if taken is None:
            return None
        self.promise((quantum + count) * QUANTUM)
        return _by_quantum(taken, edges)

    def packets(self, codec: Codec, quantum: int, count: int) -> Quanta:
        """The packets of ``count`` quanta from ``quantum`` on. For worker threads.

        Raises:
            ClipFault: a clip cannot be played; ``drop`` it and ask again.
            CodecError: the encoder cannot be started.
        """
        edges = _edges(codec, quantum, count)
        with self._render_lock:
            timeline = self.promise((quantum + count) * QUANTUM)
            taken = self._splice(codec).take(timeline, edges[0], edges[-1] - edges[0])
            if taken.copied < len(taken.made):
                self._live_until = max(self._live_until, quantum + count)
            elif self._worth_tidying(quantum):
                self._close()
        return _by_quantum(taken, edges)

    def _splice(self, codec: Codec) -> Splice:
        splice = self._splices.get(codec.name)
        if splice is None:
            kbps = self.rates.of(codec)
            live = LivePackets(self._rendered.block, codec, kbps)
            splice = self._splices[codec.name] = Splice(codec, kbps, live, self._store)
            self._rendered.shared = len(self._splices) > 1
        return splice

    def _worth_tidying(self, quantum: int) -> bool:
        """Whether files and encoders are open that nobody has used for a while."""
        return len(self._decks) > 0 and quantum > self._live_until + _TIDY_QUANTA

    def block(self, start: int, n: int) -> Block:
        """``n`` samples of the mix from ``start`` on, as :func:`mixer.render.render`. For worker threads.

        Raises:
            ClipFault: a clip cannot be played; ``drop`` it and ask again.
        """
        with self._render_lock:
            return self._produce(start, n)

    def _produce(self, start: int, n: int) -> Block:
        return render(self.promise(start + n), start, n, self._decks, self.settings.ceiling_dbtp)

    def rest(self) -> None:
        """Close files and encoders; the timeline stays, and the next request opens what it needs."""
        with self._render_lock:
            self._close()
            self._splices.clear()
            self._rendered.shared = False

    def _close(self) -> None:
        self._decks.close()
        self._rendered.forget()
        for splice in self._splices.values():
            splice.rest()


def _edges(codec: Codec, quantum: int, count: int) -> list[int]:
    """The first packet of each of ``count`` quanta, and of the one after them."""
    return [codec.first_packet(q) for q in range(quantum, quantum + count + 1)]


def _by_quantum(taken: Packets, edges: list[int]) -> Quanta:
    packets = taken.made
    return Quanta([packets[a - edges[0] : b - edges[0]] for a, b in pairwise(edges)], taken.copied)
