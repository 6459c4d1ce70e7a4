"""A session: one mix, its place in time, its events.

A session that nobody listens to does nothing: its position is computed from a clock, its timeline is extended
by whoever produces packets, and some time after the last listener has left it stands still until one comes.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from contextlib import suppress
from math import inf
from typing import Literal, Protocol

from drift.errors import NotReadyError
from drift.events import EventHub
from drift.models import SessionId, Track, TrackId
from drift.sessions.chooser import Chooser
from drift.sessions.views import Json, playing_view, track_view, transition_view
from drift.telemetry import Metrics, logger
from mixer import Clip, DriftAudioMixer, MixSettings, Source, TransitionPlan
from mixer.clock import QUANTUM, Clock, samples
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
        self._clock = clock
        self._workers = workers
        self._metrics = metrics
        self._idle_pause_s = idle_pause_s
        self._epoch: float | None = None
        self._paused_at = start_quanta * QUANTUM
        self._deserted_at: float | None = None
        self._resting: asyncio.TimerHandle | None = None
        self._closed = False
        self._tracks: dict[str, Track] = {}
        self._on_air: Clip | None = None
        self._announced_next: Clip | None = None
        self._announced_listeners = 0
        self.listeners = 0

    # Time

    @property
    def position(self) -> int:
        """The live edge: how far the session has played, in samples; a whole number of quanta."""
        if self._epoch is None:
            return self._paused_at
        now = self._clock.now()
        if self._deserted_at is not None:
            now = min(now, self._deserted_at + self._idle_pause_s)
        return samples(now - self._epoch) // QUANTUM * QUANTUM

    @property
    def state(self) -> Literal["playing", "idle"]:
        """Whether time passes."""
        return "idle" if self._epoch is None or self._idle_in_s() <= 0 else "playing"

    def _idle_in_s(self) -> float:
        """How long time will still pass if no listener comes; for ever while there is one."""
        if self._deserted_at is None:
            return inf
        return self._deserted_at + self._idle_pause_s - self._clock.now()

    def attach(self) -> None:
        """A listener has come: time passes from now on."""
        self.listeners += 1
        if self.state == "idle":
            self._epoch = self._clock.now() - self.position / SAMPLE_RATE
            log.info("session-woken", session=self.id)
        self._deserted_at = None
        self._stay_awake()

    def detach(self) -> None:
        """A listener has left; some time after the last one the session pauses."""
        self.listeners -= 1
        if self.listeners == 0:
            self._announce_listeners()
            self._deserted_at = self._clock.now()
            if not self._closed:
                self._rest_when_idle()

    def resume_from(self, sample: int) -> None:
        """Let the live edge be at ``sample`` now: the machine slept, or could not keep up at all."""
        if self._epoch is not None:
            lost_s = (self.position - sample) / SAMPLE_RATE
            log.warning("time-lost", session=self.id, seconds=round(lost_s, 1))
            self._epoch = self._clock.now() - sample / SAMPLE_RATE

    def _rest_when_idle(self) -> None:
        """Once time stands still, close files and encoders. It is the clock that decides, not this timer."""
        wait_s = self._idle_in_s()
        if wait_s > 0:
            self._resting = asyncio.get_running_loop().call_later(wait_s, self._rest_when_idle)
            return
        self._paused_at = self.position
        self._epoch = self._deserted_at = self._resting = None
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
        track = self._chooser.next()
        if track is None:
            return None
        self._tracks[track.id] = track
        audio = track.audio
        return Source(
            track.id,
            track.path,
            audio.cue_in_samples,
            audio.cue_out_samples,
            audio.loudness_lufs,
            audio.true_peak_dbtp,
        )

    def _forget_unused(self) -> None:
        used = {clip.source.key for clip in self.mixer.timeline.clips}
        self._tracks = {key: track for key, track in self._tracks.items() if key in used}

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

    def clip_at(self, sample: int) -> tuple[Clip, Track] | None:
        """What plays at a sample."""
        clip = self.mixer.timeline.at(sample)
        return (clip, self._tracks[clip.source.key]) if clip and clip.source.key in self._tracks else None

    def title_at(self, sample: int) -> str:
        """What players show for a sample: "Artist - Title"."""
        found = self.clip_at(sample)
        if found is None:
            return ""
        tags = found[1].tags
        return f"{tags.artist} - {tags.title}" if tags.artist else tags.title

    def next_after(self, clip: Clip) -> tuple[Clip, Track] | None:
        """What is planned after a clip."""
        following = self.mixer.timeline.after(clip.start)
        if following is None or following.source.key not in self._tracks:
            return None
        return following, self._tracks[following.source.key]

    def announce(self) -> None:
        """Publish what has changed at the live edge since the last call; producers call this in time."""
        self._announce_listeners()
        found = self.clip_at(self.position)
        if found is None:
            return
        clip, track = found
        before = self._on_air
        if before is None or (before.start, before.source.key) != (clip.start, clip.source.key):
            self._on_air = clip
            self._metrics.tracks_started.inc()
            plan = self.mixer.transition_into(clip)
            if plan is not None:
                self.events.publish("transition", transition_view(plan))
            self.events.publish("track-started", {"playing": playing_view(clip, track)})
            log.info("track-started", session=self.id, title=track.tags.title, artist=track.tags.artist)
        following = self.next_after(clip)
        if following is not None and following[0] != self._announced_next:
            self._announced_next = following[0]
            self.events.publish(
                "next-planned", {"next": track_view(following[1]), "atSample": following[0].start}
            )

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
        found = self.clip_at(self.position)
        following = self.next_after(found[0]) if found else None
        return {
            "session": {"id": self.id, "type": self.kind, "name": self.id},
            "sampleRate": SAMPLE_RATE,
            "position": self.position,
            "state": self.state,
            "nowPlaying": playing_view(*found) if found else None,
            "next": track_view(following[1]) if following else None,
            "listeners": self.listeners,
        }

    def library_changed(self) -> None:
        """Plan, so that pages show what will play before anybody listens; undo a repeat planned in need."""
        with suppress(NotReadyError):
            self._plan(self.position)
        found = self.clip_at(max(self.position, self.mixer.frontier))
        following = self.next_after(found[0]) if found else None
        if found and following and found[1].id == following[1].id:
            source = self._next_source()
            if source is not None and source.key != found[1].id:
                self.mixer.replace_next(source)

    # Commands

    def skip(self) -> TransitionPlan:
        """Go to the next track now.

        Raises:
            NotReadyError: nothing is playing, or there is nothing else to play.
        """
        self._plan(max(self.position, self.mixer.frontier) + _LOOKAHEAD_QUANTA * QUANTUM)
        try:
            plan = self.mixer.skip()
        except NothingToPlayError as error:
            raise NotReadyError(str(error)) from error
        self._metrics.commands.labels("next-track").inc()
        log.info("skipped", session=self.id)
        return plan
