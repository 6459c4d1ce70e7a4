"""Covers: choosing one, and keeping each picture once, however many tracks show it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from drift.errors import UnplayableError
from drift.library.walk import printable, why

MAX_ART_BYTES = 8 * 1024 * 1024
_FOLDER_NAMES = ("cover", "folder", "front")
_FOLDER_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def find_art(embedded: Iterable[bytes], path: Path) -> bytes | None:
    """The cover of the file at `path`: the first usable embedded picture, else one beside the file.

    Returns:
        An encoded JPEG, PNG, WebP or GIF of at most `MAX_ART_BYTES`; None if there is none.
    """
    for picture in embedded:
        if _usable(picture):
            return picture
    folder = path.parent
    try:
        names = _covers(folder, folder.stat().st_mtime_ns)
    except OSError:
        return None
    for name in names:
        try:
            with (folder / name).open("rb") as file:
                picture = file.read(MAX_ART_BYTES + 1)
        except OSError:
            continue
        if _usable(picture):
            return picture
    return None


def store_art(picture: bytes, directory: Path) -> str:
    """Keep `picture` in `directory` under a name made from its content.

    Returns:
        The file's name.

    Raises:
        UnplayableError: the directory cannot be written; worth another try (``details["transient"]``).
    """
    name = hashlib.blake2b(picture, digest_size=16).hexdigest() + art_suffix(picture)
    target = directory / name
    try:
        if target.exists() and target.stat().st_size == len(picture):
            return name
        directory.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".art-", dir=directory)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(picture)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(target)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = f"its cover cannot be stored in {printable(directory)}: {why(error)}"
        raise UnplayableError(reason, transient=True) from error
    return name


def art_suffix(picture: bytes) -> str:
    """Tell a picture's format by its content: ".jpg", ".png", ".webp", ".gif", or "" for anything else."""
    if picture.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return ".png"
    if picture.startswith((b"GIF87a", b"GIF89a")):
        return ".gif"
    if picture.startswith(b"RIFF") and picture[8:12] == b"WEBP":
        return ".webp"
    return ""


def _usable(picture: bytes) -> bool:
    return len(picture) <= MAX_ART_BYTES and art_suffix(picture) != ""


@lru_cache(maxsize=16)
def _covers(folder: Path, _mtime_ns: int) -> tuple[str, ...]:
    """Names of the covers in `folder`, best first; remembered because an album asks for it once per track."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries]

    def rank(name: str) -> tuple[int, int] | None:
        stem, suffix = os.path.splitext(name.lower())  # noqa: PTH122 (a Path per name is slow)
        if stem in _FOLDER_NAMES and suffix in _FOLDER_SUFFIXES:
            return _FOLDER_NAMES.index(stem), _FOLDER_SUFFIXES.index(suffix)
        return None

    ranked = sorted((rank(name) or (-1, -1), name) for name in names)
    return tuple(name for order, name in ranked if order != (-1, -1))
