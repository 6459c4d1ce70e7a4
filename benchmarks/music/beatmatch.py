"""Beat-matched transitions of click tracks: how far the beats of both decks are apart in what is rendered."""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import correlate

from benchmarks.figures import Figure, Result, at_least, at_most
from benchmarks.music.sounds import sound_of
from drift.library.analysis import tempo
from mixer import Beats, Clip, MixSettings, Source, Timeline
from mixer.clock import QUANTUM
from mixer.decks import Decks
from mixer.pcm import Block
from mixer.render import render
from mixer.transition import choose, describe, first_clip
from tests.unit.mixer.signals import wav

_RATE = 48_000
_LENGTH_S = 50
_NEAR = 2_400
"""A click is looked for this near to where it should be: 50 ms."""

_CLICK = np.exp(-np.arange(1_200) / 200) * np.sin(2 * np.pi * 1_500 * np.arange(1_200) / _RATE)
Samples = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Track:
    source: Source
    clicks: Samples
    """Samples of the source."""


@dataclass(frozen=True, slots=True)
class _Heard:
    apart_ms: Samples
    off_grid: int
    times_real_time: float


def run(*, pairs: int = 30, analysed_pairs: int = 8) -> Result:
    """Pairs of tracks 2 to 5 % apart, 80 to 170 beats a minute, half of them with chords under the clicks."""
    dice = random.Random(20_250)
    with tempfile.TemporaryDirectory() as folder:
        told = [_transition(Path(folder), dice, analysed=False) for _ in range(pairs)]
        found = [_transition(Path(folder), dice, analysed=True) for _ in range(analysed_pairs)]
    known = [one for one in told if one]
    heard = [one for one in found if one]
    apart = np.abs(np.concatenate([one.apart_ms for one in known]))
    by_analysis = np.abs(np.concatenate([one.apart_ms for one in heard])) if heard else np.array([np.nan])
    every = [*known, *heard]
    return Result(
        [
            Figure("beats of both decks apart, worst", float(apart.max()), "ms", at_most(10)),
            Figure("beats of both decks apart, 95th percentile", float(np.percentile(apart, 95)), "ms"),
            Figure(
                "the same, beats found by the analysis, worst", float(by_analysis.max()), "ms", at_most(10)
            ),
            Figure(
                "beat-matched, of all that could be",
                len(every) / (pairs + analysed_pairs),
                "",
                at_least(0.95),
            ),
            Figure(
                "off the quantum grid after landing",
                max(one.off_grid for one in every),
                "samples",
                at_most(0),
            ),
            Figure("rendering", min(one.times_real_time for one in every), "x real time", at_least(20)),
        ],
        notes=[
            f"{apart.size} beats in {len(known)} transitions, {by_analysis.size} with beats from the analysis"
        ],
    )


def _transition(folder: Path, dice: random.Random, *, analysed: bool) -> _Heard | None:
    """One transition; None: it was not beat-matched."""
    bpm = dice.uniform(80, 170)
    further = 1 + dice.choice([-1, 1]) * dice.uniform(0.02, 0.05)
    chords = dice.random() < 0.5
    first = _track(folder / "a.wav", bpm, dice, chords=chords, analysed=analysed)
    second = _track(folder / "b.wav", bpm * further, dice, chords=chords, analysed=analysed)
    settings = MixSettings()
    before, after = choose(first_clip(first.source, 0, settings), second.source, settings)
    if describe(before, after).kind != "beatmatch":
        return None
    begin, end = after.start, before.end
    decks = Decks()
    started = time.process_time()
    render(Timeline((before, after)), begin, end - begin, decks)
    took_s = time.process_time() - started
    outgoing = replace(before, fade_out=0, bass_out=0)
    incoming = replace(after, fade_in=0, bass_in=0)
    mine = [click - before.offset - begin for click in first.clicks]
    wanted = np.array([at for at in mine if _NEAR < at < end - begin - _NEAR - len(_CLICK)])
    if after.source_start < second.clicks[0]:
        wanted = wanted[
            wanted > (second.clicks[0] - after.source_start) / describe(before, after).stretch - _NEAR
        ]
    apart = _onsets(_alone(incoming, begin, end, decks), wanted) - _onsets(
        _alone(outgoing, begin, end, decks), wanted
    )
    decks.close()
    off_grid = (after.offset - second.source.cue_in) % QUANTUM
    return _Heard(apart / _RATE * 1e3, off_grid, (end - begin) / _RATE / took_s)


def _alone(clip: Clip, begin: int, end: int, decks: Decks) -> Block:
    return render(Timeline((clip,)), begin, end - begin, decks)


def _track(file: Path, bpm: float, dice: random.Random, *, chords: bool, analysed: bool) -> _Track:
    """A file of clicks, with its true beats or those that the analysis finds."""
    n = _LENGTH_S * _RATE
    period = 60 * _RATE / bpm
    clicks = np.arange(dice.uniform(0.05, 0.5) * _RATE, n - _RATE / 4, period)
    t = np.arange(n) / _RATE
    pcm = np.zeros(n)
    if chords:
        root = dice.uniform(80, 160)
        pcm += sum(
            0.05 * np.sin(2 * np.pi * root * ratio * t + dice.uniform(0, 6)) for ratio in (1, 1.5, 2, 2.52)
        )
        pcm += np.random.default_rng(dice.randrange(1 << 30)).normal(0, 0.01, n)
    for click in np.rint(clicks).astype(np.int64):
        pcm[click : click + len(_CLICK)] += 0.6 * _CLICK
    wav(file, np.stack((pcm, pcm)))
    first = last = Beats(float(clicks[0]), period)
    sure = 1.0
    if analysed:
        values = tempo.describe(sound_of(file))
        first = Beats(values["first_beat_samples"], values["first_period_samples"])
        last = Beats(values["last_beat_samples"], values["last_period_samples"])
        sure = values["tempo_confidence"]
    source = Source(
        str(file), file, 0, n, -16.0, -3.0, first_beats=first, last_beats=last, tempo_confidence=sure
    )
    return _Track(source, clicks)


def _onsets(block: Block, wanted: Samples) -> Samples:
    """Where near each wanted place the sound is most like a click."""
    likeness = np.abs(correlate(block[0], _CLICK.astype(np.float32), "valid", method="fft"))
    starts = np.rint(wanted).astype(np.int64) - _NEAR
    return np.array(
        [start + int(np.argmax(likeness[start : start + 2 * _NEAR])) for start in starts], dtype=np.float64
    )
