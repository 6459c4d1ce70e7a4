"""``DriftAudioMixer``: what a session owns. A timeline that is extended, steered and turned into packets.

Planning (``plan``, ``skip``, ``drop``) belongs to the session's thread and only swaps one immutable timeline for
another; producing (``packets``, ``block``) is heavy and runs in a worker thread. Plans never touch what has been
promised to a producer: ``frontier`` is the first sample that is still free to change.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from mixer import transition
from mixer.clock import QUANTUM, ceil_quantum
from mixer.codecs import BitRates, Codec, CodecName
from mixer.deck import Decks
from mixer.errors import NothingToPlayError
from mixer.live import LivePackets
from mixer.pcm import Block
from mixer.render import render
from mixer.timeline import Clip, Source, Timeline
from mixer.transition import MixSettings

NextTrack = Callable[[], Source | None]
"""Gives the track to play after the last one given, or None when there is none."""

_KEPT = 120 * QUANTUM
"""Clips stay on the timeline this long (14 s) after their end: a format that starts late begins in the past."""

_SOFT_START = 960
"""Samples over which a clip that replaces a broken one rises: 20 ms, enough not to click."""


@dataclass(frozen=True, slots=True)
class TransitionPlan:
    """A planned change from one clip to the next.

    Attributes:
        kind: "crossfade", "skip" (a shorter one, asked for), "cut" (no overlap).
        start: timeline sample at which the incoming clip begins.
        length: samples of overlap.
    """

    kind: Literal["crossfade", "skip", "cut"]
    outgoing: Clip
    incoming: Clip
    start: int
    length: int


class DriftAudioMixer:
    """An endless mix.

    Args:
        next_track: asked for the next source whenever the timeline runs short; called only from planning methods.
        settings: how to mix.
        rates: bit rates of the codecs.
    """

    def __init__(
        self, next_track: NextTrack, settings: MixSettings | None = None, rates: BitRates | None = None
    ) -> None:
        self.settings = settings or MixSettings()
        self.rates = rates or BitRates()
        self._next_track = next_track
        self._timeline = Timeline()
        self._skips: set[int] = set()
        self._frontier = 0
        self._state_lock = threading.Lock()
        self._render_lock = threading.Lock()
        self._decks = Decks()
        self._live: dict[CodecName, LivePackets] = {}

    @property
    def timeline(self) -> Timeline:
        """What is planned so far."""
        return self._timeline

    @property
    def frontier(self) -> int:
        """The first sample that has not been promised to a producer; plans change nothing before it."""
        return self._frontier

    def plan(self, until: int) -> list[Clip]:
        """Extend the timeline until one whole clip begins after ``until``, so that a next track is always known.

        Returns:
            The clips that were added.

        Raises:
            NothingToPlayError: nothing is planned at ``until`` and ``next_track`` has nothing.
        """
        added: list[Clip] = []
        with self._state_lock:
            while not self._timeline.clips or self._timeline.clips[-1].start <= until:
                source = self._next_track()
                if source is None:
                    if self._timeline.end <= until:
                        raise NothingToPlayError("no track can be played")
                    break
                self._append(source)
                added.append(self._timeline.clips[-1])
            self._timeline = self._timeline.without_before(min(self._frontier, until) - _KEPT)
        return added

    def _append(self, source: Source) -> None:
        clips = self._timeline.clips
        if clips and clips[-1].end > self._frontier:
            pair = transition.crossfade(clips[-1], source, self.settings)
            self._timeline = self._timeline.ending_with(*pair)
        else:
            first = transition.first_clip(source, ceil_quantum(self._frontier), self.settings)
            self._timeline = Timeline((*clips, first))

    def skip(self) -> TransitionPlan:
        """Go to the next track now: a short crossfade from the frontier on.

        During a fade-in the new crossfade waits until that has finished.

        Raises:
            NothingToPlayError: there is no next track.
        """
        with self._state_lock:
            at = ceil_quantum(self._frontier)
            outgoing = self._timeline.at(at)
            if outgoing is None:
                raise NothingToPlayError("nothing is playing")
            at = max(at, ceil_quantum(outgoing.start + outgoing.fade_in), outgoing.start + QUANTUM)
            planned = self._timeline.after(outgoing.start)
            source = planned.source if planned else self._next_track()
            if source is None:
                raise NothingToPlayError("there is no other track to go to")
            pair = transition.skip(outgoing, source, at, self.settings)
            self._timeline = self._timeline.ending_with(*pair)
            self._skips.add(pair[1].start)
            return self._describe(*pair)

    def replace_next(self, source: Source) -> bool:
        """Play ``source`` instead of the planned next track; False when that has begun to sound already."""
        with self._state_lock:
            current = self._timeline.at(self._frontier)
            planned = self._timeline.after(current.start) if current else None
            if current is None or (planned is not None and planned.start < self._frontier):
                return False
            whole = replace(
                current, length=current.source.cue_out - current.source_start, fade_out=0
            )
            self._timeline = self._timeline.ending_with(
                *transition.crossfade(whole, source, self.settings)
            )
            return True

    def drop(self, clip: Clip, at: int) -> None:
        """Go on without ``clip`` from sample ``at``: it is cut there and the next one is brought forward.

        Raises:
            NothingToPlayError: there is nothing to put in its place.
        """
        with self._state_lock:
            clips = self._timeline.clips
            if clip not in clips:
                return
            place = clips.index(clip)
            kept = list(clips[:place])
            if at > clip.start:
                kept.append(replace(clip, length=at - clip.start, fade_in=min(clip.fade_in, at - clip.start), fade_out=0))
            follower = clips[place + 1] if place + 1 < len(clips) else None
            if follower is not None and follower.start <= at:
                self._timeline = Timeline((*kept, *clips[place + 1 :]))
                return
            source = follower.source if follower else self._next_track()
            if source is None:
                raise NothingToPlayError("no track can be played")
            arriving = transition.first_clip(source, max(ceil_quantum(at), clip.start), self.settings)
            overlap = max((before.end for before in kept), default=0) - arriving.start
            fade = min(max(_SOFT_START, overlap), arriving.length // 3)
            self._timeline = Timeline((*kept, replace(arriving, fade_in=fade)))

    def transition_into(self, clip: Clip) -> TransitionPlan | None:
        """How the timeline comes to ``clip``; None for the first one."""
        clips = self._timeline.clips
        place = clips.index(clip) if clip in clips else 0
        return self._describe(clips[place - 1], clip) if place else None

    def _describe(self, outgoing: Clip, incoming: Clip) -> TransitionPlan:
        length = max(0, outgoing.end - incoming.start)
        kind: Literal["crossfade", "skip", "cut"] = "crossfade" if length else "cut"
        if incoming.start in self._skips:
            kind = "skip"
        return TransitionPlan(kind, outgoing, incoming, incoming.start, length)

    def packets(self, codec: Codec, quantum: int, count: int) -> list[list[bytes]]:
        """The packets of ``count`` quanta from ``quantum`` on, a list per quantum. For worker threads.

        A codec whose packets do not divide a quantum has now five, now six of them in it.

        Raises:
            ClipFault: a clip cannot be played; ``drop`` it and ask again.
            CodecError: the encoder cannot be started.
        """
        with self._render_lock:
            live = self._live.get(codec.name)
            if live is None:
                live = self._live[codec.name] = LivePackets(self._produce, codec, self.rates.of(codec))
            edges = [codec.first_packet(q) for q in range(quantum, quantum + count + 1)]
            packets = live.take(edges[0], edges[-1] - edges[0])
        return [packets[a - edges[0] : b - edges[0]] for a, b in zip(edges, edges[1:], strict=False)]

    def block(self, start: int, n: int) -> Block:
        """``n`` samples of the mix from ``start`` on, as :func:`mixer.render.render`. For worker threads.

        Raises:
            ClipFault: a clip cannot be played; ``drop`` it and ask again.
        """
        with self._render_lock:
            return self._produce(start, n)

    def _produce(self, start: int, n: int) -> Block:
        with self._state_lock:
            self._frontier = max(self._frontier, start + n)
            timeline = self._timeline
        return render(timeline, start, n, self._decks, self.settings.ceiling_dbtp)

    def rest(self) -> None:
        """Close files and encoders; the timeline stays, and the next request opens what it needs."""
        with self._render_lock:
            self._decks.close()
            self._live.clear()
