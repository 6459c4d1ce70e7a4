"""How often somebody may do something: a token bucket per client."""

from __future__ import annotations

from collections.abc import Callable

_TIDY_AT = 4096
"""So many clients are remembered before those are forgotten that may do all again."""


class Throttle:
    """Allows ``burst`` at once, and ``per_s`` on average.

    Args:
        now: seconds of a clock that never goes back.
    """

    def __init__(self, per_s: float, burst: int, now: Callable[[], float]) -> None:
        self._per_s = per_s
        self._burst = burst
        self._now = now
        self._full_at: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def wait_s(self, client: str) -> float:
        """0: go on, and it is counted; else so many seconds are to be waited first."""
        now = self._now()
        if len(self._full_at) >= _TIDY_AT:
            self._full_at = {one: at for one, at in self._full_at.items() if at > now}
        full_at = max(now, self._full_at.get(client, 0.0)) + 1 / self._per_s
        over_s = full_at - now - self._burst / self._per_s
        if over_s > 1e-9:
            return over_s
        self._full_at[client] = full_at
        return 0.0

    def give_back(self, client: str) -> None:
        """What was counted last shall not count."""
        full_at = self._full_at.get(client)
        if full_at is not None:
            self._full_at[client] = full_at - 1 / self._per_s
