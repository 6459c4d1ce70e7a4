"""Make the demo library's files, for all servers of a test run: ``python -m tests.support.demo FOLDER``."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from drift.library.demo import missing, write


def make(folder: Path) -> None:
    """Use all cores."""
    folder.mkdir(parents=True)
    with ProcessPoolExecutor() as pool:
        for _ in pool.map(partial(write, directory=folder), missing(folder)):
            pass


if __name__ == "__main__":
    make(Path(sys.argv[1]))
