"""Exploring 100 000 and 1 000 000 synthetic tracks: how long it takes, and what the index weighs."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np

from benchmarks.figures import Figure, Result, at_most
from drift.library.features import DIMENSIONS, FeatureIndex, Recent, explore, nearest, path, project, step
from drift.library.features.columns import Columns
from drift.library.features.dimensions import TIMBRE
from drift.models import TrackId

_SIZES = {100_000: (15, 5), 1_000_000: (120, 30)}
"""Tracks -> milliseconds: all directions, one direction."""

_PLACES = {
    "tempo": (6.9, 0.3),
    "onsets": (1.6, 0.6),
    "chord changes": (0.3, 0.5),
    "brightness": (11, 0.7),
    "spectrum's width": (12.3, 0.8),
    "peaks": (1.4, 0.35),
    "complexity": (0.84, 0.06),
    "bass": (-4, 3),
    "air": (-25, 8),
    "loudness range": (6, 4),
    "punch": (11, 1.1),
}
"""Where synthetic tracks lie on a dimension's curve: mean and standard deviation. All others: 0.5, 0.15."""


def run(*, rounds: int = 100) -> Result:
    """Time from random tracks, with 30 tracks heard and all separations on.

    OpenBLAS uses the threads it is given (``OPENBLAS_NUM_THREADS``).
    """
    figures = []
    for size, (all_ms, one_ms) in _SIZES.items():
        index = synthetic(size)
        times = _times_ms(index, rounds)
        name = f"{size:,} tracks".replace(",", " ")
        for task, target in (("explore", at_most(all_ms)), ("a step", at_most(one_ms)), ("similar", None)):
            wall, cpu = np.array(times[task]).T
            figures += [
                Figure(f"{name}: {task}, p50", float(np.percentile(wall, 50)), "ms"),
                Figure(f"{name}: {task}, p99", float(np.percentile(wall, 99)), "ms", target),
                Figure(f"{name}: {task}, p99 of CPU time", float(np.percentile(cpu, 99)), "ms"),
            ]
        figures += [
            Figure(f"{name}: memory per million", index.nbytes / len(index), "MB", at_most(250)),
            Figure(f"{name}: the map", _once_s(partial(project, index)), "s"),
            Figure(
                f"{name}: a path of 12 steps",
                _once_s(partial(path, index, index.id_at(0), index.id_at(1), steps=12)),
                "s",
            ),
            Figure(
                f"{name}: nearest to features",
                _once_s(partial(nearest, index, index.raw(index.id_at(0)))),
                "s",
            ),
        ]
    return Result(figures)


def synthetic(size: int, seed: int = 1) -> FeatureIndex:
    """A library of 200 styles; ten tracks to an artist's album, each around its style.

    Descriptors depend on each other through eight hidden numbers per track.
    """
    source = np.random.default_rng(seed)
    album = np.arange(size) // 10
    style = source.integers(0, 200, album.max() + 1)[album]
    hidden = source.normal(size=(200, 8))[style]
    hidden += 0.5 * source.normal(size=(album.max() + 1, 8))[album] + 0.5 * source.normal(size=(size, 8))
    columns = len(DIMENSIONS) + len(TIMBRE)
    z = hidden @ source.normal(size=(8, columns)) * 0.25 + 0.6 * source.normal(size=(size, columns))
    for column, (name, dimension) in enumerate(DIMENSIONS.items()):
        mean, spread = _PLACES.get(name, (0.5, 0.15))
        z[:, column] = mean + spread * z[:, column]
        if dimension.curve == "log2":
            z[:, column] = 2 ** z[:, column] - dimension.offset
    ids = np.sort(source.integers(0, 256, (size, 16), np.uint8).view("S16").reshape(-1))
    code = album.astype(np.int32) + 1
    return FeatureIndex.of(
        Columns(
            ids=ids,
            values=z[:, : len(DIMENSIONS)].astype(np.float32),
            timbre=z[:, len(DIMENSIONS) :].astype(np.float32),
            tempo_confidence=source.uniform(0.2, 1, size).astype(np.float32),
            keys=source.integers(-1, 24, size).astype(np.int8),
            artists=code,
            albums=code,
            titles=np.arange(1, size + 1, dtype=np.int32),
            durations_s=source.uniform(60, 400, size).astype(np.float32),
        )
    )


def _times_ms(index: FeatureIndex, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Task -> milliseconds passed, and those of this thread's CPU time, of each round."""
    dice = random.Random(1)
    times: dict[str, list[tuple[float, float]]] = {"explore": [], "a step": [], "similar": []}
    for _ in range(rounds):
        track = index.id_at(dice.randrange(len(index)))
        recent = Recent(_some(index, dice), 10, 10, 30)
        with _timed(times["explore"]):
            openings = explore(index, track, recent)
        direction = dice.choice(openings).direction.name
        with _timed(times["a step"]):
            step(index, track, direction, recent, dice)
        with _timed(times["similar"]):
            index.similar(track, 20)
    return times


@contextmanager
def _timed(times: list[tuple[float, float]]) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.thread_time()
    yield
    times.append((1e3 * (time.perf_counter() - wall), 1e3 * (time.thread_time() - cpu)))


def _some(index: FeatureIndex, dice: random.Random) -> list[TrackId]:
    return [index.id_at(dice.randrange(len(index))) for _ in range(30)]


def _once_s(task: Callable[[], object]) -> float:
    begin = time.perf_counter()
    task()
    return time.perf_counter() - begin
