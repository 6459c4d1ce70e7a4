"""A folder of files that are written once, at most so many bytes: what was used least lately goes first.

Made for a cache that is a help and never a need: whatever goes wrong with the folder is said once in the log,
and callers go on without it. A file appears under its name only when it has been written whole. Two
processes may share a folder, each then counts what it has seen itself.
"""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path

log = logging.getLogger(__name__)

_SUFFIX = ".frames"
_UNFINISHED = ".part"
_RETRY_S = 30.0
"""After a failed write the folder is left alone for so long."""


class DiskCache:
    """See the module. Thread-safe.

    Args:
        directory: made when needed.
        limit_bytes: the most that is kept; 0: nothing.

    Attributes:
        evicted: files that had to go to make room.
    """

    def __init__(self, directory: Path, limit_bytes: int) -> None:
        self._directory = directory
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._sizes: OrderedDict[str, int] | None = None
        self._bytes = 0
        self._failing = False
        self._spoiled = False
        self._retry_at = 0.0
        self.evicted = 0

    @property
    def bytes_kept(self) -> int:
        """How many bytes the files have that it knows of."""
        return self._bytes

    def load(self, name: str) -> mmap | None:
        """The content of a file, mapped; None when there is no such file, or it cannot be read."""
        path = self._path(name)
        with self._lock:
            if name not in self._known():
                return None
        try:
            mapped = _mapped(path)
        except FileNotFoundError:
            self._forget(name)
            return None
        except (OSError, ValueError) as error:  # ValueError: an empty file
            self.discard(name, str(error))
            return None
        with suppress(OSError):  # the folder may be for reading only
            os.utime(path)  # so that a later start knows what was used last
        with self._lock:
            if name in self._known():
                self._known().move_to_end(name)
        return mapped

    def save(self, name: str, parts: Sequence[bytes]) -> mmap | None:
        """Keep a file.

        Returns:
            Its content, mapped; None when it could not be written, or is larger than all that may be kept.
        """
        size = sum(map(len, parts))
        if size > self._limit or time.monotonic() < self._retry_at:
            return None
        try:
            self._make_room(size)
            self._write(name, parts)
            mapped = _mapped(self._path(name))
        except (OSError, ValueError) as error:
            self._retry_at = time.monotonic() + _RETRY_S
            if not self._failing:
                self._failing = True
                reason = error.strerror if isinstance(error, OSError) and error.strerror else error
                log.warning(
                    "the packet cache in %s cannot be written (%s); going on without", self._directory, reason
                )
            return None
        with self._lock:
            known = self._known()
            self._bytes += size - known.pop(name, 0)
            known[name] = size
        if self._failing:
            self._failing = False
            log.warning("the packet cache in %s can be written again", self._directory)
        return mapped

    def discard(self, name: str, reason: str) -> None:
        """Remove a file that turned out to be useless."""
        if not self._spoiled:
            self._spoiled = True
            log.warning(
                "the packet cache in %s holds damaged files (%s: %s); they are made anew",
                self._directory,
                name,
                reason,
            )
        self._forget(name)
        with suppress(OSError):
            self._path(name).unlink()

    def _path(self, name: str) -> Path:
        return self._directory / (name + _SUFFIX)

    def _known(self) -> OrderedDict[str, int]:
        """The files and their sizes, used least lately first; looked up on first use. Needs the lock."""
        if self._sizes is None:
            found = []
            with suppress(OSError), os.scandir(self._directory) as entries:
                for entry in entries:
                    with suppress(OSError):
                        if entry.name.endswith(_SUFFIX):
                            status = entry.stat()
                            found.append((status.st_mtime, entry.name.removesuffix(_SUFFIX), status.st_size))
                        elif entry.name.endswith(_UNFINISHED):
                            Path(entry.path).unlink()
            self._sizes = OrderedDict((name, size) for _, name, size in sorted(found))
            self._bytes = sum(self._sizes.values())
        return self._sizes

    def _make_room(self, size: int) -> None:
        while True:
            with self._lock:
                known = self._known()
                if not known or self._bytes + size <= self._limit:
                    return
                name, freed = known.popitem(last=False)
                self._bytes -= freed
                self.evicted += 1
            with suppress(FileNotFoundError):
                self._path(name).unlink()

    def _write(self, name: str, parts: Sequence[bytes]) -> None:
        try:
            handle, unfinished = tempfile.mkstemp(_UNFINISHED, name, self._directory)
        except FileNotFoundError:
            self._start_over()
            handle, unfinished = tempfile.mkstemp(_UNFINISHED, name, self._directory)
        try:
            with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
                file.writelines(parts)
            Path(unfinished).replace(self._path(name))
        except BaseException:
            with suppress(OSError):
                Path(unfinished).unlink()
            raise

    def _start_over(self) -> None:
        """The folder is not there, or no more: make it."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with self._lock:
            self._sizes = None
            self._known()

    def _forget(self, name: str) -> None:
        with self._lock:
            self._bytes -= self._known().pop(name, 0)


def _mapped(path: Path) -> mmap:
    with path.open("rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_READ)
