"""One of the processes that make the demo library: ``python -m drift.library.demo DIRECTORY SHARE SHARES``.

Writes what is missing of every SHARES-th track of the plan, beginning with number SHARE, and prints the name
of each finished file.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from drift.library.demo.files import write
from drift.library.demo.plan import TRACKS
from drift.library.demo.shelf import missing


def main(arguments: list[str]) -> None:
    """Make this process' share."""
    directory, share, shares = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    if hasattr(os, "nice"):
        os.nice(5)
    wanted = missing(directory)
    for track in TRACKS[share::shares]:  # of the plan, not of what is missing: another process may be ahead
        if track not in wanted:
            continue
        path = write(track, directory)
        sys.stdout.buffer.write(os.fsencode(path) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
