"""What a mix plays, planned: a timeline that is extended, steered and never changed where it was promised.

A plan swaps one immutable timeline for another; it is quick and belongs to the session's thread. ``frontier``
is the first sample that is still free to change: what is before it has been promised to a producer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from mixer import transition
from mixer.clock import QUANTUM, ceil_quantum, samples
from mixer.errors import NothingToPlayError
from mixer.timeline import Clip, Join, Source, Timeline
from mixer.transition import MixSettings, TransitionPlan, describe

NextTrack = Callable[[], Source | None]
"""Gives the track to play after the last one given, or None when there is none."""

_KEPT = 120 * QUANTUM
"""Clips stay on the timeline this long (14 s) after their end: a format that starts late begins in the
past."""


_RISE_AGAIN = QUANTUM * 3
"""Samples over which a track rises that goes on after a pause."""


@dataclass(frozen=True, slots=True)
class Held:
    """Where the mix goes on after a pause.

    Attributes:
        clip: what played, as planned before.
        at: the timeline's sample at which it was left.
        later: what was planned after it.
    """

    clip: Clip
    at: int
    later: tuple[Source, ...]


class Planner:
    """See the module.

    Args:
        next_track: asked for the next source whenever the timeline runs short; called only from planning
            methods.
        settings: how to mix.
    """

    def __init__(self, next_track: NextTrack, settings: MixSettings | None = None) -> None:
        self.settings = settings or MixSettings()
        self._next_track = next_track
        self._timeline = Timeline()
        self._frontier = 0
        self._held: Held | None = None
        self._state_lock = threading.Lock()

    @property
    def timeline(self) -> Timeline:
        """What is planned so far."""
        return self._timeline

    @property
    def frontier(self) -> int:
        """The first sample that has not been promised to a producer; plans change nothing before it."""
        return self._frontier

    @property
    def held(self) -> Held | None:
        """What a pause has interrupted; None while the mix goes on."""
        return self._held

    def begin(self, source: Source, into: int) -> None:
        """Let an empty timeline begin ``into`` samples after a track's cue-in, to the quantum before that."""
        with self._state_lock:
            self._timeline = Timeline((self._within(source, 0, into, Join()),))

    def _within(
        self, source: Source, start: int, into: int, join: Join, rise: int = transition.SOFT_START
    ) -> Clip:
        """A clip at ``start`` that begins ``into`` samples after its track's cue-in, out of silence."""
        clip = transition.from_within(transition.first_clip(source, start, self.settings, join), into)
        return replace(clip, fade_in=min(rise, clip.length))

    def plan(self, until: int) -> list[Clip]:
        """Extend the timeline until one whole clip begins after ``until``: a next track is always known.

        During a pause nothing is planned.

        Returns:
            The clips that were added.

        Raises:
            NothingToPlayError: nothing is planned at ``until`` and ``next_track`` has nothing.
        """
        added: list[Clip] = []
        with self._state_lock:
            if self._held is not None:
                return added
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

    def _append(self, *sources: Source) -> None:
        """Plan these after all that is planned."""
        for source in sources:
            clips = self._timeline.clips
            if clips and clips[-1].end > self._frontier:
                pair = transition.choose(clips[-1], source, self.settings, self._free(clips[:-1]))
                self._timeline = self._timeline.ending_with(*pair)
            else:
                alone = transition.first_clip(source, ceil_quantum(self._frontier), self.settings)
                self._timeline = Timeline((*clips, alone))

    def _free(self, before: tuple[Clip, ...]) -> int:
        """The first sample on the grid that plans may change, and at which ``before`` has been heard out."""
        return ceil_quantum(max(self._frontier, before[-1].end if before else 0))

    def skip(self, *, heard: bool = True) -> TransitionPlan:
        """Go to the next track now: a short crossfade from the frontier on.

        Amid a transition its older track is hushed first, which takes a quantum.

        Args:
            heard: False: nobody hears what is at the frontier, so the next track just begins there.

        Raises:
            NothingToPlayError: there is no next track.
        """
        with self._state_lock:
            before, outgoing, at = self._leaving()
            source, *later = self._following(outgoing)
            if not heard:
                return self._begin_at_frontier(outgoing, source, 0, later)
            return self._cut_in(before, transition.skip(outgoing, source, at, self.settings), later)

    def seek(self, into: int, *, heard: bool = True) -> TransitionPlan:
        """Go on elsewhere in the track that plays, in the way of :meth:`skip`.

        Args:
            into: samples after the track's cue-in, rounded down to a quantum; some seconds are left to play.
            heard: as in :meth:`skip`.

        Raises:
            NothingToPlayError: nothing is playing.
        """
        with self._state_lock:
            before, outgoing, at = self._leaving()
            later = self._planned_after(outgoing)
            if not heard:
                return self._begin_at_frontier(outgoing, outgoing.source, into, later)
            leaving, arriving = transition.skip(outgoing, outgoing.source, at, self.settings)
            return self._cut_in(before, (leaving, transition.from_within(arriving, into)), later)

    def _begin_at_frontier(
        self, outgoing: Clip, source: Source, into: int, later: list[Source]
    ) -> TransitionPlan:
        """Let a source begin at the frontier, ``into`` samples after its cue-in; what sounds there ends."""
        at = ceil_quantum(self._frontier)
        kept = tuple(_cut_off(clip, at) for clip in self._timeline.clips if clip.start < at)
        arriving = self._within(source, at, into, Join("skip", "asked for"))
        self._timeline = Timeline((*kept, arriving))
        self._append(*later)
        return replace(describe(outgoing, arriving), length=0)

    def pause(self) -> Held:
        """Let the mix fade out soon and be silent until :meth:`resume`.

        Raises:
            NothingToPlayError: nothing is playing.
        """
        with self._state_lock:
            if self._held is None:
                before, outgoing, at = self._leaving()
                self._held = Held(outgoing, at, tuple(self._planned_after(outgoing)))
                if at < outgoing.end:
                    end = min(outgoing.end, at + samples(self.settings.skip_fade_s))
                    outgoing = outgoing.hushed(end, end - at)
                self._timeline = self._timeline.ending_with(*before, outgoing)
            return self._held

    def resume(self) -> None:
        """Go on where :meth:`pause` has left; without one nothing happens."""
        with self._state_lock:
            if self._held is None:
                return
            held, self._held = self._held, None
            clips = self._timeline.clips
            start = ceil_quantum(max(self._frontier, self._timeline.end))
            source = held.clip.source
            into = held.clip.offset + held.at - source.cue_in
            again = self._within(source, start, into, Join("cut", "it was paused"), _RISE_AGAIN)
            self._timeline = Timeline((*clips, again))
            self._append(*held.later)

    def _leaving(self) -> tuple[tuple[Clip, ...], Clip, int]:
        """The clip that is on, and the first sample at which another one may cut in.

        Amid a transition, the one before it is hushed by then: it comes first, if so.
        """
        at = ceil_quantum(self._frontier)
        outgoing = self._timeline.at(at) or self._timeline.after(at)
        if outgoing is None:
            raise NothingToPlayError("nothing is playing")
        at = max(at, ceil_quantum(outgoing.start + 1))
        before = self._before(outgoing)[-1:]
        if not before or before[0].end <= at:
            return (), outgoing, at
        quiet = at + QUANTUM
        return tuple(one.hushed(min(one.end, quiet), QUANTUM) for one in before), outgoing, quiet

    def _cut_in(
        self, before: tuple[Clip, ...], pair: tuple[Clip, Clip], later: list[Source]
    ) -> TransitionPlan:
        """Put clips in place of what is planned, and what comes later after them."""
        self._timeline = self._timeline.ending_with(*before, *pair)
        self._append(*later)
        return describe(*pair)

    def _before(self, clip: Clip) -> tuple[Clip, ...]:
        """The clips that begin before ``clip``."""
        return tuple(earlier for earlier in self._timeline.clips if earlier.start < clip.start)

    def _following(self, clip: Clip) -> list[Source]:
        """The tracks planned after ``clip``, or else one that is asked for; never empty."""
        planned = self._planned_after(clip)
        if not planned:
            source = self._next_track()
            if source is None:
                raise NothingToPlayError("there is no other track to go to")
            planned.append(source)
        return planned

    def _planned_after(self, clip: Clip) -> list[Source]:
        return [later.source for later in self._timeline.clips if later.start > clip.start]

    def replace_next(self, source: Source) -> bool:
        """Play ``source`` next, in place of all that is planned; False when nothing plays to follow.

        A next track that has begun to sound is the current one already.
        """
        with self._state_lock:
            if self._held is not None:
                self._held = replace(self._held, later=(source,))
                return True
            current = self._timeline.at(self._frontier)
            if current is None:
                return False
            free = self._free(self._before(current))
            whole = current.playing_to(current.source.cue_out)
            if current.even_to >= free and whole.end > self._frontier:
                current = whole
            self._timeline = self._timeline.ending_with(
                *transition.choose(current, source, self.settings, free)
            )
            return True

    def drop(self, clip: Clip, at: int) -> None:
        """Go on without ``clip`` from sample ``at``: it is cut there and the next one is brought forward.

        Under a track that still fades out it is taken away whole: what it has added so far is past. A clip
        that is not on the timeline, or has ended by ``at``, is no matter.

        Raises:
            NothingToPlayError: there is nothing to put in its place.
        """
        with self._state_lock:
            clips = self._timeline.clips
            if clip not in clips or at >= clip.end:
                return
            place = clips.index(clip)
            kept = clips[:place]
            if at > clip.start and not (kept and kept[-1].end > at):
                kept = (*kept, _cut_off(clip, at))
            if self._held is not None:
                self._timeline = Timeline(kept)
                return
            if place + 1 < len(clips) and clips[place + 1].start <= at:
                self._timeline = Timeline(kept + clips[place + 1 :])
                return
            source, *later = self._following(clip)
            start = ceil_quantum(max(at, clip.start, kept[-2].end if len(kept) > 1 else 0))
            if kept:
                why = "the track before it cannot be played"
                arriving = transition.follow(kept[-1], source, start, self.settings, why)
            else:
                arriving = transition.first_clip(source, start, self.settings)
            self._timeline = Timeline((*kept, arriving))
            self._append(*later)

    def transition_into(self, clip: Clip) -> TransitionPlan | None:
        """How the timeline comes to ``clip``; None for the first one."""
        clips = self._timeline.clips
        place = clips.index(clip) if clip in clips else 0
        return describe(clips[place - 1], clip) if place else None

    def promise(self, end: int) -> Timeline:
        """Let plans change nothing before sample ``end`` any more; gives what is planned until there."""
        with self._state_lock:
            self._frontier = max(self._frontier, end)
            return self._timeline


def _cut_off(clip: Clip, at: int) -> Clip:
    """A clip that ends by ``at``, without a fade if it would have gone on."""
    if clip.end <= at:
        return clip
    rise = min(clip.fade_in, at - clip.start)
    return replace(clip, length=at - clip.start, fade_in=rise, fade_out=0, bass_out=0, cut=0, hush=0)
