"""A session: one mix, its place in time, its events.

A session that nobody listens to does nothing: its position is computed from a clock, its timeline is extended
by whoever produces packets, and some time after the last listener has left it stands still until one comes.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal

from drift.errors import NotReadyError
from drift.events import EventHub
from drift.library.features import Opening
from drift.models import SessionId, SessionRecord, TrackId
from drift.sessions.chooser import Chooser
from drift.sessions.herald import Herald
from drift.sessions.journey import Journey, Step
from drift.sessions.playhead import Playhead
from drift.sessions.program import Library, Part, Program
from drift.sessions.views import Json, choice_view, playing_view
from drift.telemetry import Metrics, logger
from mixer import MixSettings, TransitionPlan
from mixer.clock import QUANTUM, Clock
from mixer.codecs import BitRates, Codec
from mixer.frame_store import FrameStore
from mixer.pcm import SAMPLE_RATE
from mixer.render import ClipFault

log = logger(__name__)

_FAULTS_IN_A_ROW = 8

State = Literal["playing", "idle", "paused"]


def new_uid() -> str:
    """An id that no other session has had."""
    return secrets.token_hex(8)


class Session:
    """The master session, or a named one.

    Args:
        name: for people; the id is its name in URLs.
        uid: of this very session, whatever others have been called so before.
        created_at: when it was made.
        clock: what moves the position.
        workers: threads that render and encode.
        store: packets that were encoded once for all sessions; None: this one encodes all of its own.
        start_quanta: how much has been "played" when the first listener comes: its burst.
        idle_pause_s: how long after the last listener it pauses.

    Attributes:
        on_change: called when something has changed that should outlive the program.
        touched: by the clock, when somebody last did anything with it.
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
        name: str = "",
        uid: str = "",
        created_at: datetime | None = None,
    ) -> None:
        self.id = session_id
        self.kind = kind
        self.name = name or session_id
        self.uid = uid or new_uid()
        self.created_at = created_at or datetime.now(UTC)
        self.events = EventHub(replay)
        self._burst = start_quanta * QUANTUM
        self.program = Program(chooser, library, mix, rates, store=store, burst=self._burst)
        self.on_change: Callable[[], None] = lambda: None
        self.touched = clock.now()
        self.listeners = 0
        self._clock = clock
        self._playhead = Playhead(clock, self._burst, idle_pause_s)
        self._workers = workers
        self._metrics = metrics
        self._resting: asyncio.TimerHandle | None = None
        self._closed = False
        self._herald = Herald(session_id, self.program, self.events, metrics, self._changed)

    # Time

    @property
    def position(self) -> int:
        """The live edge: how far the session has played, in samples; a whole number of quanta."""
        return self._playhead.position

    @property
    def state(self) -> State:
        """Whether time passes; "paused": somebody has stopped the music, whether or not anybody listens."""
        if self.program.mixer.held is not None:
            return "paused"
        return "playing" if self._playhead.stops_in_s > 0 else "idle"

    def touch(self) -> None:
        """Somebody does something with it."""
        self.touched = self._clock.now()

    def attach(self) -> None:
        """A listener has come: time passes from now on."""
        self.touch()
        self.listeners += 1
        if self._playhead.start():
            log.info("session-woken", session=self.id)
            self._changed()
        self._stay_awake()

    def detach(self) -> None:
        """A listener has left; some time after the last one the session pauses."""
        self.touch()
        self.listeners -= 1
        if self.listeners == 0:
            self._herald.tell_listeners(0)
            self._playhead.desert()
            if not self._closed:
                self._rest_when_idle()

    def resume_from(self, sample: int) -> None:
        """Let the live edge be at ``sample`` now: the machine slept, or could not keep up at all."""
        lost_s = self._playhead.move_to(sample) / SAMPLE_RATE
        if lost_s:
            log.warning("time-lost", session=self.id, seconds=round(lost_s, 1))
            self._changed()

    def _rest_when_idle(self) -> None:
        """Once time stands still, close files and encoders. It is the clock that decides, not this timer."""
        wait_s = self._playhead.stops_in_s
        if wait_s > 0:
            self._resting = asyncio.get_running_loop().call_later(wait_s, self._rest_when_idle)
            return
        self._playhead.stop()
        self._resting = None
        self._workers.submit(self.program.mixer.rest)
        log.info("session-paused", session=self.id)
        self._changed()

    def _stay_awake(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None

    def close(self, reason: str = "shutdown") -> None:
        """Let go of everything: event clients are disconnected, files closed, by a worker and soon.

        This is not the end of the session: clients come back when Drift does, so no event tells of it.
        """
        self._closed = True
        self._stay_awake()
        self.events.close(reason)
        self._workers.submit(self.program.mixer.rest)

    def end(self, reason: str) -> None:
        """Close for good, and tell the event clients so."""
        self.events.publish("session-ended", {"reason": reason})
        self.close(reason)

    def _changed(self) -> None:
        """Something is different that should outlive the program."""
        self.on_change()

    @property
    def attended(self) -> bool:
        """Whether anybody listens or watches; nothing need be planned for a session that nobody attends."""
        return self.listeners > 0 or self.events.clients > 0

    # Audio

    async def packets(self, codec: Codec, quantum: int, count: int) -> list[list[bytes]]:
        """The packets of ``count`` quanta from ``quantum`` on, a list per quantum.

        A track that turns out to be unplayable is reported and left out; the mix goes on.

        Raises:
            NotReadyError: there is nothing (left) to play.
        """
        loop = asyncio.get_running_loop()
        mixer = self.program.mixer
        for _ in range(_FAULTS_IN_A_ROW):
            self.program.plan((quantum + count) * QUANTUM)
            made = mixer.copied(codec, quantum, count)
            try:
                if made is None:
                    made = await loop.run_in_executor(self._workers, mixer.packets, codec, quantum, count)
            except ClipFault as fault:
                self._metrics.faults.inc()
                log.warning(
                    "track-unplayable", session=self.id, track=fault.clip.source.key, reason=str(fault)
                )
                self.program.give_up(fault)
                continue
            self._metrics.live_packets.labels(codec.name).inc(made.live)
            self._metrics.copied_packets.labels(codec.name).inc(made.copied)
            return made.packets
        raise NotReadyError("several tracks in a row could not be played")

    # What is heard, and telling of it

    def title_at(self, sample: int) -> str:
        """What players show for a sample: "Artist - Title"."""
        found = self.program.at(sample)
        return found[1].track.tags.full_title if found else ""

    def announce(self) -> None:
        """Publish what has changed at the live edge since the last call; producers call this in time."""
        self._herald.tell_listeners(self.listeners)
        self._herald.tell(self.position)

    def library_changed(self) -> None:
        """Plan, so that pages show what will play before anybody listens; undo a repeat planned in need."""
        with suppress(NotReadyError):
            self.program.plan(self.position)
        self.program.undo_repeat(self.position)

    def on_now(self) -> tuple[Part | None, Part | None]:
        """What plays at the live edge, or waits during a pause, and what follows; planned if need be."""
        with suppress(NotReadyError):
            self.program.plan(self.position)
        return self.program.pair_at(self.position)

    def snapshot(self) -> Json:
        """The session as a client needs it to start with; position and positions within are in samples."""
        found, following = self.on_now()
        into, out = (self._herald.transition(pair) for pair in (found, following))
        held = self.program.mixer.held
        return {
            "sampleRate": SAMPLE_RATE,
            "position": self.position,
            "state": self.state,
            "pausedAt": held.at if held else None,
            "nowPlaying": playing_view(*found) if found else None,
            **(choice_view(following[1]) if following else {"next": None}),
            "held": self.direction,
            "transition": into,
            "nextTransition": out,
            "listeners": self.listeners,
        }

    @property
    def direction(self) -> str | None:
        """Where listeners push it; None: the autopilot steers."""
        return self.program.direction

    @property
    def journey(self) -> Journey:
        """What it has played."""
        return self.program.journey

    async def openings(self) -> tuple[Step, list[Opening]] | None:
        """Where one can go from the track that is on, as a push would; None where that is not known."""
        found = self.on_now()[0]
        if found is None:
            return None
        return found[1], await asyncio.to_thread(self.program.openings, *found)

    # Commands

    def skip(self) -> TransitionPlan:
        """Go to the next track now.

        Raises:
            NotReadyError: nothing is playing, or there is nothing else to play.
        """
        return self._cut(lambda: self.program.skip(self.position, heard=self.listeners > 0))

    def seek(self, to_s: float) -> TransitionPlan:
        """Go on elsewhere in the track that is on.

        Args:
            to_s: seconds after the beginning of the track's file.

        Raises:
            InvalidError: the track is not that long.
            NotReadyError: nothing is playing.
        """
        return self._cut(lambda: self.program.seek(self.position, to_s, heard=self.listeners > 0))

    def _cut(self, how: Callable[[], TransitionPlan]) -> TransitionPlan:
        """Cut in, and tell of it."""
        waited = self.state == "paused"
        plan = how()
        if waited:
            self._herald.tell_state(self.state)
        self._herald.tell_cut(plan)
        return plan

    def pause(self) -> None:
        """Stop the music for all listeners: they hear silence.

        Raises:
            NotReadyError: nothing is playing.
        """
        if self.state != "paused":
            self.program.pause(self.position)
            self._herald.tell_state(self.state)

    def resume(self) -> None:
        """Let the music go on where it was paused; else nothing happens."""
        if self.state == "paused":
            self.program.resume(self.position)
            self._herald.tell_state(self.state)

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
        following = self.program.steer(direction, self.position)
        self.announce()
        self._changed()
        return following

    def play(self, tracks: Sequence[TrackId], *, now: bool) -> Step | None:
        """Play these next, in this order, in place of what was asked for before.

        Args:
            tracks: ids of tracks in the library.
            now: skip to the first of them.

        Returns:
            What is planned next (it may be on its way already), None if nothing can be played.

        Raises:
            NotFoundError: one of them is not in the library; its details list all such.
            NotReadyError: nothing can be played.
        """
        first = not self.program.mixer.timeline.clips
        following = self.program.request(tracks, self.position)
        self.announce()
        if first:  # the mix begins with them: there is nothing to skip
            found = self.on_now()[0]
            following = found[1] if found else None
        elif now:
            self.skip()
        self._changed()
        return following

    def rename(self, name: str) -> None:
        """Give it another name for people; its id, and so its addresses, stay."""
        self.name = name
        self.events.publish("renamed", {"name": name})
        self._changed()

    def reset(self) -> Step | None:
        """Forget the journey, the direction and the requests, and go on with another track now.

        Returns:
            The track that begins, None if nothing can be played.
        """
        self.program.forget()
        self.events.publish("journey-reset", {})
        self.program.replan(self.position)
        following = self.program.coming(self.position)
        with suppress(NotReadyError):
            self.skip()
        self.announce()
        self._changed()
        return following

    # From one run of the program to the next

    def take_up(self, record: SessionRecord, steps: Sequence[Step], into: int) -> None:
        """Be as a record says, before anything has been planned; nobody is told.

        Args:
            record: of this session.
            steps: the latest of its journey, oldest first.
            into: how far its last track had gone at the live edge, in samples after its cue-in.
        """
        self.events.continue_after(record.last_event)
        self.program.return_to(steps, into - self._burst, record.steps)
        self.program.take_orders(record.direction, record.requests)
        self._herald.know_direction()
        if record.paused:
            with suppress(NotReadyError):
                self.program.pause(self.position)

    @property
    def place(self) -> tuple[TrackId, int] | None:
        """The track at the live edge and how far it has gone, in samples after its cue-in."""
        return self.program.place_at(self.position)
