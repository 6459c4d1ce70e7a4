"""Which of a track's periods is the beat.

Music repeats after a beat, after its half and quarter, after a bar. All of them are in the tempogram. What
listeners call the beat is found from clues, each measured at every tempo in question: how strongly sound
repeats after one, two and three beats; that beats are divided in four more often than by other numbers;
that kicks repeat after it; that kick and snare take turns beat by beat; that beats are accented. The clues
are weighed, with a prior for moderate tempi (log-normal about 120: D. Moelants, "Preferred tempo
reconsidered", ICMPC 2002). The weights are those of a softmax regression over the candidates, fitted to the
demo library and to rendered click tracks (benchmarks/music/tempo_weights.py).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from drift.library.analysis.bands import FRAMES_PER_S
from drift.library.analysis.tempogram import BIN_HZ, WINDOW, Tempogram

Doubles = npt.NDArray[np.float64]

SLOWEST_BPM, FASTEST_BPM = 50.0, 222.0
PREFERRED_BPM = 120.0
_OCTAVE_COSTS = 2.5
"""Of an octave from the preferred tempo: a standard deviation of 0.45 octaves, before clues are heard."""

_USUAL_BPM = (64.0, 176.0)
_UNUSUAL_COSTS = 12.0
"""Of each octave beyond the usual tempi: nearly always the half or the double of what is counted."""

STEPS_PER_OCTAVE = 60
"""Tempi in question are 1.2 % apart."""

CANDIDATES_BPM: Doubles = SLOWEST_BPM * 2 ** (
    np.arange(0, np.log2(FASTEST_BPM / SLOWEST_BPM), 1 / STEPS_PER_OCTAVE)
)

WEIGHTS = {
    "repeats after 1": 4.54,
    "repeats after 2": 10.18,
    "repeats after 3": -5.86,
    "repeats after 1/4": -2.78,
    "kicks after 1": 2.17,
    "kicks after 1/2": -7.89,
    "pulse of 1": -16.30,
    "pulse of 1/2": 7.97,
    "pulse of 4": 24.93,
    "kick and snare take turns": 18.36,
    "accents of 1": 15.06,
    "accents of 2": 17.87,
    "accents of 1/2": -23.01,
    "accents of 1, not of 2": 14.08,
    "accents of 1/2, not of 1": 13.81,
    "pulse of 1, not of 4": 9.87,
    "pulse of 1/2, not of 1": -18.11,
}


def clues(heard: Tempogram) -> Doubles:
    """What speaks for each tempo, shape ``(CANDIDATES_BPM.size, len(WEIGHTS))``."""
    period = 60 * FRAMES_PER_S / CANDIDATES_BPM
    lags = np.arange(WINDOW)
    bins = np.arange(heard.pulse.size) * BIN_HZ
    per_s = CANDIDATES_BPM / 60

    def turns(beats: float) -> Doubles:
        return np.interp(beats * period, lags, heard.exchange)

    def kicks(beats: float) -> Doubles:
        return np.interp(beats * period, lags, heard.low)

    def pulse(times: float) -> Doubles:
        return np.interp(times * per_s, bins, heard.pulse)

    def accents(times: float) -> Doubles:
        return np.interp(times * per_s, bins, heard.accent)

    repeated = [heard.repeats(beats * period) for beats in (1, 2, 3, 1 / 4)]
    one, half, four = pulse(1), pulse(1 / 2), pulse(4)
    accent, twice, every_other = accents(1), accents(2), accents(1 / 2)
    return np.stack(
        (
            *repeated,
            kicks(1),
            kicks(1 / 2),
            one,
            half,
            four,
            turns(1) - (turns(0) + turns(2)) / 2,
            accent,
            twice,
            every_other,
            _share(accent, twice),
            _share(every_other, accent),
            _share(one, four),
            _share(half, one),
        ),
        axis=-1,
    )


def _share(part: Doubles, rest: Doubles) -> Doubles:
    """What part is of both, 0..1."""
    return part / (part + rest + 1e-3)


def prior() -> Doubles:
    """How much each of ``CANDIDATES_BPM`` is preferred before anything is heard; 0 at most."""
    slow, fast = _USUAL_BPM
    away = np.log2(CANDIDATES_BPM / PREFERRED_BPM)
    beyond = np.log2(np.maximum(CANDIDATES_BPM / fast, 1) * np.maximum(slow / CANDIDATES_BPM, 1))
    return np.asarray(-_OCTAVE_COSTS * away**2 - _UNUSUAL_COSTS * beyond)


def beat_bpm(heard: Tempogram) -> float:
    """The tempo that most speaks for, to 1 %."""
    return float(CANDIDATES_BPM[np.argmax(clues(heard) @ np.array(list(WEIGHTS.values())) + prior())])
