"""What a session has played, and why."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
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
    """The steps played, oldest first. Bounded: of more than ``KEPT_STEPS`` the oldest is forgotten."""

    def __init__(self) -> None:
        self._steps: deque[Step] = deque(maxlen=KEPT_STEPS)

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
        if len(self._steps) > _EXPLAINED_STEPS:
            old = len(self._steps) - _EXPLAINED_STEPS - 1
            self._steps[old] = replace(self._steps[old], why=None)
