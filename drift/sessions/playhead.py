"""How far a session has played: computed from a clock, and standing still when nobody listens."""

from __future__ import annotations

from math import inf

from mixer.clock import QUANTUM, Clock, samples
from mixer.pcm import SAMPLE_RATE


class Playhead:
    """A position that moves with a clock while there are listeners, and for a while after the last one.

    Nothing ticks: what stands still does so because the computed time is bounded.

    Args:
        clock: what moves it.
        start: where it stands until the first listener comes, in samples; a whole number of quanta.
        pause_after_s: how long it goes on after the last listener.
    """

    def __init__(self, clock: Clock, start: int, pause_after_s: float) -> None:
        self._clock = clock
        self._pause_after_s = pause_after_s
        self._stands_at = start
        self._epoch: float | None = None
        self._deserted_at: float | None = None

    @property
    def position(self) -> int:
        """Samples played; a whole number of quanta."""
        if self._epoch is None:
            return self._stands_at
        now = self._clock.now()
        if self._deserted_at is not None:
            now = min(now, self._deserted_at + self._pause_after_s)
        return samples(now - self._epoch) // QUANTUM * QUANTUM

    @property
    def stops_in_s(self) -> float:
        """How long it will still move if no listener comes; infinite while there is one, 0 when it stands."""
        if self._epoch is None:
            return 0.0
        if self._deserted_at is None:
            return inf
        return max(0.0, self._deserted_at + self._pause_after_s - self._clock.now())

    def start(self) -> bool:
        """There is a listener: move. Returns whether it stood still before."""
        stood = self.stops_in_s <= 0
        if stood:
            self._epoch = self._clock.now() - self.position / SAMPLE_RATE
        self._deserted_at = None
        return stood

    def desert(self) -> None:
        """The last listener has left."""
        self._deserted_at = self._clock.now()

    def stop(self) -> None:
        """Stand still where it is."""
        self._stands_at = self.position
        self._epoch = self._deserted_at = None

    def move_to(self, sample: int) -> int:
        """Be at ``sample`` now, if it moves at all.

        Returns:
            How many samples that is back.
        """
        if self._epoch is None:
            return 0
        back = self.position - sample
        self._epoch = self._clock.now() - sample / SAMPLE_RATE
        return back
