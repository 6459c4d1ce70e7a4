"""How long the rest of a scan will take."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

_FORGET = 0.98
"""Per file: what was learned counts half after 34 more of its kind, so that a busier machine is noticed."""

_MIN_FILES = 3


@dataclass
class _Kind:
    waiting_bytes: float = 0.0
    spent_s: float = 0.0
    seen_bytes: float = 0.0


class Pace:
    """Learns how many seconds a worker takes per byte, for each kind of file.

    Bytes and not files, because a mix is as long as twenty songs; per kind, because a byte of FLAC is heard
    five times faster than one of MP3.

    Args:
        workers: how many work side by side.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._kinds: defaultdict[str, _Kind] = defaultdict(_Kind)
        self._files = 0

    def plan(self, kind: str, size: int) -> None:
        """A file of `size` bytes will have to be dealt with."""
        self._kinds[kind].waiting_bytes += size

    def done(self, kind: str, size: int, spent_s: float) -> None:
        """It was dealt with, in `spent_s` of one worker's time."""
        found = self._kinds[kind]
        found.waiting_bytes -= size
        found.spent_s = found.spent_s * _FORGET + spent_s
        found.seen_bytes = found.seen_bytes * _FORGET + size
        self._files += 1

    @property
    def remaining_s(self) -> float | None:
        """Seconds until all that was planned is done; None: too little is known yet."""
        seen = sum(kind.seen_bytes for kind in self._kinds.values())
        if self._files < _MIN_FILES or seen <= 0:
            return None
        usual = sum(kind.spent_s for kind in self._kinds.values()) / seen
        rest = sum(
            kind.waiting_bytes * (kind.spent_s / kind.seen_bytes if kind.seen_bytes > 0 else usual)
            for kind in self._kinds.values()
        )
        return max(0.0, rest / self._workers)
