"""Loudness through random transitions of the demo library: dips and bumps against a straight line.

The line leads from the outgoing track to the incoming one, in LU over the time of the overlap. Of each track
it takes what that would be alone, unfaded, so that the music's own ups and downs are not counted; where a
track ends by itself, its level when the overlap begins is held.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from benchmarks.figures import Figure, Result, at_most
from benchmarks.harness.music import cache
from drift.library import demo
from mixer import Beats, Clip, MixSettings, Source, Timeline
from mixer.decks import Decks
from mixer.pcm import Block, silence
from mixer.render import render
from mixer.transition import choose, first_clip

_RATE = 48_000
_WINDOW = 3 * _RATE
"""Short-term loudness, EBU Tech 3341."""

_STEP = _RATE // 10
_EXCERPT_S = 24
_SETTINGS = MixSettings()
_SHELF = ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585])
_HIGH_PASS = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])
"""K-weighting at 48 kHz, ITU-R BS.1770-5, tables 1 and 2."""

Curve = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Ending:
    """What a track's ending is in the plan of the demo library: name, and how long it takes."""

    kind: str
    length_s: float


def run(*, transitions: int = 100, seed: int = 20_250) -> Result:
    """Excerpts of random tracks follow one another; a third of the outgoing ones end as their tracks do."""
    folder = cache() / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    demo.adopt(folder)
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        files = list(workers.map(demo.write, demo.TRACKS, [folder] * len(demo.TRACKS)))
    dice = random.Random(seed)
    tracks = list(zip(demo.TRACKS, files, strict=True))
    decks = Decks()
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for _ in range(transitions):
        name, off = _transition(tracks, dice, decks)
        found[name].append((float(off.min()), float(off.max())))
    decks.close()
    every = [one for several in found.values() for one in several]
    figures = [
        Figure("dip, worst", -min(low for low, _ in every), "LU", at_most(2)),
        Figure("bump, worst", max(high for _, high in every), "LU", at_most(2)),
        Figure("larger of both, mean", float(np.mean([max(-low, high) for low, high in every])), "LU"),
    ]
    for name, several in sorted(found.items()):
        figures.append(Figure(f"{len(several)} x {name}: dip, worst", -min(low for low, _ in several), "LU"))
        figures.append(
            Figure(f"{len(several)} x {name}: bump, worst", max(high for _, high in several), "LU")
        )
    return Result(figures)


def _transition(
    tracks: list[tuple[demo.DemoTrack, Path]], dice: random.Random, decks: Decks
) -> tuple[str, Curve]:
    """The kind of a random transition, and how far its loudness is off the line, in LU, from step to step."""
    by_itself = dice.random() < 1 / 3
    one, file = dice.choice(tracks)
    near = [pair for pair in tracks if abs(pair[0].bpm / one.bpm - 1) < 0.06]
    other, second_file = dice.choice(near if dice.random() < 0.5 else tracks)
    begin = one.duration_s - _EXCERPT_S if by_itself else dice.uniform(20, one.duration_s - _EXCERPT_S - 15)
    ending = _ending(one) if by_itself else None
    outgoing = _excerpt(one, file, round(begin * _RATE), ending, decks)
    begin = dice.uniform(10, other.duration_s - _EXCERPT_S - 15)
    incoming = _excerpt(other, second_file, round(begin * _RATE), None, decks)
    before, after = choose(first_clip(outgoing, 0, _SETTINGS), incoming, _SETTINGS)
    name: str = after.join.kind
    if name == "crossfade" and ending:
        name = f"{name} under a {ending.kind} of its own"
    return name, _off_the_line(before, after, held=bool(ending), decks=decks)


def _excerpt(track: demo.DemoTrack, file: Path, begin: int, ending: _Ending | None, decks: Decks) -> Source:
    """A part of a track as if it were one; it knows the true beats, and its loudness is its own."""
    beats = Beats(0.0, 60 * _RATE / track.bpm)
    known: dict[str, Any] = {"first_beats": beats, "last_beats": beats, "tempo_confidence": 1.0}
    if ending:
        known |= {"ending": ending.kind, "ending_samples": round(ending.length_s * _RATE)}
    end = begin + _EXCERPT_S * _RATE
    pcm = silence(end - begin)
    decks.read(file, begin, pcm)
    loudness = float(10 * np.log10(np.mean(_power(pcm)) + 1e-12) - 0.691)
    return Source(f"{file}-{begin}", file, begin, end, loudness, -1.0, **known)


def _ending(track: demo.DemoTrack) -> _Ending:
    """As ``drift.library.demo`` makes it."""
    lengths = {"cold": 0.0, "ring": 4.0, "fade": min(12.0, 0.16 * track.duration_s)}
    return _Ending(track.ending, lengths[track.ending])


def _off_the_line(before: Clip, after: Clip, *, held: bool, decks: Decks) -> Curve:
    begin, end = after.start, max(before.end, after.start + _STEP)
    times = np.arange(begin - _WINDOW // 2, end + _WINDOW // 2, _STEP)
    mix = _short_term(Timeline((before, after)), times, decks)
    longer = 15 * _RATE if not held else 0
    alone = [
        Timeline(
            (
                replace(
                    before, length=before.length + longer, fade_out=0, bass_out=0, source=_to_the_end(before)
                ),
            )
        ),
        Timeline((_earlier(after),)),
    ]
    outgoing, incoming = (_short_term(line, times, decks) for line in alone)
    if held:
        outgoing[times > begin - _WINDOW // 2] = outgoing[0]
    share = np.clip((times - begin) / (end - begin), 0.0, 1.0)
    return np.asarray(mix - ((1 - share) * outgoing + share * incoming), dtype=np.float64)


def _to_the_end(clip: Clip) -> Source:
    return replace(clip.source, cue_out=clip.source.cue_out + 16 * _RATE)


def _earlier(clip: Clip) -> Clip:
    """The incoming clip at full level, as if it had played for some seconds before."""
    lead = 4 * _RATE // 5_760 * 5_760
    if clip.head is None:
        return replace(
            clip,
            start=clip.start - lead,
            source_start=clip.source_start - lead,
            length=clip.length + lead,
            fade_in=0,
        )
    whole = replace(clip, head=None, fade_in=0, bass_in=0, source_start=clip.source_start - lead)
    return replace(whole, start=clip.start - lead, length=clip.length + lead)


def _short_term(line: Timeline, times: npt.NDArray[np.int64], decks: Decks) -> Curve:
    """Short-term loudness of windows around ``times``, in LUFS."""
    first = int(times[0]) - _WINDOW // 2
    power = _power(render(line, first, int(times[-1]) - first + _WINDOW, decks))
    summed = np.concatenate(([0.0], np.cumsum(power)))
    starts = times - times[0]
    return np.asarray(
        10 * np.log10((summed[starts + _WINDOW] - summed[starts]) / _WINDOW + 1e-12) - 0.691, dtype=np.float64
    )


def _power(pcm: Block) -> Curve:
    """K-weighted power of both channels together, from sample to sample."""
    weighted = lfilter(*_HIGH_PASS, lfilter(*_SHELF, pcm.astype(np.float64)))
    return np.asarray(np.sum(weighted**2, axis=0), dtype=np.float64)
