"""What is told of a transition."""

from __future__ import annotations

from dataclasses import dataclass

from mixer.timeline import Clip, JoinKind


@dataclass(frozen=True, slots=True)
class TransitionPlan:
    """A planned change from one clip to the next.

    Attributes:
        kind: "crossfade", "beatmatch", "cut" (no overlap, no fade), "gapless", "skip" (a short crossfade that
            was asked for).
        outgoing: the clip that ends.
        incoming: the clip that begins.
        start: timeline sample at which the incoming clip begins.
        length: samples of overlap.
        reason: why this kind, in words.
        stretch: how many times as fast as recorded the incoming one plays in the overlap; 1.0: as recorded.
        bass_swap: whether the low band changes hands in the middle of the overlap.
    """

    kind: JoinKind
    outgoing: Clip
    incoming: Clip
    start: int
    length: int
    reason: str = ""
    stretch: float = 1.0
    bass_swap: bool = False


def describe(outgoing: Clip, incoming: Clip) -> TransitionPlan:
    """How ``outgoing`` becomes ``incoming``, its next neighbour."""
    return TransitionPlan(
        incoming.join.kind,
        outgoing,
        incoming,
        incoming.start,
        max(0, outgoing.end - incoming.start),
        incoming.join.reason,
        incoming.head.speed if incoming.head else 1.0,
        incoming.bass_in > 0,
    )
