"""``render(timeline, start, n)``: the mix of any span, as a pure function.

Nothing that happened before changes the result: decks seek to the sample, fades are computed from
positions, the limiter looks at a fixed window. So a session resumes after a crash where it was, the same
span is rendered alike for every codec, and tests compare samples.
"""

from __future__ import annotations

import numpy as np

from mixer import limiter
from mixer.deck import shown
from mixer.decks import Decks
from mixer.errors import DeckError
from mixer.pcm import Block, db_to_gain, silence
from mixer.timeline import Clip, Timeline
from mixer.voice import voice

METER_MARGIN_DB = 0.2
"""The limiter aims this far under the ceiling: its meter, and that of whoever measures, may read this much
too low."""

_MISSING = 4_800
"""A track may end this many samples early (100 ms, a decoder's padding) without being a fault."""


class ClipFault(Exception):  # noqa: N818 - it is a fault of the clip; DeckError is its cause
    """A clip cannot be played from a sample on. Its cause is the DeckError.

    Attributes:
        clip: the clip.
        at: the first timeline sample that could not be rendered.
    """

    def __init__(self, clip: Clip, at: int, reason: str) -> None:
        super().__init__(reason)
        self.clip = clip
        self.at = at


def render(
    timeline: Timeline,
    start: int,
    n: int,
    decks: Decks,
    ceiling_dbtp: float = -1.0,
) -> Block:
    """The mix of timeline samples ``[start, start + n)``.

    Args:
        timeline: what plays; where nothing does, the result is silent.
        start: first sample; may be negative.
        n: how many.
        decks: where the tracks are read; holds no state that changes the result.
        ceiling_dbtp: true peak that the result does not exceed.

    Returns:
        A block ``(2, n)`` that the caller owns.

    Raises:
        ClipFault: a clip's file cannot be read, or ends before the clip does.
    """
    if n <= 0:
        return silence(0)
    if not any(timeline.overlaps(start - limiter.REACH, start + n + limiter.REACH)):
        return _mix(timeline, start, n, decks, start)
    grid_start = start // limiter.HOP * limiter.HOP
    grid_end = -(-(start + n) // limiter.HOP) * limiter.HOP
    wide_start, wide_end = grid_start - limiter.REACH, grid_end + limiter.REACH
    wide = _mix(timeline, wide_start, wide_end - wide_start, decks, start)
    inside = np.zeros(wide.shape[1] // limiter.HOP, dtype=np.bool_)
    for begin, end in timeline.overlaps(wide_start, wide_end):
        first = max(0, (begin - wide_start) // limiter.HOP)
        inside[first : max(0, -(-(end - wide_start) // limiter.HOP))] = True
    ceiling = db_to_gain(ceiling_dbtp - METER_MARGIN_DB)
    limited = limiter.limit(wide, inside, ceiling)
    return np.ascontiguousarray(limited[:, start - grid_start : start - grid_start + n])


def _mix(timeline: Timeline, start: int, n: int, decks: Decks, wanted: int) -> Block:
    """The sum of the clips in a span, before the limiter; a fault never lies before ``wanted``."""
    mixed = silence(n)
    for clip in timeline.sounding(start, start + n):
        begin, end = max(start, clip.start), min(start + n, clip.end)
        try:
            heard, ended = voice(clip, begin, end - begin, decks)
        except DeckError as error:
            if clip.end <= wanted:
                continue  # only the limiter would have looked at it
            raise ClipFault(clip, max(begin, wanted), str(error)) from error
        missing = ended < end and ended + clip.offset < clip.source.cue_out - _MISSING
        if missing and clip.end > wanted:
            raise ClipFault(clip, max(ended, wanted), f"{shown(clip.source.path)} ends before its time")
        mixed[:, begin - start : end - start] += heard
    return mixed
