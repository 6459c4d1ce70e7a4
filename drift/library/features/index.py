"""The space itself: every analysed track at its place, and exact distances from any of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from drift.errors import NotFoundError
from drift.library.features import files, likeness
from drift.library.features.columns import NO_KEY, Codes, Columns
from drift.library.features.components import Components
from drift.library.features.dimensions import (
    COMPONENTS,
    DESCRIPTORS,
    DIMENSIONS,
    DIRECTIONS,
    NAMES,
    Floats,
)
from drift.library.features.entries import Entry, packed, unpacked
from drift.library.features.standard import LEAST, Scales, bend
from drift.models import TrackId

Rows = npt.NDArray[np.intp]

TIMBRE_COLUMNS = 5
"""The strongest axes of likeness that also count when a step keeps "everything else" close."""

FIFTHS = len(NAMES)
"""The first of two columns: the key's place on the circle of fifths."""

WIDTH = FIFTHS + 2 + TIMBRE_COLUMNS

_FIFTHS_WEIGHT = 0.7
"""Standard deviations from the circle's centre to a key: opposite keys are 1.4 apart."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A track that sounds alike. ``distance`` is in units of how much tracks of one album differ."""

    id: TrackId
    distance: float


@dataclass(frozen=True, slots=True, eq=False)
class FeatureIndex:
    """All tracks. Immutable: after a scan another one is built. Rows are in the order of the ids.

    Attributes:
        codes: ids, 16 bytes each, "S16".
        space: float32, shape ``(n, WIDTH)``, row-major: the dimensions in standard deviations (0 where
            unknown), the key on the circle of fifths, the strongest axes of likeness.
        norms: squared lengths of its rows, float32.
        alike: float32, shape ``(n, likeness.WIDTH)``: see :mod:`likeness`.
        alike_norms: squared lengths of its rows, float32.
        missing: uint32, bit ``d`` is set where dimension ``d`` is unknown.
        keys, artists, albums, titles, durations_s: see :class:`Columns`.
        correlations: of dimensions and components with each other, sizes only (0..1), float32.
    """

    codes: npt.NDArray[np.bytes_]
    space: Floats
    norms: Floats
    alike: Floats
    alike_norms: Floats
    missing: npt.NDArray[np.uint32]
    keys: npt.NDArray[np.int8]
    artists: Codes
    albums: Codes
    titles: Codes
    durations_s: Floats
    scales: Scales
    components: Components
    correlations: Floats

    @classmethod
    def build(cls, entries: Iterable[Entry]) -> FeatureIndex:
        """The space of ``entries``: any number, in any order, with any values.

        Raises:
            ValueError: an id has not 32 hex digits.
        """
        return cls.of(Columns.gather(entries))

    @classmethod
    def of(cls, columns: Columns) -> FeatureIndex:
        """The space of entries that are columns already."""
        bent = bend(columns.values, columns.tempo_confidence)
        unknown = np.isnan(bent)
        scales = Scales.fit(bent, LEAST)
        z = scales.standardise(bent)
        none = np.full(columns.timbre.shape[1], 1e-6)
        timbre = Scales.fit(columns.timbre, none).standardise(columns.timbre)
        alike = likeness.embed(np.concatenate((z, timbre), axis=1), columns.albums)
        strongest = alike[:, :TIMBRE_COLUMNS]
        spread = np.maximum(strongest.std(axis=0), 1e-3) if len(z) else 1
        space = np.concatenate((z, fifths(columns.keys), strongest / spread), axis=1, dtype=np.float32)
        bits = np.uint32(1) << np.arange(len(NAMES), dtype=np.uint32)
        components = Components.fit(z)
        return cls(
            codes=columns.ids,
            space=space,
            norms=np.einsum("ij,ij->i", space, space),
            alike=alike,
            alike_norms=np.einsum("ij,ij->i", alike, alike),
            missing=(unknown * bits).sum(axis=1, dtype=np.uint32),
            keys=columns.keys,
            artists=columns.artists,
            albums=columns.albums,
            titles=columns.titles,
            durations_s=columns.durations_s,
            scales=scales,
            components=components,
            correlations=_correlations(z, components),
        )

    def save(self, path: Path) -> None:
        """Write it to one file; ``path`` is the old or the new one, never half of one.

        Raises:
            LibraryError: the file cannot be written.
        """
        files.write(path, self)

    @classmethod
    def load(cls, path: Path) -> FeatureIndex:
        """What :meth:`save` wrote. The arrays stay in the file and are read through the page cache.

        Raises:
            LibraryError: there is no such file, it is torn, or was written by another version.
        """
        return cls(**files.read(path))

    def __len__(self) -> int:
        return len(self.codes)

    def __contains__(self, track_id: object) -> bool:
        return isinstance(track_id, str) and self.find(track_id) is not None

    @property
    def ids(self) -> list[TrackId]:
        """All ids, ascending: a new list."""
        return [self.id_at(row) for row in range(len(self))]

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in self.arrays())

    def arrays(self) -> Iterator[npt.NDArray[np.generic]]:
        """Those with a row per track."""
        for name in files.PER_TRACK:
            yield getattr(self, name)

    def id_at(self, row: int) -> TrackId:
        """The id of a row."""
        return unpacked(self.codes[row])

    def row(self, track_id: TrackId) -> int:
        """The row of a track.

        Raises:
            NotFoundError: it is not in the space.
        """
        row = self.find(track_id)
        if row is None:
            raise NotFoundError(f"The track {track_id} is not in the library, or not analysed yet.")
        return row

    def find(self, track_id: str) -> int | None:
        """The row of a track, None: it is not in the space."""
        try:
            code = np.bytes_(packed(track_id).rstrip(b"\0"))
        except ValueError:
            return None
        row = int(np.searchsorted(self.codes, code))
        return row if row < len(self) and self.codes[row] == code else None

    def raw(self, track_id: TrackId) -> dict[str, float]:
        """The dimensions' descriptors as analysed, and key and mode; without those that are unknown.

        They are computed back from standard deviations, to six digits.
        """
        row = self.row(track_id)
        found = {}
        for column, dimension in enumerate(DIMENSIONS.values()):
            if self.knows(row, column):
                bent = self.scales.restore(column, float(self.space[row, column]))
                found[dimension.descriptor] = dimension.unbent(bent)
        if self.keys[row] != NO_KEY:
            found |= {"key": float(self.keys[row] // 2), "mode": float(self.keys[row] % 2)}
        return found

    def standardised(self, track_id: TrackId) -> dict[str, float]:
        """Dimension -> robust standard deviations from the library's median; without the unknown."""
        row = self.row(track_id)
        return {
            name: float(self.space[row, column])
            for column, name in enumerate(NAMES)
            if self.knows(row, column)
        }

    def knows(self, row: int, column: int) -> bool:
        """Whether the dimension in ``column`` is known of the track in ``row``."""
        return not (int(self.missing[row]) >> column) & 1

    def label(self, direction: str) -> str:
        """A direction's label in this library; a component's is what it means here: "Purer, stronger chords".

        Raises:
            KeyError: there is no such direction.
        """
        one = DIRECTIONS[direction]
        words = self.components.words(one.dimension, one.sign) if one.is_component else ""
        return words[:1].upper() + words[1:] if words else one.label

    def similar(self, track_id: TrackId, limit: int) -> list[Neighbour]:
        """The tracks that sound most like this one, nearest first; not itself."""
        row = self.row(track_id)
        squares = squared_distances(self.alike, self.alike_norms, self.alike[row])
        squares[row] = np.inf
        return [
            Neighbour(self.id_at(near), float(np.sqrt(squares[near])))
            for near in nearest_rows(squares, min(limit, len(self) - 1))
        ]


def squared_distances(space: Floats, norms: Floats, place: Floats) -> Floats:
    """Squared Euclidean distances of all rows from ``place``, float32, one pass, owned by the caller."""
    squares: Floats = space @ (place * np.float32(-2))
    squares += norms
    squares += np.dot(place, place)
    return np.maximum(squares, 0, out=squares)


def nearest_rows(squares: Floats, count: int) -> Rows:
    """The rows of the ``count`` smallest, ascending; ties by row."""
    if count <= 0:
        return np.zeros(0, np.intp)
    if count < squares.size:
        bound = np.partition(squares, count - 1)[count - 1]
        rows = np.flatnonzero(squares <= bound)
    else:
        rows = np.arange(squares.size)
    return rows[np.argsort(squares[rows], kind="stable")[:count]]


def fifths(keys: npt.NDArray[np.int8]) -> Floats:
    """Keys on the circle of fifths, shape ``(n, 2)``; a minor key is at its relative major; none: centre."""
    major = keys // 2 + np.where(keys % 2, 0, 3)
    angle = 2 * np.pi * (major * 7 % 12) / 12
    place = _FIFTHS_WEIGHT * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    place[keys == NO_KEY] = 0
    on_circle: Floats = place.astype(np.float32)
    return on_circle


def _correlations(z: Floats, components: Components) -> Floats:
    if len(z) < 2:
        return np.eye(len(NAMES) + len(COMPONENTS), dtype=np.float32)
    both = np.concatenate((np.eye(len(NAMES), dtype=np.float32), components.loadings), axis=1)
    mean = z.mean(axis=0, dtype=np.float64)
    covariance = both.T @ ((z.T @ z) / len(z) - np.outer(mean, mean)) @ both
    spread = np.sqrt(np.maximum(np.diag(covariance), 1e-9))
    sizes: Floats = np.abs(covariance / np.outer(spread, spread)).clip(0, 1).astype(np.float32)
    return sizes


assert len(DESCRIPTORS) == len(NAMES) <= 32
