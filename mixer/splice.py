"""Which packets are copied and which are encoded: the rule, and one codec's packets by it.

A packet inside one steady clip is copied from the frame store: the clip alone sounds, at constant gain, on
the codec's grid, and has done so for ``LEAD_PACKETS``. Every other packet is rendered and encoded live, and
so is what the store does not have in time. A live encoder starts with pre-roll, so that either kind may
follow the other at any packet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mixer import limiter
from mixer.codecs import Codec
from mixer.encoding import Encoding
from mixer.frame_store import FrameStore
from mixer.live import LivePackets
from mixer.pcm import SAMPLE_RATE
from mixer.timeline import Clip, Timeline

LEAD_PACKETS = 2
"""A live encoder runs this far into a steady clip before its packets are copied; where the clip begins at
once after something else, as far as a fresh encoder takes to agree with a running one."""

PATIENCE_S = 0.3
"""What is copied may be this late before it is encoded live: as long as it takes to encode it three times."""

_AHEAD = 30 * SAMPLE_RATE
"""The store is told this far ahead what will be needed."""

_LOOK_EVERY = 2 * SAMPLE_RATE
"""How often that is done anew."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Packets ``[first, first + count)`` of a timeline that are made in one way.

    Attributes:
        encoding: what they are copied from; None: they are encoded live.
        index: the first one's number there.
    """

    first: int
    count: int
    encoding: Encoding | None = None
    index: int = 0


def steady_span(timeline: Timeline, clip: Clip) -> tuple[int, int]:
    """The samples ``[start, end)`` in which only ``clip`` sounds, unchanged but for its constant gain.

    There the limiter does not reach, and nothing is stretched. Empty (``end <= start``) when there are none.
    """
    start, end = clip.even_from, clip.even_to
    for begin, until in timeline.overlaps(clip.start - limiter.REACH, clip.end + limiter.REACH):
        if begin > clip.start:
            end = min(end, begin - limiter.REACH)
        else:  # perhaps one of two clips before
            start = max(start, until + limiter.REACH)
    return start, end


def _heard_before(timeline: Timeline, clip: Clip, window: int) -> bool:
    """Whether anything sounds in the ``window`` samples before ``clip``, or the clip rises out of silence.

    If not, an encoder that runs along the timeline hears what the store's hears: silence, then the track.
    """
    place = timeline.clips.index(clip)
    return clip.fade_in > 0 or (place > 0 and timeline.clips[place - 1].end > clip.start - window)


def stretches(
    timeline: Timeline, codec: Codec, kbps: int | None, first: int, count: int
) -> Iterator[Stretch]:
    """How packets ``[first, first + count)`` come about, in order."""
    size, at, end = codec.packet, first, first + count
    for clip in timeline.sounding(first * size, end * size):
        if not codec.spliceable:
            break
        # A packet of the timeline less the packet of the track that it is, if they are on one grid.
        shift, apart = divmod(clip.offset - clip.source.cue_in, size)
        if apart:
            continue
        steady_from, steady_to = steady_span(timeline, clip)
        lead = hard = 0
        if clip.source_start < clip.source.cue_in or _heard_before(timeline, clip, codec.preroll * size):
            lead, hard = LEAD_PACKETS, max(LEAD_PACKETS, codec.preroll)
        encoding = Encoding(clip.source, clip.gain, codec, kbps)
        begin = max(at, -(-steady_from // size) + lead, -(-clip.start // size) + hard, lead - shift)
        stop = min(end, steady_to // size, encoding.packets - shift)
        if stop <= begin:
            continue
        if begin > at:
            yield Stretch(at, begin - at)
        yield Stretch(begin, stop - begin, encoding, begin + shift)
        at = stop
    if at < end:
        yield Stretch(at, end - at)


@dataclass(frozen=True, slots=True)
class Packets:
    """Packets in order.

    Attributes:
        copied: how many of them come from the store.
    """

    made: list[bytes]
    copied: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """The stretches of packets ``[first, end)`` of a timeline."""

    timeline: Timeline
    first: int
    end: int
    stretches: list[Stretch]

    def within(self, first: int, count: int) -> Iterator[Stretch]:
        """The part of it that makes up packets ``[first, first + count)``."""
        for stretch in self.stretches:
            begin = max(first, stretch.first)
            n = min(first + count, stretch.first + stretch.count) - begin
            if n > 0:
                yield Stretch(begin, n, stretch.encoding, stretch.index + begin - stretch.first)


class Splice:
    """The packets of one codec along a timeline, copied or encoded. Not thread-safe, but for ``copied``.

    Args:
        live: encodes what cannot be copied.
        store: what to copy from; None: everything is encoded.
    """

    def __init__(self, codec: Codec, kbps: int | None, live: LivePackets, store: FrameStore | None) -> None:
        self._codec = codec
        self._kbps = kbps
        self._live = live
        self._store = store
        self._ahead = _AHEAD // codec.packet
        self._look_every = _LOOK_EVERY // codec.packet
        self._plan: _Plan | None = None

    def copied(self, timeline: Timeline, first: int, count: int) -> Packets | None:
        """Packets ``[first, first + count)`` if all can be copied at once; never blocks, any thread."""
        if self._store is None:
            return None
        made: list[bytes] = []
        for stretch in self._planned(timeline, first, count):
            if stretch.encoding is None:
                return None
            made += self._store.take(stretch.encoding, stretch.index, stretch.count)
        return Packets(made, count) if len(made) == count else None

    def take(self, timeline: Timeline, first: int, count: int) -> Packets:
        """Packets ``[first, first + count)``.

        Raises:
            ClipFault, CodecError: what must be encoded cannot be; asked again, nothing is lost or doubled.
        """
        made: list[bytes] = []
        copied = 0
        for stretch in self._planned(timeline, first, count):
            got = self._copy(stretch)
            copied += len(got)
            made += got
            if len(got) < stretch.count:
                made += self._live.take(stretch.first + len(got), stretch.count - len(got))
        return Packets(made, copied)

    def rest(self) -> None:
        """Close the encoder."""
        self._live.rest()

    def _copy(self, stretch: Stretch) -> list[bytes]:
        """What the store has of a stretch; it is waited for unless an encoder is at work already."""
        if stretch.encoding is None or self._store is None:
            return []
        got = self._store.take(stretch.encoding, stretch.index, stretch.count)
        if len(got) < stretch.count and not self._live.reaches(stretch.first + len(got)):
            got = self._store.wait(stretch.encoding, stretch.index, stretch.count, PATIENCE_S)
        return got

    def _planned(self, timeline: Timeline, first: int, count: int) -> Iterator[Stretch]:
        """How packets come about; now and then the store is told what will be copied in the time to come."""
        plan = self._plan
        if plan is None or plan.timeline is not timeline or not plan.first <= first:
            outdated = True
        else:
            outdated = first + count > plan.end or first - plan.first >= self._look_every
        if plan is None or outdated:
            end = first + count + self._ahead
            found = stretches(timeline, self._codec, self._kbps, first, end - first)
            plan = self._plan = _Plan(timeline, first, end, list(found))
            self._announce(plan)
        return plan.within(first, count)

    def _announce(self, plan: _Plan) -> None:
        for stretch in plan.stretches if self._store is not None else ():
            if stretch.encoding is not None and self._store is not None:
                in_s = stretch.encoding.seconds(stretch.first - plan.first)
                self._store.want(stretch.encoding, stretch.index, stretch.count, in_s)
