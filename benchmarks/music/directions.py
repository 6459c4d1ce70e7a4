"""Whether directions lead where they say: 500 random steps in open directions."""

from __future__ import annotations

import random

import numpy as np

from benchmarks.figures import Figure, Result, at_least
from benchmarks.music.explore import synthetic
from benchmarks.music.real import albums, described
from drift.library.features import DIMENSIONS, DIRECTIONS, Candidate, FeatureIndex, Recent, explore, step
from drift.models import TrackId

_NAMED = [name for name, one in DIRECTIONS.items() if not one.is_component]


def run(*, pairs: int = 500, synthetic_tracks: int = 20_000) -> Result:
    """Real soundtracks, and synthetic tracks; artists, albums and titles are kept apart."""
    files = [(album, file) for album, found in albums().items() for file in found]
    real = FeatureIndex.build(track.entry for track in described(files).values())
    figures = []
    for name, index in (("real", real), ("synthetic", synthetic(synthetic_tracks))):
        if len(index) > 2:
            figures += _figures(f"{name}, {len(index)} tracks", index, pairs)
    return Result(figures)


def _figures(name: str, index: FeatureIndex, pairs: int) -> list[Figure]:
    dice = random.Random(1)
    right: list[bool] = []
    moved: list[float] = []
    others: list[float] = []
    opened: list[bool] = []
    relaxed = 0
    while len(right) < pairs:
        track = index.id_at(dice.randrange(len(index)))
        recent = Recent((), 1, 1, 1)
        direction = dice.choice(_NAMED)
        openings = {one.direction.name for one in explore(index, track, recent, most=len(DIRECTIONS))}
        opened.append(direction in openings)
        if direction not in openings:
            continue
        found = step(index, track, direction, recent, dice)
        assert found is not None
        relaxed += bool(found.why.relaxed)
        one = DIRECTIONS[direction]
        right.append(_change(index, track, found, one.dimension) * one.sign > 0)
        moved.append(abs(found.why.deltas[one.dimension]))
        rest = [abs(change) for other, change in found.why.deltas.items() if other != one.dimension]
        others.append(float(np.mean(rest)))
    ratios = np.array(moved) / np.maximum(others, 1e-9)
    return [
        Figure(f"{name}: the right way", 100 * float(np.mean(right)), "%", at_least(98)),
        Figure(
            f"{name}: moved / mean of the others", float(np.mean(moved) / np.mean(others)), "", at_least(2)
        ),
        Figure(f"{name}: ... median of the pairs", float(np.median(ratios))),
        Figure(f"{name}: ... pairs with 2 or more", 100 * float((ratios >= 2).mean()), "%"),
        Figure(f"{name}: moved, mean", float(np.mean(moved)), "std"),
        Figure(f"{name}: with something relaxed", 100 * relaxed / pairs, "%"),
        Figure(f"{name}: directions that are open", 100 * float(np.mean(opened)), "%"),
    ]


def _change(index: FeatureIndex, track: TrackId, found: Candidate, dimension: str) -> float:
    """By how much the descriptor itself changes."""
    descriptor = DIMENSIONS[dimension].descriptor
    return index.raw(found.id)[descriptor] - index.raw(track)[descriptor]
