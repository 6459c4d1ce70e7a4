"""Tempo and beats of click tracks: none of them is among those that the weights were fitted to."""

from __future__ import annotations

from collections import Counter

import numpy as np

from benchmarks.figures import Figure, Result, at_least, at_most
from benchmarks.music.sounds import OCTAVES, relation
from drift.library.analysis import tempo
from tests.unit.library.analysis.clicks import KINDS, heard, random_track

TOLERANCE = 0.02
_FASTEST_SIXTEENTHS_BPM = 160
"""Faster ones are eleven clicks a second: nobody counts them as sixteenths."""


def run(*, tracks: int = 400) -> Result:
    """Tracks of 20 s from 60 to 200 BPM: with and without swing, noise, accents every three or four beats."""
    clicks = [
        random_track(
            number, seed=2026, length_s=20, bpm=(60, 200), fastest_sixteenths_bpm=_FASTEST_SIXTEENTHS_BPM
        )
        for number in range(tracks)
    ]
    said, off_ms, sure = [], [], []
    for track in clicks:
        sound = heard(track.render())
        found = tempo.describe(sound)
        said.append(relation(found["bpm"], track.bpm, TOLERANCE))
        sure.append(found["tempo_confidence"])
        if said[-1] == "same":
            beats = tempo.beats(sound)
            off_ms.append(np.abs(beats[:, None] - track.beat_samples).min(axis=0)[1:-1] / 48)
    near = np.concatenate(off_ms)
    kinds = Counter(said)
    octaves = sum(kinds[name] for name in OCTAVES)
    figures = [
        Figure("tempo within 2 %", 100 * kinds["same"] / tracks, "%", at_least(98)),
        Figure("octave errors", 100 * octaves / tracks, "%"),
        Figure("other errors", 100 * (tracks - octaves - kinds["same"]) / tracks, "%"),
        *(
            Figure(f"tempo within 2 %, {kind}", 100 * float(np.mean(right)), "%")
            for kind in KINDS
            if (
                right := [
                    one == "same" for one, track in zip(said, clicks, strict=True) if track.kind == kind
                ]
            )
        ),
        Figure("beats are off by, median", float(np.median(near)), "ms"),
        Figure("beats are off by, 95 % of them at most", float(np.quantile(near, 0.95)), "ms", at_most(5)),
        Figure("lowest confidence", min(sure), "", at_least(0.5)),
    ]
    notes = [
        f"{track.kind} {track.bpm:.1f} BPM, swing {track.swing:.2f}: heard as {one}"
        for one, track in zip(said, clicks, strict=True)
        if one != "same"
    ]
    return Result(figures, notes=notes)
