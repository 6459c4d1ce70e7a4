"""One of the processes that make the demo library: ``python -m drift.library.demo DIRECTORY SHARE SHARES``.

Writes every SHARES-th of the missing tracks, beginning with number SHARE, and prints the name of each
finished file.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from drift.library.demo.files import missing, write


def main(arguments: list[str]) -> None:
    """Make this process' share."""
    directory, share, shares = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    if hasattr(os, "nice"):
        os.nice(5)
    for track in missing(directory)[share::shares]:
        path = write(track, directory)
        sys.stdout.buffer.write(os.fsencode(path) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
