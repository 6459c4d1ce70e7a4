"""One clip alone: its source, stretched or not, at its gain, with its fades and its low band's turn."""

from __future__ import annotations

import numpy as np

from mixer import bands
from mixer.deck import new_scratch
from mixer.decks import Decks
from mixer.pcm import Block
from mixer.timeline import Clip
from mixer.transition import curves


def voice(clip: Clip, start: int, n: int, decks: Decks) -> tuple[Block, int]:
    """The samples ``[start, start + n)`` of the timeline as ``clip`` adds to them; they lie within the clip.

    Returns:
        A new block ``(2, n)``, and the timeline sample at which the file had no more to give,
        ``start + n`` if it gave all.

    Raises:
        DeckError: the file cannot be opened or decoded.
    """
    whole, low = curves(clip, start, n)
    if low is None:
        out = new_scratch(n)
        ends = _read(clip, start, out, decks)
        out *= np.float32(clip.gain)
        if whole is not None:
            out *= whole
        return out, ends
    wide = new_scratch(n + 2 * bands.REACH)
    ends = min(_read(clip, start - bands.REACH, wide, decks), start + n)
    wide *= np.float32(clip.gain)
    bass = bands.low(wide)
    out = wide[:, bands.REACH : bands.REACH + n] - bass
    if whole is not None:
        out *= whole
    bass *= low
    out += bass
    return out, ends


def _read(clip: Clip, start: int, out: Block, decks: Decks) -> int:
    """Fill ``out`` from timeline sample ``start`` on; returns where the file ended, or the span does."""
    n: int = out.shape[1]
    split = 0
    if clip.head:
        # What precedes the clip is never heard: it only leads a filter in.
        before = min(n, max(0, clip.start - start))
        split = min(n, max(before, clip.start + clip.head.length - start))
        out[:, :before] = 0.0
        if split > before:
            block, came = decks.head(clip.source.path, clip.source_start, clip.head)
            first, end = start + before - clip.start, start + split - clip.start
            out[:, before:split] = block[:, first:end]
            if came < end:
                out[:, split:] = 0.0
                return max(start, clip.start + came)
        if split == n:
            return start + n
    begin = start + split + clip.offset
    got = decks.read(clip.source.path, begin, out[:, split:])
    return start + min(n, split + max(0, -begin) + got)
