"""A session: one mix, its place in time, its events.

A session that nobody listens to does nothing: its position is computed from a clock, its timeline is extended
by whoever produces packets, and some time after the last listener has left it stands still until one comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import suppress
from math import inf
from typing import Literal, Protocol

from drift.errors import InvalidError, NotReadyError
from drift.events import EventHub
from drift.library.features import DIRECTIONS, Opening
from drift.models import SessionId, TrackId
from drift.sessions.chooser import Chooser
from drift.sessions.journey import Journey, Step
from drift.sessions.playhead import Playhead
from drift.sessions.sources import source_of
from drift.sessions.views import Json, choice_view, playing_view, transition_view
from drift.telemetry import Metrics, logger
from mixer import Clip, DriftAudioMixer, MixSettings, Source, TransitionPlan
from mixer.clock import QUANTUM, Clock
from mixer.codecs import BitRates, Codec
from mixer.errors import NothingToPlayError
from mixer.frame_store import FrameStore
from mixer.pcm import SAMPLE_RATE
from mixer.render import ClipFault

log = logger(__name__)

_LOOKAHEAD_QUANTA = 25
"""Planning runs this far (3 s) ahead of what is produced."""

_FAULTS_IN_A_ROW = 8


class Library(Protocol):
    """What a session needs of the library."""

    def report_unplayable(self, track_id: TrackId, reason: str) -> None:
        """Take a track out of the choice, because its file could not be played."""


class Session:
    """The master session, or a named one.

    Args:
        clock: what moves the position.
        workers: threads that render and encode.
        store: packets that were encoded once for all sessions; None: this one encodes all of its own.
        start_quanta: how much has been "played" when the first listener comes: its burst.
        idle_pause_s: how long after the last listener it pauses.
    """

    def __init__(
        self,
        session_id: SessionId,
        *,
        chooser: Chooser,
        library: Library,
        clock: Clock,
        workers: Executor,
        metrics: Metrics,
        mix: MixSettings,
        rates: BitRates,
        store: FrameStore | None,
        start_quanta: int,
        idle_pause_s: float,
        replay: int,
        kind: Literal["master", "named"] = "named",
    ) -> None:
        self.id = session_id
        self.kind = kind
        self.events = EventHub(replay)
        self.mixer = DriftAudioMixer(self._next_source, mix, rates, store)
        self._chooser = chooser
        self._library = library
        self._playhead = Playhead(clock, start_quanta * QUANTUM, idle_pause_s)
        self._workers = workers
        self._metrics = metrics
        self._resting: asyncio.TimerHandle | None = None
        self._closed = False
        self.journey = Journey()
        self._cast: list[tuple[Source, Step]] = []
        self._on_air: Clip | None = None
        self._announced_next: Clip | None = None
        self._announced_listeners = 0
        self._announced_direction: str | None = None
        self.listeners = 0

    # Time

    @property
    def position(self) -> int:
        """The live edge: how far the session has played, in samples; a whole number of quanta."""
        return self._playhead.position

    @property
    def state(self) -> Literal["playing", "idle"]:
        """Whether time passes."""
        return "playing" if self._playhead.stops_in_s > 0 else "idle"

    def attach(self) -> None:
        """A listener has come: time passes from now on."""
        self.listeners += 1
        if self._playhead.start():
            log.info("session-woken", session=self.id)
        self._stay_awake()

    def detach(self) -> None:
        """A listener has left; some time after the last one the session pauses."""
        self.listeners -= 1
        if self.listeners == 0:
            self._announce_listeners()
            self._playhead.desert()
            if not self._closed:
                self._rest_when_idle()

    def resume_from(self, sample: int) -> None:
        """Let the live edge be at ``sample`` now: the machine slept, or could not keep up at all."""
        lost_s = self._playhead.move_to(sample) / SAMPLE_RATE
        if lost_s:
            log.warning("time-lost", session=self.id, seconds=round(lost_s, 1))

    def _rest_when_idle(self) -> None:
        """Once time stands still, close files and encoders. It is the clock that decides, not this timer."""
        wait_s = self._playhead.stops_in_s
        if wait_s > 0:
            self._resting = asyncio.get_running_loop().call_later(wait_s, self._rest_when_idle)
            return
        self._playhead.stop()
        self._resting = None
        self._workers.submit(self.mixer.rest)
        log.info("session-paused", session=self.id)

    def _stay_awake(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None

    def close(self) -> None:
        """Let go of everything: event clients are disconnected, files closed, by a worker and soon.

        This is not the end of the session: clients come back when Drift does, so no event tells of it.
        """
        self._closed = True
        self._stay_awake()
        self.events.close("shutdown")
        self._workers.submit(self.mixer.rest)

    # Audio

    async def packets(self, codec: Codec, quantum: int, count: int) -> list[list[bytes]]:
        """The packets of ``count`` quanta from ``quantum`` on, a list per quantum.

        A track that turns out to be unplayable is reported and left out; the mix goes on.

        Raises:
            NotReadyError: there is nothing (left) to play.
        """
        loop = asyncio.get_running_loop()
        for _ in range(_FAULTS_IN_A_ROW):
            self._plan((quantum + count + _LOOKAHEAD_QUANTA) * QUANTUM)
            made = self.mixer.copied(codec, quantum, count)
            try:
                if made is None:
                    made = await loop.run_in_executor(
                        self._workers, self.mixer.packets, codec, quantum, count
                    )
            except ClipFault as fault:
                self._give_up(fault)
                continue
            self._metrics.live_packets.labels(codec.name).inc(made.live)
            self._metrics.copied_packets.labels(codec.name).inc(made.copied)
            return made.packets
        raise NotReadyError("several tracks in a row could not be played")

    def _plan(self, until: int) -> None:
        try:
            added = self.mixer.plan(until)
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
        on_air = self._on_air.start if self._on_air else -1
        planned = [
            step
            for clip in self.mixer.timeline.clips
            if on_air < clip.start < until and (step := self.step_of(clip)) is not None
        ]
        return (self.journey.latest(self._chooser.memory) + planned)[-self._chooser.memory :]

    def step_of(self, clip: Clip) -> Step | None:
        """Why a clip is on the timeline; None once it has long passed."""
        return next((step for source, step in self._cast if source is clip.source), None)

    def _forget_unused(self) -> None:
        used = {id(clip.source) for clip in self.mixer.timeline.clips}
        self._cast = [(source, step) for source, step in self._cast if id(source) in used]

    def _give_up(self, fault: ClipFault) -> None:
        key = TrackId(fault.clip.source.key)
        self._metrics.faults.inc()
        log.warning("track-unplayable", session=self.id, track=key, reason=str(fault))
        self._library.report_unplayable(key, str(fault))
        try:
            self.mixer.drop(fault.clip, fault.at)
        except NothingToPlayError as error:
            raise NotReadyError("nothing can be played any more") from error

    # What is heard, and telling of it

    def clip_at(self, sample: int) -> tuple[Clip, Step] | None:
        """What plays at a sample."""
        return self._with_step(self.mixer.timeline.at(sample))

    def _with_step(self, clip: Clip | None) -> tuple[Clip, Step] | None:
        step = self.step_of(clip) if clip is not None else None
        return (clip, step) if clip is not None and step is not None else None

    def title_at(self, sample: int) -> str:
        """What players show for a sample: "Artist - Title"."""
        found = self.clip_at(sample)
        return found[1].track.tags.full_title if found else ""

    def next_after(self, clip: Clip) -> tuple[Clip, Step] | None:
        """What is planned after a clip."""
        return self._with_step(self.mixer.timeline.after(clip.start))

    def _pair_at(self, sample: int) -> tuple[tuple[Clip, Step] | None, tuple[Clip, Step] | None]:
        """What plays at a sample, and what is planned after it."""
        found = self.clip_at(sample)
        return found, self.next_after(found[0]) if found else None

    @property
    def _free_from(self) -> int:
        """The first sample that commands can change: neither played nor promised to a producer."""
        return max(self.position, self.mixer.frontier)

    def announce(self) -> None:
        """Publish what has changed at the live edge since the last call; producers call this in time."""
        self._announce_listeners()
        self._announce_direction()
        found = self.clip_at(self.position)
        if found is None:
            return
        clip, step = found
        before = self._on_air
        if before is None or (before.start, before.source.key) != (clip.start, clip.source.key):
            self._begin(clip, step)
        following = self.next_after(clip)
        if following is not None and following[0] != self._announced_next:
            self._announced_next = following[0]
            planned = choice_view(following[1])
            planned |= {"atSample": following[0].start, "transition": self._transition(following)}
            self.events.publish("next-planned", planned)

    def _begin(self, clip: Clip, step: Step) -> None:
        """A clip is on air."""
        self._on_air = clip
        self.journey.append(step)
        self._metrics.tracks_started.inc()
        plan = self.mixer.transition_into(clip)
        if plan is not None:
            self.events.publish("transition", transition_view(plan))
        self.events.publish("track-started", {"playing": playing_view(clip, step)})
        tags = step.track.tags
        log.info(
            "track-started", session=self.id, title=tags.title, artist=tags.artist, direction=step.direction
        )

    def _announce_direction(self) -> None:
        direction = self._chooser.direction
        if direction != self._announced_direction:
            self._announced_direction = direction
            self.events.publish("direction-changed", {"held": direction})

    def _announce_listeners(self) -> None:
        if self.listeners != self._announced_listeners:
            self._announced_listeners = self.listeners
            self.events.publish("listeners", {"count": self.listeners})

    @property
    def attended(self) -> bool:
        """Whether anybody listens or watches; nothing need be planned for a session that nobody attends."""
        return self.listeners > 0 or self.events.clients > 0

    def snapshot(self) -> Json:
        """The session as a client needs it to start with; position and positions within are in samples."""
        with suppress(NotReadyError):
            self._plan(self.position)
        found, following = self._pair_at(self.position)
        into, out = (self._transition(pair) for pair in (found, following))
        return {
            "session": {"id": self.id, "type": self.kind, "name": self.id},
            "sampleRate": SAMPLE_RATE,
            "position": self.position,
            "state": self.state,
            "nowPlaying": playing_view(*found) if found else None,
            **(choice_view(following[1]) if following else {"next": None}),
            "held": self._chooser.direction,
            "transition": into,
            "nextTransition": out,
            "listeners": self.listeners,
        }

    def _transition(self, found: tuple[Clip, Step] | None) -> Json | None:
        """How the mix comes to a clip; None for the first one."""
        plan = self.mixer.transition_into(found[0]) if found else None
        return transition_view(plan) if plan else None

    def library_changed(self) -> None:
        """Plan, so that pages show what will play before anybody listens; undo a repeat planned in need."""
        with suppress(NotReadyError):
            self._plan(self.position)
        found, following = self._pair_at(self._free_from)
        if found and following and found[1].track.id == following[1].track.id:
            self._replan()

    def _replan(self) -> None:
        """Choose the next track anew, unless it has begun."""
        current = self.mixer.timeline.at(self._free_from)
        if current is None:
            return
        source = self._choose(self._latest(current.start + 1))
        if source is not None:
            self.mixer.replace_next(source)
        self._forget_unused()
        with suppress(NotReadyError):
            self._plan(self.position)

    # Commands

    def skip(self) -> TransitionPlan:
        """Go to the next track now.

        Raises:
            NotReadyError: nothing is playing, or there is nothing else to play.
        """
        self._plan(self._free_from + _LOOKAHEAD_QUANTA * QUANTUM)
        try:
            plan = self.mixer.skip()
        except NothingToPlayError as error:
            raise NotReadyError(str(error)) from error
        self._metrics.commands.labels("next-track").inc()
        log.info("skipped", session=self.id)
        return plan

    def steer(self, direction: str | None) -> Step | None:
        """Drift in a direction from the next track on, until another is given or it leads nowhere.

        What was asked for by name is forgotten: the latest command counts.

        Args:
            direction: one of ``features.DIRECTIONS``; None: the autopilot steers.

        Returns:
            What is planned next, None if nothing can be played.

        Raises:
            InvalidError: there is no such direction.
        """
        if direction is not None and direction not in DIRECTIONS:
            raise InvalidError(f"There is no direction '{direction}'.", directions=list(DIRECTIONS))
        self._chooser.direction = direction
        self._chooser.request([])
        return self._follow_command("direction")

    def play(self, tracks: Sequence[TrackId], *, now: bool) -> Step | None:
        """Play these next, in this order, in place of what was asked for before.

        Args:
            tracks: ids; those that are not in the library are left out.
            now: skip to the first of them.

        Returns:
            What is planned next (it may be on its way already), None if nothing can be played.

        Raises:
            NotReadyError: nothing can be played.
        """
        self._chooser.request(tracks)
        following = self._follow_command("play")
        if now:
            self.skip()
        return following

    def _follow_command(self, command: str) -> Step | None:
        """Choose anew after a command, tell of it, and give what comes next."""
        with suppress(NotReadyError):
            self._plan(self.position)
        self._replan()
        self.announce()
        self._metrics.commands.labels(command).inc()
        following = self._pair_at(self._free_from)[1]
        log.info("steered", session=self.id, command=command, direction=self._chooser.direction)
        return following[1] if following else None

    @property
    def direction(self) -> str | None:
        """Where listeners push it; None: the autopilot steers."""
        return self._chooser.direction

    async def openings(self) -> tuple[Step, list[Opening]] | None:
        """Where one can go from the track that is on, as a push would; None where that is not known."""
        found = self.clip_at(self.position)
        if found is None:
            return None
        clip, step = found
        latest = self._latest(clip.start + 1)
        return step, await asyncio.to_thread(self._chooser.explore, step.track.id, latest)
