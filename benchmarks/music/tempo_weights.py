"""Fits the weights of ``drift/library/analysis/metre.py``, and says how they do on tracks that were left out.

Softmax regression: the probability of a tempo is proportional to exp(weights x clues + prior), and that of
the true one is made as high as can be. Not part of a run of benchmarks: for those who change the clues.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from benchmarks.figures import Figure, Result
from benchmarks.harness.music import cache
from benchmarks.music.sounds import sound_of
from drift.library import demo
from drift.library.analysis import metre
from drift.library.analysis.onset_envelope import envelope
from drift.library.analysis.sound import Sound
from drift.library.analysis.tempogram import tempogram
from tests.unit.library.analysis.clicks import heard, random_track

Doubles = npt.NDArray[np.float64]

_NEAR = 0.012
_RIGHT = 0.02
_DEMO_COUNTS, _CLICKS_COUNT = 12.0, 336.0
"""Of one demo track, and of all click tracks together."""

_SIZE_COSTS = 0.1
"""Of the squared weights, in units of each clue's deviation."""


def run(*, clicks: int = 600) -> Result:
    """The demo library, and so many click tracks of 25 s. The weights are in the notes."""
    folder = cache() / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    truths = [track.bpm for track in demo.TRACKS]
    sounds = [_clues(sound_of(demo.write(track, folder))) for track in demo.TRACKS]
    for number in range(clicks):
        track = random_track(  # other ones than in ``tempo_clicks``
            number, seed=77, length_s=25, bpm=(58, 204), fastest_sixteenths_bpm=160
        )
        truths.append(track.bpm)
        sounds.append(_clues(heard(track.render())))
    found, true_bpm = np.stack(sounds), np.array(truths)
    counts = np.full(true_bpm.size, _CLICKS_COUNT / max(clicks, 1))
    songs = len(demo.TRACKS)
    counts[:songs] = _DEMO_COUNTS
    weights = _fit(found, true_bpm, counts)
    right = _right(found, weights, true_bpm)
    unheard = [
        _right(
            found[[left]],
            _fit(found, true_bpm, np.where(np.arange(counts.size) == left, 0, counts)),
            true_bpm[[left]],
        )
        for left in range(songs)
    ]
    return Result(
        [
            Figure("demo library", 100 * float(right[:songs].mean()), "% right"),
            Figure("demo library, each without having heard it", 100 * float(np.mean(unheard)), "% right"),
            Figure("click tracks", 100 * float(right[songs:].mean()), "% right"),
        ],
        notes=[f'"{name}": {weight:.2f},' for name, weight in zip(metre.WEIGHTS, weights, strict=True)],
    )


def _clues(sound: Sound) -> Doubles:
    return metre.clues(tempogram(envelope(sound)))


def _fit(found: Doubles, true_bpm: Doubles, counts: Doubles) -> Doubles:
    unit = found.reshape(-1, found.shape[2]).std(axis=0)
    scaled, prior = found / unit, metre.prior()
    near = np.abs(metre.CANDIDATES_BPM / true_bpm[:, None] - 1) < _NEAR

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        odds = scaled @ weights + prior
        odds = np.exp(odds - odds.max(axis=1, keepdims=True))
        hit = np.maximum((odds * near).sum(axis=1), 1e-300)
        total = odds.sum(axis=1)
        surplus = odds / total[:, None] - odds * near / hit[:, None]
        slope = (np.einsum("tc,tcw->tw", surplus, scaled) * counts[:, None]).sum(axis=0)
        cost = float((-np.log(hit / total) * counts).sum() + _SIZE_COSTS * weights @ weights)
        return cost, slope + 2 * _SIZE_COSTS * weights

    return np.asarray(minimize(loss, np.zeros(unit.size), jac=True, method="L-BFGS-B").x / unit)


def _right(found: Doubles, weights: Doubles, true_bpm: Doubles) -> npt.NDArray[np.bool_]:
    best = metre.CANDIDATES_BPM[(found @ weights + metre.prior()).argmax(axis=1)]
    return np.asarray(np.abs(best / true_bpm - 1) < _RIGHT)
