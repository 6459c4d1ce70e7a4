"""Beats on beats: the incoming track begins at the tempo of the outgoing one and lands at its own.

Times are samples. The outgoing one's beats lie on the timeline at ``beat + k * period``. The incoming one
is played ``period_in / period_out`` times as fast for the overlap, so that its beats lie on these. Then, over
a landing of some seconds, it returns to its own tempo, by such a rate that afterwards its packets lie on the
quantum grid: at most 60 ms more or less than half-way between the two tempi would give.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor, isfinite

from mixer.clock import QUANTUM, nearest_quantum, samples
from mixer.timeline import Beats, Clip, Head, Join, Source
from mixer.transition.crossfade import earliest
from mixer.transition.levels import first_clip
from mixer.transition.settings import MixSettings

MOST_STRETCH = 0.06
"""Further apart, tempi are left alone: time-stretching would be heard."""

_MOST_S = 30.0
"""Overlaps are never longer, whatever the settings say: a stretched head is held in memory."""

_BEATS = (32, 16, 8, 4)
"""Overlaps last so many beats: whole bars, as far as music is in fours."""

_LANDING = samples(4.0)
_LEAST_LANDING = samples(2.0)
_PERIODS = (samples(60 / 300), samples(60 / 30))
"""Beats are taken for such between 300 and 30 a minute."""


def beatmatch(
    outgoing: Clip, incoming: Source, settings: MixSettings, not_before: int
) -> tuple[Clip, Clip] | str:
    """Both clips, or in words why beats are not laid on beats."""
    source = outgoing.source
    problem = _problem(source, incoming, settings)
    if problem:
        return problem
    assert source.last_beats is not None
    assert incoming.first_beats is not None
    theirs, ours = source.last_beats, incoming.first_beats
    most = min(samples(min(settings.beatmatch_s, _MOST_S)), outgoing.length // 3, incoming.playable // 3)
    too_short = "too short for matched beats"
    for beats in _BEATS:
        if beats * theirs.period > most:
            continue
        if source.ending == "cold" and source.outro < beats * theirs.period:
            too_short = "it ends cold"
            continue
        if source.ending == "ring" and source.ending_samples > beats * theirs.period / 2:
            too_short = "it rings on"
            continue
        pair = _matched(outgoing, incoming, beats, settings)
        if pair and pair[1].start >= max(not_before, earliest(outgoing), _landed(outgoing)):
            said = f"{_bpm(theirs):.1f} and {_bpm(ours):.1f} BPM, {100 * _apart(theirs, ours):.1f} % apart"
            return pair[0], replace(pair[1], join=Join("beatmatch", f"{said}, over {beats} beats"))
    return too_short


def _problem(outgoing: Source, incoming: Source, settings: MixSettings) -> str:
    if settings.beatmatch_s <= 0:
        return "matching beats is off"
    theirs, ours = outgoing.last_beats, incoming.first_beats
    if theirs is None or ours is None:
        return "the tempo of one is not known"
    for grid in (theirs, ours):
        if not isfinite(grid.beat) or not _PERIODS[0] <= grid.period <= _PERIODS[1]:
            return "the tempo of one is not known"
    for sure in sorted((outgoing.tempo_confidence, incoming.tempo_confidence)):
        if not sure >= settings.tempo_confidence:
            return f"the tempo of one is not sure ({sure:.2f})"
    if _apart(theirs, ours) > MOST_STRETCH:
        return f"{100 * _apart(theirs, ours):.1f} % apart: too far to stretch"
    return ""


def _apart(theirs: Beats, ours: Beats) -> float:
    return abs(ours.period / theirs.period - 1.0)


def _bpm(beats: Beats) -> float:
    return samples(60.0) / beats.period


def _landed(clip: Clip) -> int:
    """The first sample at which a clip has its own tempo."""
    return clip.start + (clip.head.length if clip.head else 0)


def _matched(outgoing: Clip, incoming: Source, beats: int, settings: MixSettings) -> tuple[Clip, Clip] | None:
    """Both clips with an overlap of so many beats, if the incoming one has room for its landing."""
    theirs, ours = outgoing.source.last_beats, incoming.first_beats
    assert theirs is not None
    assert ours is not None
    speed = ours.period / theirs.period
    beat = theirs.beat - outgoing.offset  # on the timeline
    until = outgoing.end - _own_fade(outgoing.source)
    last = beat + floor((until - beat) / theirs.period) * theirs.period
    first = last - beats * theirs.period
    # The incoming one's first beat lies on `first`; it begins on the grid, some silence before its cue-in.
    lead = (ours.beat - incoming.cue_in) % ours.period
    start = floor((first - lead / speed) / QUANTUM) * QUANTUM
    source_start = round(incoming.cue_in + lead - (first - start) * speed)
    end = round(last)
    head = _head(incoming, source_start, start, end - start, speed)
    if head is None:
        return None
    middle = round(first + beats // 2 * theirs.period)
    arriving = replace(
        first_clip(incoming, start, settings),
        length=incoming.cue_out - source_start - head.ahead,
        source_start=source_start,
        fade_in=end - start,
        head=head,
        bass_in=middle - start,
    )
    return outgoing.ending_at(end, end - start, bass_out=end - middle), arriving


def _own_fade(source: Source) -> int:
    """Samples at the end that are left out: under a recorded fade no curve of ours keeps the level."""
    return source.ending_samples if source.ending == "fade" else 0


def _head(incoming: Source, source_start: int, start: int, matched: int, speed: float) -> Head | None:
    """The head of a clip that begins at ``start`` with ``source_start``; None: the track is too short.

    Afterwards the source's samples less the timeline's are a whole number of quanta from the cue-in.
    """
    matched_source = round(matched * speed)
    room = incoming.cue_out - source_start - matched_source
    landing = min(_LANDING, ceil(room / 3))
    if landing < _LEAST_LANDING:
        return None
    ahead = matched_source - matched + round(landing * (speed - 1.0) / 2)
    behind = source_start - start - incoming.cue_in
    ahead = nearest_quantum(ahead + behind) - behind
    return Head(matched, matched_source, matched + landing, matched + landing + ahead)
