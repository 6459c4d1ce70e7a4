"""What a session has played, and why."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from drift.library.features import Why
from drift.models import Track

By = Literal["direction", "autopilot", "request", "chance"]
"""Who chose a track: a listener's direction, the autopilot's, a listener by name, or nobody: it is the first,
or nothing is known of the music yet."""

KEPT_STEPS = 10_000
_EXPLAINED_STEPS = 100
"""Reasons are kept for the latest steps only: they are larger than all the rest."""


@dataclass(frozen=True, slots=True)
class Step:
    """One track of a journey.

    Attributes:
        direction: where it was to lead, one of ``features.DIRECTIONS``; None: nowhere in particular.
        why: what the choice was made by; None: by name or by chance, or long ago.
    """

    track: Track
    by: By
    direction: str | None = None
    why: Why | None = None


class Journey:
    """The steps played, oldest first. Bounded: of more than ``KEPT_STEPS`` the oldest is forgotten.

    Attributes:
        renewals: how often it was begun anew.
    """

    def __init__(self) -> None:
        self._steps: deque[Step] = deque(maxlen=KEPT_STEPS)
        self._count = 0
        self.renewals = 0

    @property
    def count(self) -> int:
        """How many steps there have been, the forgotten ones included."""
        return self._count

    @property
    def steps(self) -> Sequence[Step]:
        """All of them; the last one is on air."""
        return self._steps

    def latest(self, count: int) -> list[Step]:
        """The last ``count``, oldest first."""
        have = len(self._steps)
        return [self._steps[i] for i in range(max(0, have - count), have)]

    def append(self, step: Step) -> None:
        """One more has begun."""
        self._steps.append(step)
        self._count += 1
        if len(self._steps) > _EXPLAINED_STEPS:
            old = len(self._steps) - _EXPLAINED_STEPS - 1
            self._steps[old] = replace(self._steps[old], why=None)

    def load(self, steps: Iterable[Step], count: int) -> None:
        """Take up a journey of ``count`` steps of which these are the latest, oldest first."""
        self._steps = deque(steps, maxlen=KEPT_STEPS)
        self._count = count

    def clear(self) -> None:
        """Begin anew."""
        self.load((), 0)
        self.renewals += 1

    def since(self, number: int) -> list[tuple[int, Step]]:
        """The steps from ``number`` on (the first ever is 0) that are not forgotten, with their numbers."""
        first = self._count - len(self._steps)
        begin = max(number, first)
        return [(n, self._steps[n - first]) for n in range(begin, self._count)]
