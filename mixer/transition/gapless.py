"""Tracks that continue one another: joined to the sample."""

from __future__ import annotations

from mixer.clock import seconds
from mixer.pcm import SAMPLE_RATE, db_to_gain, gain_to_db
from mixer.timeline import Clip, Join, Source
from mixer.transition.levels import ceiling_db, level, track_gain
from mixer.transition.settings import MixSettings

_DB_PER_S = 1.0
"""After the joint, the gain moves to the track's own no faster than this."""


def continued(outgoing: Clip, incoming: Source, settings: MixSettings) -> tuple[Clip, Clip]:
    """Play ``outgoing`` to the last sample of its file and ``incoming`` from its first, at the same gain.

    From the joint on the gain moves to what the incoming track gets elsewhere. The joint is where it falls:
    off the quantum grid, ``incoming`` is encoded live.
    """
    leaving = outgoing.playing_to(outgoing.source.last)
    gain = track_gain(incoming, settings)
    most = db_to_gain(ceiling_db(incoming, settings))
    before = min(level(leaving, leaving.end), max(gain, most)) / gain
    moves = 0 if before == 1.0 else round(abs(gain_to_db(before)) / _DB_PER_S * SAMPLE_RATE)
    join = Join("gapless", f"it continues the track before it, joined at {seconds(leaving.end):.3f} s")
    arriving = Clip(
        incoming,
        leaving.end,
        incoming.cue_out,
        0,
        gain,
        level_from=before if moves else 1.0,
        level_samples=moves,
        join=join,
    )
    return leaving, arriving
