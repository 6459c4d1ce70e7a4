"""The demo library's directory: of which version it is, and what is missing in it."""

from __future__ import annotations

import os
from pathlib import Path

from drift.library.demo.plan import TRACKS, DemoTrack

# Raise it with every audible or visible change: directories of another version are made anew.
VERSION = 1

_MARKER = ".drift-demo"


def missing(directory: Path) -> list[DemoTrack]:
    """The tracks that have no file of this version yet, in the order in which they should be made.

    The first ones are of many styles, so that a radio can start on them.
    """
    if not _is_current(directory):
        return list(TRACKS)
    return [track for track in TRACKS if not (directory / track.file_name).exists()]


def _is_current(directory: Path) -> bool:
    marker = directory / _MARKER
    return marker.exists() and marker.read_text(encoding="utf-8").splitlines()[:1] == [str(VERSION)]


def adopt(directory: Path) -> None:
    """Mark a directory as holding this version.

    Remove exactly the files that another version's marker lists.
    """
    if _is_current(directory):
        return
    marker = directory / _MARKER
    if marker.exists():
        for name in marker.read_text(encoding="utf-8").splitlines()[1:]:
            (directory / Path(name).name).unlink(missing_ok=True)
    lines = [str(VERSION), *(track.file_name for track in TRACKS)]
    part = directory / f"{_MARKER}.{os.getpid()}.part"
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    part.replace(marker)
