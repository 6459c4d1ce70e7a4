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
        self._reserved = 0
        self._present = False
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
        except ValueError as error:  # an empty file
            self.discard(name, str(error))
            return None
        except OSError as error:  # perhaps for now only, as when too many files are open
            if isinstance(error, FileNotFoundError):
                self._forget(name)
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
            if not self._reserve(size):
                return None
            try:
                mapped = self._store(name, parts)
                self._remember(name, size)
            finally:
                with self._lock:
                    self._reserved -= size
        except (OSError, ValueError) as error:
            self._retry_at = time.monotonic() + _RETRY_S
            if self._turns_into(failing=True):
                reason = error.strerror if isinstance(error, OSError) and error.strerror else error
                log.warning(
                    "the packet cache in %s cannot be written (%s); going on without", self._directory, reason
                )
            return None
        if self._turns_into(failing=False):
            self._retry_at = 0.0  # another thread may have failed meanwhile
            log.warning("the packet cache in %s can be written again", self._directory)
        return mapped

    def discard(self, name: str, reason: str) -> None:
        """Remove a file that turned out to be useless."""
        with self._lock:
            told, self._spoiled = self._spoiled, True
        if not told:
            log.warning(
                "the packet cache in %s holds damaged files (%s: %s); they are made anew",
                self._directory,
                name,
                reason,
            )
        self._forget(name)

    def _path(self, name: str) -> Path:
        return self._directory / (name + _SUFFIX)

    def _known(self) -> OrderedDict[str, int]:
        """The files and their sizes, used least lately first; looked up on first use. Needs the lock."""
        if self._sizes is None:
            found = []
            with suppress(OSError), os.scandir(self._directory) as entries:
                self._present = True
                for entry in entries:
                    with suppress(OSError):
                        if entry.name.endswith(_SUFFIX) and entry.is_file(follow_symlinks=False):
                            status = entry.stat()
                            found.append((status.st_mtime, entry.name.removesuffix(_SUFFIX), status.st_size))
                        elif entry.name.endswith(_UNFINISHED):
                            Path(entry.path).unlink()
            self._sizes = OrderedDict((name, size) for _, name, size in sorted(found))
            self._bytes = sum(self._sizes.values())
            with suppress(OSError):
                self._make_room(0)  # the limit may have been lowered
        return self._sizes

    def _reserve(self, size: int) -> bool:
        """Whether there is room for a file of ``size``, beside those that other threads are writing."""
        with self._lock:
            roomy = self._make_room(size)
            if roomy:
                self._reserved += size
            return roomy

    def _make_room(self, size: int) -> bool:
        """Remove files until ``size`` more bytes may be kept; whether they may then. Needs the lock."""
        known = self._known()
        while known and self._bytes + self._reserved + size > self._limit:
            name = next(iter(known))
            self._path(name).unlink(missing_ok=True)
            self._bytes -= known.pop(name)
            self.evicted += 1
        return self._bytes + self._reserved + size <= self._limit

    def _remember(self, name: str, size: int) -> None:
        with self._lock:
            known = self._known()
            self._bytes += size - known.pop(name, 0)
            known[name] = size

    def _turns_into(self, *, failing: bool) -> bool:
        """Note whether writing fails; whether that is news."""
        with self._lock:
            news, self._failing = self._failing != failing, failing
        return news

    def _store(self, name: str, parts: Sequence[bytes]) -> mmap:
        try:
            return self._write(name, parts)
        except FileNotFoundError:  # the folder is not there, or was removed at this very moment
            self._start_over()
            return self._write(name, parts)

    def _write(self, name: str, parts: Sequence[bytes]) -> mmap:
        handle, unfinished = tempfile.mkstemp(_UNFINISHED, name, self._directory)
        try:
            with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
                file.writelines(parts)
            Path(unfinished).replace(self._path(name))
            return _mapped(self._path(name))
        except BaseException:
            with suppress(OSError):
                Path(unfinished).unlink()
            raise

    def _start_over(self) -> None:
        """The folder is not there, or no more: make it."""
        with self._lock:
            try:
                self._directory.mkdir(parents=True)
            except FileExistsError:  # another thread was faster
                return
            self._sizes, self._bytes = OrderedDict(), 0
            removed, self._present = self._present, True
        if removed:
            log.warning("the packet cache in %s was removed; it is made anew", self._directory)

    def _forget(self, name: str) -> None:
        """Have no such file any more, neither here nor there."""
        with self._lock:
            known = self._known()
            self._bytes -= known.pop(name, 0)
            with suppress(OSError):
                self._path(name).unlink()


def _mapped(path: Path) -> mmap:
    with path.open("rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_READ)
