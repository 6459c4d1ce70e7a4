"""Tells a session's event clients what has changed, once each time it has."""

from __future__ import annotations

from collections.abc import Callable

from drift.events import EventHub
from drift.models import SessionId
from drift.sessions.journey import Step
from drift.sessions.program import Part, Program
from drift.sessions.views import Json, choice_view, playing_view, transition_view
from drift.telemetry import Metrics, logger
from mixer import Clip, TransitionPlan

log = logger(__name__)


class Herald:
    """See the module. Positions are in samples.

    Args:
        events: where it is told.
        changed: called when something is told that should outlive the program.
    """

    def __init__(
        self,
        session_id: SessionId,
        program: Program,
        events: EventHub,
        metrics: Metrics,
        changed: Callable[[], None],
    ) -> None:
        self._session_id = session_id
        self._program = program
        self._events = events
        self._metrics = metrics
        self._changed = changed
        self._next: Clip | None = None
        self._listeners = 0
        self._direction: str | None = program.direction

    def tell(self, position: int) -> None:
        """Tell of what is on at the live edge, and what is planned after it."""
        self._tell_direction()
        found = self._program.at(position)
        if found is None:
            return
        clip, step = found
        before = self._program.on_air
        if before is None or (before.start, before.source.key) != (clip.start, clip.source.key):
            self._begin(clip, step)
        following = self._program.after(clip)
        if following is not None and following[0] != self._next:
            self._next = following[0]
            planned = choice_view(following[1])
            planned |= {"atSample": following[0].start, "transition": self.transition(following)}
            self._events.publish("next-planned", planned)

    def _begin(self, clip: Clip, step: Step) -> None:
        """A clip is on air."""
        if self._program.begin(clip, step):
            self._metrics.tracks_started.inc()
        plan = self._program.mixer.transition_into(clip)
        if plan is not None:
            self._events.publish("transition", transition_view(plan))
        self._events.publish("track-started", {"playing": playing_view(clip, step)})
        tags, where = step.track.tags, self._session_id
        log.info(
            "track-started", session=where, title=tags.title, artist=tags.artist, direction=step.direction
        )
        self._changed()

    def _tell_direction(self) -> None:
        direction = self._program.direction
        if direction != self._direction:
            self._direction = direction
            self._events.publish("direction-changed", {"held": direction})
            self._changed()

    def know_direction(self) -> None:
        """The direction is none of today's news: it was told in an earlier run."""
        self._direction = self._program.direction

    def tell_listeners(self, count: int) -> None:
        """Tell how many listen."""
        if count != self._listeners:
            self._listeners = count
            self._events.publish("listeners", {"count": count})

    def tell_cut(self, plan: TransitionPlan) -> None:
        """Tell at once from where on something else is heard: who has buffered more may drop that."""
        self._events.publish("skipped", {"atSample": plan.start, "transition": transition_view(plan)})
        self._changed()

    def tell_state(self, state: str) -> None:
        """Tell that the music was paused, or goes on."""
        held = self._program.mixer.held
        self._events.publish("state-changed", {"state": state, "pausedAt": held.at if held else None})
        self._changed()

    def transition(self, found: Part | None) -> Json | None:
        """How the mix comes to a clip; None for the first one."""
        plan = self._program.mixer.transition_into(found[0]) if found else None
        return transition_view(plan) if plan else None
