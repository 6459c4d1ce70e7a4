"""Tracks that bring their own ending: nothing is faded that ends by itself."""

from __future__ import annotations

from dataclasses import replace

from mixer.clock import QUANTUM, ceil_quantum, seconds
from mixer.timeline import Clip, Join, Source
from mixer.transition.crossfade import SOFT_START, crossfade, fade_start, longest
from mixer.transition.levels import first_clip
from mixer.transition.settings import MixSettings

_RISE_UNDER_FADE = 0.6
"""The part of the overlap in which a track rises under one that fades by itself: between a dip and a bump, of
which neither passes 2 LU wherever in a fade of linear amplitude the overlap begins."""

_RISE_UNDER_RING = 0.5
"""The part of the overlap in which a track rises under one that rings on: after it little is left."""


def cut(outgoing: Clip, incoming: Source, settings: MixSettings) -> tuple[Clip, Clip]:
    """Let ``incoming`` begin at once after ``outgoing``: on the grid, at most a quantum later.

    A track that begins with an attack begins at full level.
    """
    arriving = first_clip(incoming, ceil_quantum(outgoing.end), settings, Join("cut", "it ends cold"))
    soft = min(SOFT_START, incoming.playable) if incoming.intro else 0
    return outgoing.ending_at(outgoing.end, 0), replace(arriving, fade_in=soft)


def under_ending(
    outgoing: Clip, incoming: Source, settings: MixSettings, not_before: int, why: str
) -> tuple[Clip, Clip]:
    """Let ``incoming`` rise while ``outgoing`` ends by itself: by a recorded fade, or ringing on.

    The overlap is as long as that ending where the settings and the tracks allow. What is longer has lost
    part of its level when the overlap begins; in any case the next one is there before it is over.
    """
    source = outgoing.source
    own = source.ending_samples
    start = fade_start(outgoing, min(own, longest(outgoing, incoming, settings)), not_before)
    length = outgoing.end - start
    if not QUANTUM // 2 <= length <= incoming.playable:
        return crossfade(outgoing, incoming, settings, not_before, why)
    rise = length * (_RISE_UNDER_RING if source.ending == "ring" else _RISE_UNDER_FADE)
    named = "it rings on for" if source.ending == "ring" else "it has a fade-out of its own,"
    arriving = first_clip(incoming, start, settings, Join("crossfade", f"{named} {seconds(own):.1f} s"))
    leaving = outgoing.ending_at(outgoing.end, 0)
    return leaving, replace(arriving, fade_in=round(rise))
