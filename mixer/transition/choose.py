"""Which transition fits: a pure function of what plays, what comes and the settings."""

from __future__ import annotations

from mixer.timeline import Clip, Source
from mixer.transition.beatmatch import beatmatch
from mixer.transition.crossfade import crossfade, falls_before, follow
from mixer.transition.endings import cut, under_ending
from mixer.transition.gapless import continued
from mixer.transition.settings import MixSettings


def choose(outgoing: Clip, incoming: Source, settings: MixSettings, not_before: int = 0) -> tuple[Clip, Clip]:
    """The transition that fits; the incoming clip's ``join`` says which and why.

    What is joined without a gap on its album stays so; beats are laid on beats where both tempi are sure and
    near; then the outgoing track's own ending counts: a cold one is not faded, a recorded fade or what rings
    on is not faded twice. All else is crossfaded at equal power.

    Args:
        outgoing: what plays, to the end of its music.
        incoming: what comes next.
        settings: how to mix.
        not_before: first sample that may still change, on the grid.

    Returns:
        Both clips, to be put in place of ``outgoing``.
    """
    source = outgoing.source
    if falls_before(outgoing, not_before):
        return outgoing, follow(outgoing, incoming, not_before, settings)
    if settings.gapless and incoming.continues == source.key and incoming.continues:
        return continued(outgoing, incoming, settings)
    matched = beatmatch(outgoing, incoming, settings, not_before)
    if not isinstance(matched, str):
        return matched
    if source.ending == "cold":
        return cut(outgoing, incoming, settings)
    if source.ending_samples > 0:
        return under_ending(outgoing, incoming, settings, not_before, matched)
    return crossfade(outgoing, incoming, settings, not_before, matched)
