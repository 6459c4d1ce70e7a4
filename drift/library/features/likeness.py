"""Which tracks sound alike: a metric that the library's own albums teach."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from drift.library.features.columns import UNKNOWN, Codes
from drift.library.features.dimensions import Floats

WIDTH = 24
"""Numbers per track. Euclidean distance between them is the metric."""

_PRIOR_TRACKS = 1_000
"""What is believed before any album is known weighs as much as so many tracks' evidence."""

_PRIOR_SHARE = 0.5
"""That belief: of each descriptor, half of its variance lies within albums."""

_LARGEST = 100
"""Tracks that an album counts at most."""


def embed(z: Floats, albums: Codes) -> Floats:
    """Places in the space of likeness.

    An album is mostly one sound. Directions in which descriptors vary much within albums say little about
    what sounds alike, those in which albums differ say much: linear discriminant analysis (R. A. Fisher
    1936). The covariance within albums is shrunk towards the identity, so that a library without albums gets
    its plain principal components.

    Args:
        z: all standardised descriptors, shape ``(n, columns)``, float32.
        albums: shape ``(n,)``; ``UNKNOWN`` is no album.

    Returns:
        Shape ``(n, WIDTH)``, float32; zeros behind the last useful column.
    """
    n, columns = z.shape
    found = np.zeros((n, WIDTH), np.float32)
    if n < 2:
        return found
    mean = z.mean(axis=0, dtype=np.float64)
    total = (z.T @ z).astype(np.float64) / n - np.outer(mean, mean)
    within, evidence = within_albums(z, albums)
    prior = _PRIOR_SHARE * np.eye(columns)
    shrunk = (evidence * within + _PRIOR_TRACKS * prior) / (evidence + _PRIOR_TRACKS)
    values, vectors = np.linalg.eigh(shrunk)
    whiten = vectors / np.sqrt(values)
    _, turned = np.linalg.eigh(whiten.T @ total @ whiten)
    axes = (whiten @ turned)[:, ::-1][:, :WIDTH]
    axes *= np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1, 1)
    found[:, : axes.shape[1]] = z @ axes.astype(np.float32) - (mean @ axes).astype(np.float32)
    return found


def within_albums(z: Floats, albums: Codes) -> tuple[npt.NDArray[np.float64], float]:
    """The pooled covariance of tracks around their albums' means, and how many tracks it rests on.

    Of a large album every so-many-th track counts. No album with two tracks: zeros, 0.
    """
    columns = z.shape[1]
    order = np.argsort(albums, kind="stable")
    order = order[albums[order] != UNKNOWN]
    _, first, size = np.unique(albums[order], return_index=True, return_counts=True)
    place = np.arange(order.size) - np.repeat(first, size)
    every = np.maximum(1, -(-size // _LARGEST))
    order = order[(place % np.repeat(every, size) == 0) & (np.repeat(size, size) > 1)]
    size = np.unique(albums[order], return_counts=True)[1]
    evidence = float(order.size - size.size)
    if evidence < 1:
        return np.zeros((columns, columns)), 0.0
    part = z[order]
    means = np.add.reduceat(part, np.cumsum(size) - size, axis=0) / size[:, None].astype(np.float32)
    part -= np.repeat(means, size, axis=0)
    return (part.T @ part).astype(np.float64) / evidence, evidence
