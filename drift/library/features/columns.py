"""Entries as columns: what the index is computed from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drift.library.features.dimensions import DESCRIPTORS, TIMBRE, Floats
from drift.library.features.entries import Entry, packed

Codes = npt.NDArray[np.int32]

UNKNOWN = 0
"""The code of an empty tag; it is like no other, not even itself."""

NO_KEY = -1

_NAMES = (*DESCRIPTORS, *TIMBRE, "tempo_confidence", "key", "mode", "key_clarity")


@dataclass(frozen=True, slots=True)
class Columns:
    """As many rows as there are different tracks, in the order of their ids.

    Attributes:
        ids: 16 bytes each, "S16", ascending.
        values: descriptors of the dimensions, shape ``(n, len(DIMENSIONS))``, float32, NaN where unknown.
        timbre: shape ``(n, len(TIMBRE))``, float32, NaN where unknown.
        tempo_confidence: 0..1, NaN where unknown.
        keys: int8: twice the key (C = 0) plus one for major, or ``NO_KEY``.
        artists: equal numbers for equal artists (upper and lower case are the same), ``UNKNOWN`` for none;
            albums and titles likewise.
        durations_s: float32.
    """

    ids: npt.NDArray[np.bytes_]
    values: Floats
    timbre: Floats
    tempo_confidence: Floats
    keys: npt.NDArray[np.int8]
    artists: Codes
    albums: Codes
    titles: Codes
    durations_s: Floats

    @classmethod
    def gather(cls, entries: Iterable[Entry]) -> Columns:
        """All entries; of several with one id the last one counts.

        Raises:
            ValueError: an id has not 32 hex digits.
        """
        by_id = {packed(entry.id): entry for entry in entries}
        ids = sorted(by_id)
        rows = [by_id[code] for code in ids]
        read = _read([entry.values for entry in rows])
        sides = len(DESCRIPTORS), len(DESCRIPTORS) + len(TIMBRE)
        return cls(
            ids=np.array(ids, "S16"),
            values=read[:, : sides[0]],
            timbre=read[:, sides[0] : sides[1]],
            tempo_confidence=read[:, sides[1]],
            keys=_keys(read[:, sides[1] + 1 :]),
            artists=_numbered(entry.artist for entry in rows),
            albums=_numbered(entry.album for entry in rows),
            titles=_numbered(entry.title for entry in rows),
            durations_s=np.array([_length_s(entry.duration_s) for entry in rows], np.float32),
        )


def _read(described: Sequence[Mapping[str, float]]) -> Floats:
    """All values of all tracks, shape ``(n, len(_NAMES))``; NaN for what is not there or not finite."""
    values = (one.get(name, math.nan) for one in described for name in _NAMES)
    with np.errstate(over="ignore"):
        read = np.fromiter(values, np.float32, len(described) * len(_NAMES))
    read[~np.isfinite(read)] = np.nan
    return read.reshape(len(described), len(_NAMES))


def _length_s(duration_s: float) -> float:
    return max(0.0, duration_s) if math.isfinite(duration_s) else 0.0


def _keys(read: Floats) -> npt.NDArray[np.int8]:
    """Keys from columns key, mode, clarity; one without any clarity is none."""
    key, mode, clarity = read.T
    known = (key >= 0) & (key < 12) & np.isfinite(mode) & (np.nan_to_num(clarity, nan=1.0) > 0)
    code = 2 * np.floor(key) + (np.nan_to_num(mode) > 0.5)
    return np.where(known, code, NO_KEY).astype(np.int8)


def _numbered(texts: Iterable[str]) -> Codes:
    numbers: dict[str, int] = {"": UNKNOWN}
    return np.array([numbers.setdefault(text.strip().casefold(), len(numbers)) for text in texts], np.int32)
