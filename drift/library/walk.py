"""Finds the audio files below the library's folders."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from drift.errors import LibraryError
from drift.models import Problem

AUDIO_SUFFIXES = frozenset(
    {".mp3", ".flac", ".ogg", ".oga", ".opus", ".m4a", ".m4p", ".aac", ".wav", ".aif", ".aiff"}
)
_SKIPPED = frozenset({"@eadir", "$recycle.bin", "system volume information", "lost+found"})
"""Folders that file systems and NAS boxes keep for themselves, in lower case."""


@dataclass(frozen=True, slots=True)
class FileStat:
    """A file as it was when it was found: these numbers tell whether it has changed since."""

    path: Path
    mtime_ns: int
    size: int


def audio_files(
    roots: Iterable[Path], on_problem: Callable[[Problem], None] = lambda _problem: None
) -> Iterator[FileStat]:
    """Every audio file in `roots`, sorted by name, a folder's own files before its subfolders.

    Hidden files and folders are skipped. Symbolic links are followed; a folder is entered once, however many
    ways lead to it. A root that is a file is taken as it is, whatever it is called. Names that are not UTF-8
    come as ``os.fsdecode`` gives them.

    Args:
        roots: folders and files.
        on_problem: told of every file and folder that exists and cannot be read.

    Raises:
        LibraryError: a root does not exist.
    """
    seen_folders: set[tuple[int, int]] = set()
    seen_files: set[Path] = set()
    for root in [absolute(root) for root in roots]:
        for found in _root_files(root, seen_folders, on_problem):
            if found.path not in seen_files:
                seen_files.add(found.path)
                yield found


def absolute(path: Path) -> Path:
    """`path` as the library writes it: absolute, without ``..``, links not resolved."""
    return Path(os.path.abspath(path))  # noqa: PTH100 (Path.absolute keeps "..")


def file_stat(path: Path) -> FileStat:
    """The `FileStat` of one file.

    Raises:
        OSError: it is not there, or not a file.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"not a file: {path}")
    return FileStat(path, status.st_mtime_ns, status.st_size)


def _root_files(
    root: Path, seen: set[tuple[int, int]], on_problem: Callable[[Problem], None]
) -> Iterator[FileStat]:
    try:
        is_folder = stat.S_ISDIR(root.stat().st_mode)
        if not is_folder:
            yield file_stat(root)
            return
    except FileNotFoundError as error:
        raise LibraryError(f"the library folder {printable(root)} does not exist") from error
    except OSError as error:
        raise LibraryError(f"the library folder {printable(root)} cannot be read: {why(error)}") from error
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                visible = sorted((entry for entry in entries if _wanted(entry.name)), key=_name)
        except OSError as error:
            on_problem(Problem(folder, f"the folder cannot be read: {why(error)}"))
            continue
        folders = [entry for entry in visible if _is_folder(entry)]
        # Real folders first, so that a file is known by its real path and not by a link to it
        folders.sort(key=os.DirEntry.is_symlink)
        pending.extend(Path(entry.path) for entry in reversed(folders))
        yield from _files(visible, on_problem)


def _files(entries: Iterable[os.DirEntry[str]], on_problem: Callable[[Problem], None]) -> Iterator[FileStat]:
    for entry in entries:
        if os.path.splitext(entry.name)[1].lower() not in AUDIO_SUFFIXES:  # noqa: PTH122 (a Path per name is slow)
            continue
        try:
            status = entry.stat()
        except OSError as error:
            on_problem(Problem(Path(entry.path), f"the file cannot be read: {why(error)}"))
            continue
        if stat.S_ISREG(status.st_mode):
            yield FileStat(Path(entry.path), status.st_mtime_ns, status.st_size)


def _wanted(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in _SKIPPED


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def why(error: OSError) -> str:
    """The operating system's reason, to be put into a sentence."""
    return (error.strerror or str(error)).lower()


def printable(path: Path) -> str:
    """`path` as text that can be shown, logged and stored whatever bytes its name has."""
    return os.fsencode(path).decode("utf-8", "replace")
