"""What is on disk now, against what was there before."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from drift.library.walk import FileStat, audio_files
from drift.models import Problem


@dataclass(frozen=True)
class Survey:
    """The outcome of a walk through all roots.

    Attributes:
        read: the roots that are there.
        problems: folders and files that are not, or that could not be read.
    """

    read: list[Path]
    found: list[FileStat]
    problems: list[Problem]

    def vanished(self, known: Iterable[Path]) -> tuple[list[Path], list[Problem]]:
        """Which of the `known` files are gone.

        A file counts as gone only if its folder was read. A root without any audio, where there was some
        before, is taken for a disk that is not mounted: its files are kept, and the root is a problem.

        Returns:
            The gone files, and the roots that are suspiciously empty.
        """
        present = {file.path for file in self.found}
        unread = set(below(known, [problem.path for problem in self.problems]))
        gone: list[Path] = []
        emptied: list[Problem] = []
        for root in self.read:
            before = set(below(known, [root])) - unread
            if before and not any(below(present, [root])):
                reason = f"holds no audio any more, but {len(before)} files before: is its disk mounted?"
                emptied.append(Problem(root, reason))
            else:
                gone.extend(before - present)
        kept = set(below(known, [problem.path for problem in emptied]))
        return sorted(set(gone) - kept), emptied


def survey_roots(roots: Sequence[Path]) -> Survey:
    """Walk through `roots` (absolute). A missing one is a problem as long as another is there.

    Raises:
        LibraryError: none of them exists.
    """
    read = [root for root in roots if os.path.exists(root)]  # noqa: PTH110 (Path.exists may raise)
    problems = [
        Problem(root, "the library folder does not exist or cannot be read")
        for root in roots
        if root not in read
    ]
    found = list(audio_files(read or roots, problems.append))
    return Survey(read, found, problems)


def below(paths: Iterable[Path], folders: Sequence[Path]) -> Iterator[Path]:
    """Those of `paths` that are in `folders`, at any depth, or are among them."""
    exact = {str(folder) for folder in folders}
    prefixes = tuple(os.path.join(folder, "") for folder in folders)  # noqa: PTH118 (Path drops the separator)
    return (path for path in paths if (name := str(path)).startswith(prefixes) or name in exact)
