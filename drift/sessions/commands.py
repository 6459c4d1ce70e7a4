"""What listeners may command, and the one way in which that happens.

authorise -> throttle -> seen before? -> apply -> events -> write down. A command is a value that says what is
wanted; applying it never waits, so the commands to a session happen one after another.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from drift import names
from drift.errors import DriftError, InvalidError, TooManyError
from drift.models import TrackId
from drift.sessions.registry import SessionRegistry
from drift.sessions.session import Session
from drift.sessions.views import Json, choice_view, track_view, transition_view
from drift.telemetry import Metrics, logger
from drift.throttle import Throttle

log = logger(__name__)

PER_S = 20.0
BURST = 40
"""Commands that one client may give, on average and at once: more than hands can, less than hurts others."""

_KEYS = 10_000
_LONGEST_KEY = 128


class Command(Protocol):
    """Something that is wanted of a session.

    Attributes:
        name: as in its address.
        cuts: whether it changes at once what is heard.
    """

    name: ClassVar[str]

    @property
    def cuts(self) -> bool:
        """See the class."""

    def apply(self, session: Session) -> Json:
        """Do it; what there is to say of it.

        Raises:
            DriftError: it cannot be done, and nothing has changed.
        """


@dataclass(frozen=True, slots=True)
class NextTrack:
    """Go to the next track now."""

    name: ClassVar[str] = "next-track"
    cuts: ClassVar[bool] = True

    def apply(self, session: Session) -> Json:
        """As :meth:`Command.apply`."""
        return {"transition": transition_view(session.skip())}


@dataclass(frozen=True, slots=True)
class Steer:
    """Drift in a direction; None: the autopilot steers again."""

    direction: str | None
    name: ClassVar[str] = "direction"
    cuts: ClassVar[bool] = False

    def apply(self, session: Session) -> Json:
        """As :meth:`Command.apply`."""
        following = session.steer(self.direction)
        return {"held": session.direction, **(choice_view(following) if following else {"next": None})}


@dataclass(frozen=True, slots=True)
class Play:
    """Play tracks in their order: now, or after the one that is on."""

    tracks: tuple[TrackId, ...]
    when: Literal["now", "next"] = "now"
    name: ClassVar[str] = "play"

    @property
    def cuts(self) -> bool:
        """As :attr:`Command.cuts`."""
        return self.when == "now"

    def apply(self, session: Session) -> Json:
        """As :meth:`Command.apply`."""
        following = session.play(self.tracks, now=self.cuts)
        return {"when": self.when, **(choice_view(following) if following else {"next": None})}


@dataclass(frozen=True, slots=True)
class Seek:
    """Go on elsewhere in the track, so many seconds after its beginning."""

    position_s: float
    name: ClassVar[str] = "seek"
    cuts: ClassVar[bool] = True

    def apply(self, session: Session) -> Json:
        """As :meth:`Command.apply`."""
        return {"transition": transition_view(session.seek(self.position_s))}


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop the music for everybody."""

    name: ClassVar[str] = "pause"
    cuts: ClassVar[bool] = True

    def apply(self, session: Session) -> Json:
        """As :meth:`Command.apply`."""
        session.pause()
        return {"state": session.state}


@dataclass(frozen=True, slots=True)
class Resume:
    """Let the music go on."""

    name: ClassVar[str] = "resume"
    cuts: ClassVar[bool] = True

    def apply(self, session: Session) -> Json:
        """As :meth:`Command.apply`."""
        session.resume()
        return {"state": session.state}


@dataclass(frozen=True, slots=True)
class Reset:
    """Forget the journey, and begin another one now."""

    name: ClassVar[str] = "reset"
    cuts: ClassVar[bool] = True

    def apply(self, session: Session) -> Json:
        """As :meth:`Command.apply`."""
        begun = session.reset()
        return {"next": track_view(begun.track) if begun else None}


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a session another name for people; its addresses stay."""

    text: str
    name: ClassVar[str] = "rename"
    cuts: ClassVar[bool] = False

    def apply(self, session: Session) -> Json:
        """As :meth:`Command.apply`."""
        session.rename(names.shown(self.text))
        return {"name": session.name}


class Dispatcher:
    """The way in which commands happen.

    Args:
        now: seconds of a clock that never goes back, for the throttle.
        on_cut: told of sessions in which something else is heard from now on.
    """

    def __init__(
        self,
        registry: SessionRegistry,
        metrics: Metrics,
        now: Callable[[], float],
        on_cut: Callable[[Session], None],
    ) -> None:
        self._registry = registry
        self._metrics = metrics
        self._throttle = Throttle(PER_S, BURST, now)
        self._on_cut = on_cut
        self._answers: OrderedDict[tuple[str, str], tuple[Command, Json]] = OrderedDict()

    async def dispatch(self, session_id: str, command: Command, *, client: str, key: str = "") -> Json:
        """Have a command happen.

        Args:
            session_id: whose.
            command: what is wanted.
            client: who gives it, for the throttle.
            key: the same one again means the same command again: it happens once, and the answer is the same.

        Returns:
            ``sessionId``, and what the command says.

        Raises:
            NotFoundError: there is no such session.
            FollowerError: it cannot be steered.
            TooManyError: the client is too fast.
            InvalidError: the key is too long, or was another command's.
            DriftError: as the command says.
        """
        with self._metrics.command_seconds.labels(command.name).time():
            try:
                answer = await self._dispatch(session_id, command, client, key)
            except DriftError as error:
                self._metrics.commands.labels(command.name, error.code).inc()
                raise
        self._metrics.commands.labels(command.name, "done").inc()
        return answer

    async def _dispatch(self, session_id: str, command: Command, client: str, key: str) -> Json:
        session = self._registry.steered(await self._registry.open(session_id))
        wait_s = self._throttle.wait_s(client)
        if wait_s > 0:
            raise TooManyError(f"Too many commands: {PER_S:g} a second are allowed.", wait_s)
        if len(key) > _LONGEST_KEY:
            raise InvalidError(f"An Idempotency-Key has at most {_LONGEST_KEY} characters.")
        known = self._answers.get((session.uid, key)) if key else None
        if known is not None:
            if known[0] != command:
                raise InvalidError("This Idempotency-Key was used for another command.")
            return known[1]
        answer = {"sessionId": session.id, **command.apply(session)}
        log.info("command", session=session.id, command=command.name)
        if command.cuts:
            self._on_cut(session)
        if key:
            self._answers[session.uid, key] = (command, answer)
            if len(self._answers) > _KEYS:
                self._answers.popitem(last=False)
        return answer
