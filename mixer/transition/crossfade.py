"""Crossfades, planned and asked for, and what to do when there is no room for one."""

from __future__ import annotations

from dataclasses import replace

from mixer.clock import QUANTUM, ceil_quantum, nearest_quantum, samples, seconds
from mixer.timeline import Clip, Join, Source
from mixer.transition.levels import first_clip
from mixer.transition.settings import MixSettings

SOFT_START = 960
"""Samples over which a clip rises that has nothing to fade from in mid-mix: 20 ms, enough not to click."""

_LEAST_ROOM = samples(2.0)
"""However little room the edges of two tracks give, a fade may be this long."""


def crossfade(
    outgoing: Clip, incoming: Source, settings: MixSettings, not_before: int = 0, why: str = ""
) -> tuple[Clip, Clip]:
    """Let ``incoming`` rise while ``outgoing`` falls to its own end.

    The fade lasts ``fade_s``, at most a third of either track and not longer than the outro or the intro
    gives room for, and at least one quantum where the tracks and ``not_before`` leave room for that.

    Args:
        outgoing: what plays.
        incoming: what comes next.
        settings: how to mix.
        not_before: first sample that may still change, on the grid.
        why: why it is no other kind of transition.

    Returns:
        Both clips, to be put in place of ``outgoing``.
    """
    if falls_before(outgoing, not_before):
        return outgoing, follow(outgoing, incoming, not_before, settings)
    start = fade_start(
        outgoing, min(longest(outgoing, incoming, settings), _room(outgoing, incoming)), not_before
    )
    return overlap(outgoing, incoming, start, outgoing.end, settings=settings, join=Join("crossfade", why))


def longest(outgoing: Clip, incoming: Source, settings: MixSettings) -> int:
    """Samples that a crossfade may last by the settings and by the length of the tracks."""
    return min(samples(settings.fade_s), outgoing.length // 3, incoming.playable // 3)


def _room(outgoing: Clip, incoming: Source) -> int:
    """Samples for which one of two tracks is sparse; all that there are when that is not known."""
    room = max(outgoing.source.outro, incoming.intro)
    return max(room, _LEAST_ROOM) if room > 0 else outgoing.length


def fade_start(outgoing: Clip, length: int, not_before: int) -> int:
    """The grid sample at which a fade of some ``length`` to the end of ``outgoing`` may begin."""
    start = nearest_quantum(outgoing.end - max(length, QUANTUM))
    if outgoing.end - start < QUANTUM:
        start -= QUANTUM
    return max(start, earliest(outgoing), not_before)


def earliest(outgoing: Clip) -> int:
    """The first grid sample at which something may follow ``outgoing``: when it has risen."""
    return ceil_quantum(outgoing.start + max(1, outgoing.fade_in))


def skip(outgoing: Clip, incoming: Source, at: int, settings: MixSettings) -> tuple[Clip, Clip]:
    """Leave ``outgoing`` early: the crossfade begins at ``at`` (on the grid) and lasts ``skip_fade_s``.

    Near the end of the track the fade is as long as what is left. A track that is still rising rises on while
    it falls silent.

    Returns:
        Both clips, to be put in place of ``outgoing``.
    """
    asked = Join("skip", "asked for")
    if falls_before(outgoing, at):
        return outgoing, replace(follow(outgoing, incoming, at, settings), join=asked)
    limit = min(samples(settings.skip_fade_s), incoming.playable // 3)
    end = min(outgoing.end, at + max(QUANTUM, nearest_quantum(limit)))
    if at < earliest(outgoing):
        end = end if end - at <= incoming.playable else min(outgoing.end, at + QUANTUM)
        start = at if end - at <= incoming.playable else ceil_quantum(end)
        arriving = first_clip(incoming, start, settings, asked)
        return outgoing.hushed(end, end - at), replace(arriving, fade_in=end - start if start < end else 0)
    leaving, arriving = overlap(outgoing, incoming, at, end, settings=settings, join=asked)
    return leaving, replace(arriving, join=asked)


def follow(outgoing: Clip, incoming: Source, at: int, settings: MixSettings, why: str = "") -> Clip:
    """Let ``incoming`` rise from ``at`` (on the grid) on while ``outgoing`` goes as it is.

    It begins later where it would otherwise spend more than a third of itself under ``outgoing``.

    Returns:
        The clip to be put after ``outgoing``.
    """
    most = incoming.playable // 3
    start = max(at, ceil_quantum(outgoing.start + outgoing.fade_in), ceil_quantum(outgoing.end - most))
    fade = min(most, max(SOFT_START, outgoing.end - start))
    join = Join("crossfade" if start < outgoing.end else "cut", why or "the fade-out had begun")
    return replace(first_clip(incoming, start, settings, join), fade_in=fade)


def falls_before(clip: Clip, sample: int) -> bool:
    """Whether a fade-out has begun by ``sample``: another curve would then be a jump in level."""
    return clip.even_to < min(sample, clip.end)


def overlap(
    outgoing: Clip, incoming: Source, start: int, end: int, *, settings: MixSettings, join: Join
) -> tuple[Clip, Clip]:
    """A crossfade from ``start`` (on the grid) to ``end``, or a cut where that would click."""
    fade = end - start
    if QUANTUM // 2 <= fade <= incoming.playable:
        said = join.reason or f"{seconds(fade):.1f} s"
        arriving = replace(first_clip(incoming, start, settings, Join(join.kind, said)), fade_in=fade)
        return outgoing.ending_at(end, fade), arriving
    # There is no room for a fade that would not click: one after the other.
    fall = fade if end < outgoing.end else 0
    cut = Join("cut", "no room for a fade")
    return outgoing.ending_at(end, fall), first_clip(incoming, ceil_quantum(end), settings, cut)
