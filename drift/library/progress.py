"""What a scan tells of itself, while it runs and afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from drift.library.pace import Pace
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
        remaining_s: an estimate of the time that the rest takes; None: there is none yet.
    """

    done: int
    total: int
    path: Path
    problems: int
    remaining_s: float | None = None


@dataclass(frozen=True, slots=True)
class ScanSummary:
    """What a scan has done.

    Attributes:
        found: audio files on disk.
        added: of them, playable ones not known before.
        updated: known ones that had changed, and are playable.
        unchanged: known ones that were not looked at again, or only to be analysed.
        analysed: of the unchanged ones, those whose missing or outdated descriptors were computed.
        removed: files forgotten because they are gone.
        problems: every file and folder that cannot be used, also those known from earlier scans.
    """

    found: int
    added: int
    updated: int
    unchanged: int
    analysed: int
    removed: int
    problems: tuple[Problem, ...]
    seconds: float


@dataclass
class ScanRun:
    """The counts of one scan."""

    on_progress: Callable[[ScanProgress], None] | None
    pace: Pace
    started: float = field(default_factory=time.monotonic)
    problems: list[Problem] = field(default_factory=list)
    total: int = 0
    done: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    analysed: int = 0
    changed: bool = False

    def note_unchanged(self, file: FileStat, known: KnownFile, *, done: bool) -> None:
        """One file is as it was at the last scan, and `done` with, or it still needs to be analysed."""
        self.done += done
        self.unchanged += 1
        if known.problem:
            self.problems.append(Problem(file.path, known.problem))

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
        self._tell(path)

    def note_second_look(self, path: Path, *, analysed: bool) -> None:
        """One unchanged file was analysed, or cannot be now."""
        self.done += 1
        self.analysed += analysed
        self._tell(path)

    def _tell(self, path: Path) -> None:
        if self.on_progress is not None:
            problems, remaining_s = len(self.problems), self.pace.remaining_s
            self.on_progress(ScanProgress(self.done, self.total, path, problems, remaining_s))

    def summary(self, found: int, removed: int) -> ScanSummary:
        """The end."""
        return ScanSummary(
            found=found,
            added=self.added,
            updated=self.updated,
            unchanged=self.unchanged,
            analysed=self.analysed,
            removed=removed,
            problems=tuple(self.problems),
            seconds=time.monotonic() - self.started,
        )
