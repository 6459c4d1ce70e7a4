"""Where a mix drifts when nobody pushes it."""

from __future__ import annotations

import random

from drift.library.features import DIRECTIONS, FeatureIndex, Recent, richness
from drift.models import TrackId

SHORTEST_STEPS, LONGEST_STEPS = 2, 5


class Autopilot:
    """Keeps a direction for two to five steps, then turns towards what is rich from there, but never back.

    The same seed, index and history give the same course.

    Args:
        dice: decides how long to keep a direction, and among those that are rich.
    """

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._course: str | None = None
        self._steps_left = 0

    def direction(self, index: FeatureIndex, origin: TrackId, recent: Recent) -> str | None:
        """A direction for the next step from ``origin``; None: anywhere near."""
        rich = richness(index, origin, recent)
        if self._steps_left <= 0 or self._course not in rich:
            self._turn(rich)
        self._steps_left -= 1
        return self._course

    def _turn(self, rich: dict[str, float]) -> None:
        """Choose among all directions but the last one and its opposite, the richer the likelier."""
        last = self._course
        avoided = {last, DIRECTIONS[last].opposite} if last is not None else set()
        open_ones = sorted((name, worth) for name, worth in rich.items() if worth > 0 and name not in avoided)
        self._course = None
        if open_ones:
            names, worths = zip(*open_ones, strict=True)
            self._course = self._dice.choices(names, worths)[0]
        self._steps_left = self._dice.randint(SHORTEST_STEPS, LONGEST_STEPS)
