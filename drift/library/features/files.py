"""The index in a file.

Layout: 16 bytes of magic and version; the header's length (8 bytes); the header, JSON: where each array is,
its type and shape; the arrays, each at a multiple of 64; BLAKE2b-256 of everything before it. All numbers are
little-endian.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from drift.errors import LibraryError
from drift.library.features.components import Components
from drift.library.features.dimensions import COMPONENTS, NAMES, TIMBRE
from drift.library.features.standard import Scales

if TYPE_CHECKING:
    from drift.library.features.index import FeatureIndex

LAYOUT = 1
"""Raised when the file, or what its numbers mean, changes."""

PER_TRACK = (
    "codes",
    "space",
    "norms",
    "alike",
    "alike_norms",
    "missing",
    "keys",
    "artists",
    "albums",
    "titles",
    "durations_s",
)
_MAGIC = b"Drift features" + LAYOUT.to_bytes(2, "little")
_ALIGN = 64
_SUM = 32


def write(path: Path, index: FeatureIndex) -> None:
    """Write atomically: to a file beside it, which then takes its name.

    Raises:
        LibraryError: that failed.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        _write(part, index)
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise LibraryError(f"The feature index {path} cannot be written: {error.strerror}.") from error


def _write(part: Path, index: FeatureIndex) -> None:
    arrays = _arrays(index)
    places, at = {}, 0
    for name, array in arrays.items():
        places[name] = [at, array.dtype.str, list(array.shape)]
        at += -(-array.nbytes // _ALIGN) * _ALIGN
    header = json.dumps({"columns": _columns(), "arrays": places}).encode()
    header += b" " * (-(len(header) + len(_MAGIC) + 8) % _ALIGN)
    total = hashlib.blake2b(digest_size=_SUM)
    with part.open("wb") as file:
        for piece in (_MAGIC, len(header).to_bytes(8, "little"), header):
            file.write(piece)
            total.update(piece)
        for array in arrays.values():
            data = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
            for part_of_it in (data, bytes(-array.nbytes % _ALIGN)):
                file.write(part_of_it)
                total.update(part_of_it)
        file.write(total.digest())
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> dict[str, Any]:
    """What ``FeatureIndex`` is made of; arrays are views of the mapped file, and cannot be written to.

    Raises:
        LibraryError: there is no such file, it is torn, or was written by another version.
    """
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:  # ValueError: an empty file
        raise LibraryError(f"The feature index {path} cannot be read.") from error
    start = len(_MAGIC) + 8
    if mapped[: len(_MAGIC)] != _MAGIC:
        raise LibraryError(f"The feature index {path} was written by another version of Drift.")
    with memoryview(mapped) as view:
        whole = len(view) > start + _SUM
        if not whole or hashlib.blake2b(view[:-_SUM], digest_size=_SUM).digest() != view[-_SUM:]:
            raise LibraryError(f"The feature index {path} is damaged.")
        length = int.from_bytes(view[len(_MAGIC) : start], "little")
        header = json.loads(bytes(view[start : start + length]))
    if header["columns"] != _columns():
        raise LibraryError(f"The feature index {path} has other dimensions than this version of Drift.")
    arrays = {
        name: np.frombuffer(mapped, dtype, int(np.prod(shape)), start + length + at).reshape(shape)
        for name, (at, dtype, shape) in header["arrays"].items()
    }
    return {
        "scales": Scales(arrays.pop("centre"), arrays.pop("spread")),
        "components": Components(arrays.pop("loadings"), arrays.pop("component_spread")),
        **arrays,
    }


def _arrays(index: FeatureIndex) -> dict[str, np.ndarray[Any, Any]]:
    """All arrays by their names in the file."""
    return {
        **{name: getattr(index, name) for name in PER_TRACK},
        "correlations": index.correlations,
        "centre": index.scales.centre,
        "spread": index.scales.spread,
        "loadings": index.components.loadings,
        "component_spread": index.components.spread,
    }


def _columns() -> list[str]:
    return [*NAMES, *COMPONENTS, *TIMBRE]
