"""What a session plays: the timeline, how each track came onto it, and what may still change.

It knows nothing of time, listeners or events: whoever owns it says how far things have gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from math import inf
from typing import Protocol, TypeVar

from drift.errors import InvalidError, NotFoundError, NotReadyError
from drift.library.features import DIRECTIONS, Opening
from drift.models import Track, TrackId
from drift.sessions.chooser import Chooser
from drift.sessions.journey import Journey, Step
from drift.sessions.sources import source_of
from drift.telemetry import logger
from mixer import Clip, DriftAudioMixer, Source, TransitionPlan
from mixer.clock import QUANTUM, samples
from mixer.codecs import BitRates
from mixer.errors import NothingToPlayError
from mixer.frame_store import FrameStore
from mixer.planner import Held
from mixer.render import ClipFault
from mixer.transition import MixSettings

log = logger(__name__)

_LOOKAHEAD = 25 * QUANTUM
"""Planning runs this far (3 s) ahead of what is produced."""

T = TypeVar("T")

Part = tuple[Clip, Step]
"""A clip on the timeline, and why it is there."""


class Library(Protocol):
    """What a session needs of the library."""

    def find(self, track_id: TrackId) -> Track | None:
        """A playable track, None if there is none of this id."""

    def report_unplayable(self, track_id: TrackId, reason: str) -> None:
        """Take a track out of the choice, because its file could not be played."""


class Program:
    """See the module. Positions and lengths are in samples.

    Args:
        chooser: says what comes next.
        library: is told of files that cannot be played.
        mix: how to mix.
        rates: bit rates of the codecs.
        store: packets that were encoded once for all sessions; None: this one encodes all of its own.
        burst: how far behind the live edge a listener begins.

    Attributes:
        journey: what has been on air.
        on_air: what was heard last, as far as :meth:`begin` was told.
    """

    def __init__(
        self,
        chooser: Chooser,
        library: Library,
        mix: MixSettings,
        rates: BitRates,
        *,
        store: FrameStore | None,
        burst: int,
    ) -> None:
        self.mixer = DriftAudioMixer(self._next_source, mix, rates, store)
        self.journey = Journey()
        self.on_air: Clip | None = None
        self._burst = burst
        self._chooser = chooser
        self._library = library
        self._cast: list[tuple[Source, Step]] = []

    # Planning

    def plan(self, until: int) -> None:
        """See to it that what plays until some seconds after ``until`` is known.

        Raises:
            NotReadyError: nothing can be played.
        """
        try:
            added = self.mixer.plan(until + _LOOKAHEAD)
        except NothingToPlayError as error:
            raise NotReadyError("nothing can be played: the library is empty") from error
        if added:
            self._forget_unused()

    def _next_source(self) -> Source | None:
        return self._choose(self._latest())

    def _choose(self, latest: list[Step]) -> Source | None:
        """What follows ``latest``, with its part in the cast."""
        step = self._chooser.next(latest)
        if step is None:
            return None
        source = source_of(step.track, latest[-1].track if latest else None)
        self._cast.append((source, step))
        return source

    def _latest(self, until: float = inf) -> list[Step]:
        """The latest steps: played, on air, and planned to begin before sample ``until``."""
        on_air = self.on_air.start if self.on_air else -1
        planned = [
            step
            for clip in self.mixer.timeline.clips
            if on_air < clip.start < until and (step := self._step_of(clip)) is not None
        ]
        return (self.journey.latest(self._chooser.memory) + planned)[-self._chooser.memory :]

    def _step_of(self, clip: Clip) -> Step | None:
        """Why a clip is on the timeline; None once it has long passed."""
        return next((step for source, step in self._cast if source is clip.source), None)

    def _forget_unused(self) -> None:
        held = self.mixer.held
        used = {id(clip.source) for clip in self.mixer.timeline.clips}
        if held is not None:
            used |= {id(held.clip.source), *map(id, held.later)}
        self._cast = [(source, step) for source, step in self._cast if id(source) in used]

    def replan(self, position: int) -> None:
        """Choose the next track anew, unless it has begun."""
        free, held = self.free_from(position), self.mixer.held
        current = held.clip if held is not None else self.mixer.timeline.at(free)
        if current is None:
            return
        source = self._choose(self._latest(current.start + 1))
        if source is not None:
            self.mixer.replace_next(source)
        self._forget_unused()
        with suppress(NotReadyError):
            self.plan(position)

    def undo_repeat(self, position: int) -> None:
        """Choose anew where a track was to follow itself because there was no other one."""
        found, following = self.pair_at(self.free_from(position))
        if found and following and found[1].track.id == following[1].track.id:
            self.replan(position)

    def give_up(self, fault: ClipFault) -> None:
        """Go on without a clip that cannot be played.

        Raises:
            NotReadyError: there is nothing else.
        """
        key = TrackId(fault.clip.source.key)
        self._library.report_unplayable(key, str(fault))
        try:
            self.mixer.drop(fault.clip, fault.at)
        except NothingToPlayError as error:
            raise NotReadyError("nothing can be played any more") from error

    # What is on

    def at(self, sample: int) -> Part | None:
        """What plays at a sample."""
        return self._with_step(self.mixer.timeline.at(sample))

    def after(self, clip: Clip) -> Part | None:
        """What is planned after a clip."""
        return self._with_step(self.mixer.timeline.after(clip.start))

    def pair_at(self, sample: int) -> tuple[Part | None, Part | None]:
        """What plays at a sample, and what is planned after it; during a pause, what waits."""
        held = self.mixer.held
        if held is not None:
            return self._with_step(held.clip), self._planned_after(held)
        found = self.at(sample)
        return found, self.after(found[0]) if found else None

    def _planned_after(self, held: Held) -> Part | None:
        """What will follow the track that waits; as if it began when that ends, for want of a real place."""
        if not held.later:
            return None
        source = held.later[0]
        begin = held.clip.end // QUANTUM * QUANTUM
        return self._with_step(Clip(source, begin, source.playable, source.cue_in))

    def _with_step(self, clip: Clip | None) -> Part | None:
        step = self._step_of(clip) if clip is not None else None
        return (clip, step) if clip is not None and step is not None else None

    def begin(self, clip: Clip, step: Step) -> bool:
        """A clip is on air; whether its track is another one than before."""
        before, self.on_air = self.on_air, clip
        if before is not None and before.source is clip.source:
            return False
        self.journey.append(step)
        return True

    def free_from(self, position: int) -> int:
        """The first sample that commands can change: it is neither promised to a producer, nor past for all.

        Who comes now hears the burst first; what is before that nobody will hear any more.
        """
        self.mixer.promise(position - self._burst)
        return self.mixer.frontier

    def place_at(self, position: int) -> tuple[TrackId, int] | None:
        """The track that is on (or waits) and how far it has gone, in samples after its cue-in."""
        held = self.mixer.held
        found = self._with_step(held.clip) if held is not None else self.at(position)
        if found is None:
            return None
        clip, step = found
        at = held.at if held is not None else position
        return step.track.id, max(0, clip.offset + at - clip.source.cue_in)

    def return_to(self, steps: Sequence[Step], into: int, count: int) -> None:
        """Take up a journey where it was left: its last track goes on ``into`` samples after its cue-in.

        Args:
            steps: the latest of it, oldest first; if the last one cannot be played, another follows.
            into: how far the last one has gone.
            count: how many it has had in all.
        """
        self.journey.load(steps, count)
        track = self._library.find(steps[-1].track.id) if steps else None
        if track is None:
            return
        source = source_of(track, None)
        self._cast.append((source, steps[-1]))
        self.mixer.begin(source, into)
        self.on_air = self.mixer.timeline.clips[0]

    # Commands

    def skip(self, position: int, *, heard: bool) -> TransitionPlan:
        """Go to the next track now.

        Args:
            position: the live edge.
            heard: whether anybody listens; if not, the next track begins where the next listener will.

        Raises:
            NotReadyError: nothing is playing, or there is nothing else to play.
        """
        return self._cut(position, lambda: self.mixer.skip(heard=heard))

    def seek(self, position: int, to_s: float, *, heard: bool) -> TransitionPlan:
        """Go on elsewhere in the track that is on.

        Args:
            position: the live edge.
            to_s: seconds after the beginning of the track's file.
            heard: as in :meth:`skip`.

        Raises:
            InvalidError: the track is not that long.
            NotReadyError: nothing is playing.
        """
        self.plan(position)
        found = self.pair_at(self.free_from(position))[0]
        if found is None:
            raise NotReadyError("nothing is playing")
        source, audio = found[0].source, found[1].track.audio
        if to_s > audio.duration_s:
            raise InvalidError(f"The track on air has {audio.duration_s:.1f} s.", durationS=audio.duration_s)
        into = samples(to_s) - source.cue_in
        return self._cut(position, lambda: self.mixer.seek(into, heard=heard))

    def _cut(self, position: int, how: Callable[[], TransitionPlan]) -> TransitionPlan:
        """Cut in; what was paused goes on."""
        self.mixer.resume()
        return self._planned(position, how)

    def _planned(self, position: int, how: Callable[[], T]) -> T:
        """Do something to the mix when what it plays is known."""
        self.plan(max(position, self.free_from(position)))
        try:
            return how()
        except NothingToPlayError as error:
            raise NotReadyError(str(error)) from error

    def pause(self, position: int) -> Held:
        """Fade out and wait.

        Raises:
            NotReadyError: nothing is playing.
        """
        return self._planned(position, self.mixer.pause)

    def resume(self, position: int) -> None:
        """Go on after a pause; without one nothing happens."""
        self.mixer.resume()
        with suppress(NotReadyError):
            self.plan(position)

    def steer(self, direction: str | None, position: int) -> Step | None:
        """Drift in a direction from the next track on; requests are forgotten. See ``Session.steer``."""
        if direction is not None and direction not in DIRECTIONS:
            raise InvalidError(f"There is no direction '{direction}'.", directions=list(DIRECTIONS))
        self._chooser.direction = direction
        return self._ask_for([], position)

    def request(self, tracks: Sequence[TrackId], position: int) -> Step | None:
        """Play these next, in their order. See ``Session.play``."""
        unknown = [one for one in tracks if self._library.find(one) is None]
        if unknown:
            raise NotFoundError(f"There is no track '{unknown[0]}' in the library.", unknown=unknown)
        return self._ask_for(tracks, position)

    def _ask_for(self, tracks: Sequence[TrackId], position: int) -> Step | None:
        """Have the next track chosen anew; what that is."""
        if self.mixer.timeline.clips or self.mixer.held:
            with suppress(NotReadyError):
                self.plan(position)  # before, or it would use up one of these
            self._chooser.request(tracks)
            self.replan(position)
        else:
            self._chooser.request(tracks)
            with suppress(NotReadyError):
                self.plan(position)
        return self.coming(position)

    def coming(self, position: int) -> Step | None:
        """What follows the first track that commands can still end; None: nothing can be played."""
        following = self.pair_at(self.free_from(position))[1]
        return following[1] if following else None

    def take_orders(self, direction: str | None, requests: Sequence[TrackId]) -> None:
        """Follow a direction and requests of an earlier run; what is unknown by now is left out."""
        self._chooser.direction = direction if direction in DIRECTIONS else None
        self._chooser.request([one for one in requests if self._library.find(one) is not None])

    def forget(self) -> None:
        """Begin a new journey with the next track: nothing was asked for, nothing was played."""
        self._chooser.direction = None
        self._chooser.request([])
        self.journey.clear()

    @property
    def direction(self) -> str | None:
        """Where listeners push it; None: the autopilot steers."""
        return self._chooser.direction

    @property
    def requests(self) -> list[TrackId]:
        """What was asked for by name and has not been on air yet."""
        held = self.mixer.held
        on_air = self.on_air.start if self.on_air else -1
        later = [clip.source for clip in self.mixer.timeline.clips if clip.start > on_air]
        planned = {id(source) for source in (*later, *(held.later if held else ()))}
        cast = [step for source, step in self._cast if id(source) in planned]
        return [*(step.track.id for step in cast if step.by == "request"), *self._chooser.requests]

    def openings(self, clip: Clip, step: Step) -> list[Opening]:
        """Where a push could lead from what is on. Any thread."""
        return self._chooser.explore(step.track.id, self._latest(clip.start + 1))
