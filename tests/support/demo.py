"""The demo library in a data directory, for the tests' servers: ``python -m tests.support.demo FOLDER``."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

from drift.library.demo import missing, write
from tests.support.server import Server, drift


def make(data: Path) -> None:
    """Use all cores."""
    music = data / "demo"
    music.mkdir(parents=True)
    with ProcessPoolExecutor() as pool:
        for _ in pool.map(partial(write, directory=music), missing(music)):
            pass
    scanned = drift("scan", "--data-dir", str(data))
    assert scanned.returncode == 0, scanned.stderr


def demo_in(directory: Path, *, port: int = 0, development: bool = False) -> Server:
    """Start a server with nothing configured. If `make demo` has made its music, it knows that already."""
    _lay_out(directory / "data")
    return Server(directory, port=port, development=development)


def _lay_out(data: Path) -> None:
    made = os.environ.get("DEMO_OF_TESTS")
    if made is None:
        return
    shutil.copytree(made, data)
    with closing(sqlite3.connect(data / "drift.db")) as database, database:
        for (path,) in database.execute("SELECT path FROM files").fetchall():
            moved = os.fsencode(data / "demo" / Path(os.fsdecode(path)).name)
            database.execute("UPDATE files SET path = ? WHERE path = ?", (moved, path))


if __name__ == "__main__":
    make(Path(sys.argv[1]))
