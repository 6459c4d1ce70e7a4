"""What a scan tells of itself, while it runs and afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from drift.library.probe import VERSION
from drift.library.walk import FileStat
from drift.models import Problem
from drift.store import KnownFile


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """How far a scan is.

    Attributes:
        done: files dealt with, those that had not changed included.
        path: the one just dealt with.
        problems: how many files and folders could not be used until now.
    """

    done: int
    total: int
    path: Path
    problems: int


@dataclass(frozen=True, slots=True)
class ScanSummary:
    """What a scan has done.

    Attributes:
        found: audio files on disk.
        added: of them, playable ones not known before.
        updated: known ones that had changed, and are playable.
        unchanged: known ones that were not looked at again.
        removed: files forgotten because they are gone.
        problems: every file and folder that cannot be used, also those known from earlier scans.
    """

    found: int
    added: int
    updated: int
    unchanged: int
    removed: int
    problems: tuple[Problem, ...]
    seconds: float


@dataclass
class ScanRun:
    """The counts of one scan."""

    on_progress: Callable[[ScanProgress], None] | None
    started: float = field(default_factory=time.monotonic)
    problems: list[Problem] = field(default_factory=list)
    total: int = 0
    done: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    changed: bool = False

    def skip(self, file: FileStat, known: KnownFile | None) -> bool:
        """Whether `file` is as it was at the last scan, which is then noted."""
        if known is None or (known.mtime_ns, known.size, known.version) != (
            file.mtime_ns,
            file.size,
            VERSION,
        ):
            return False
        self.done += 1
        self.unchanged += 1
        if known.problem:
            self.problems.append(Problem(file.path, known.problem))
        return True

    def note(self, path: Path, problem: str, *, was_known: bool) -> None:
        """One file was looked at."""
        self.done += 1
        self.changed |= was_known
        if problem:
            self.problems.append(Problem(path, problem))
        elif was_known:
            self.updated += 1
        else:
            self.added += 1
        if self.on_progress is not None:
            self.on_progress(ScanProgress(self.done, self.total, path, len(self.problems)))

    def summary(self, found: int, removed: int) -> ScanSummary:
        """The end."""
        return ScanSummary(
            found=found,
            added=self.added,
            updated=self.updated,
            unchanged=self.unchanged,
            removed=removed,
            problems=tuple(self.problems),
            seconds=time.monotonic() - self.started,
        )
