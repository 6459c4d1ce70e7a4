"""What a session plays, as pure data: sources, clips and the timeline they lie on.

All positions are integers in samples at 48 000 Hz. Every clip starts on the quantum grid, so that in steady
state a track's packets are the same wherever it is played (ARCHITECTURE: "encode once").
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from mixer.clock import QUANTUM
from mixer.errors import TimelineError


@dataclass(frozen=True, slots=True)
class Source:
    """A track as the mixer knows it.

    Attributes:
        key: the caller's name for the content; opaque here.
        path: the file to decode.
        cue_in: first audible sample of the decoded, resampled track.
        cue_out: one past the last audible sample; > ``cue_in``.
        loudness_lufs: integrated loudness (EBU R 128) of the whole track.
        true_peak_dbtp: true peak of the whole track.
    """

    key: str
    path: Path
    cue_in: int
    cue_out: int
    loudness_lufs: float
    true_peak_dbtp: float

    def __post_init__(self) -> None:
        if not 0 <= self.cue_in < self.cue_out:
            raise TimelineError(f"source {self.key}: needs 0 <= cue_in < cue_out")

    @property
    def playable(self) -> int:
        """Samples between the cue points."""
        return self.cue_out - self.cue_in


@dataclass(frozen=True, slots=True)
class Clip:
    """A span of one source on a timeline.

    Attributes:
        start: where it begins on the timeline; a multiple of QUANTUM.
        length: samples it lasts, fades included.
        source_start: the source's sample that plays at ``start``.
        gain: linear, constant over the clip.
        fade_in: samples over which it rises from ``start``; 0: none.
        fade_out: samples over which it falls to ``end``; 0: none.
    """

    source: Source
    start: int
    length: int
    source_start: int
    gain: float = 1.0
    fade_in: int = 0
    fade_out: int = 0

    def __post_init__(self) -> None:
        if self.start % QUANTUM:
            raise TimelineError(f"clip of {self.source.key}: start {self.start} is not on the quantum grid")
        if self.length <= 0 or self.source_start < 0:
            raise TimelineError(f"clip of {self.source.key}: empty, or begins before its source")
        if self.fade_in < 0 or self.fade_out < 0 or self.fade_in + self.fade_out > self.length:
            raise TimelineError(f"clip of {self.source.key}: its fades do not fit in its length")

    @property
    def end(self) -> int:
        """One past its last sample on the timeline."""
        return self.start + self.length

    def ending_at(self, end: int, fade_out: int) -> Clip:
        """The same clip, cut short (or left alone) to end at ``end`` with a fade of ``fade_out`` samples."""
        return replace(self, length=end - self.start, fade_out=fade_out)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Clips in order of start; neighbours may overlap, and that overlap is their transition.

    Invariants: starts ascend strictly, ends do not descend, and at most two clips sound at once.
    """

    clips: tuple[Clip, ...] = ()

    def __post_init__(self) -> None:
        for before, after in pairwise(self.clips):
            if after.start <= before.start or after.end < before.end:
                raise TimelineError("clips must be in order of start and of end")
        for first, third in zip(self.clips, self.clips[2:], strict=False):
            if third.start < first.end:
                raise TimelineError("three clips would sound at once")

    @property
    def end(self) -> int:
        """One past the last sample of the last clip; 0 when empty."""
        return self.clips[-1].end if self.clips else 0

    def at(self, sample: int) -> Clip | None:
        """The clip that started last at or before ``sample`` and has not ended, or None."""
        i = bisect_right(self.clips, sample, key=lambda clip: clip.start) - 1
        return self.clips[i] if i >= 0 and sample < self.clips[i].end else None

    def after(self, sample: int) -> Clip | None:
        """The first clip that starts after ``sample``, or None."""
        i = bisect_right(self.clips, sample, key=lambda clip: clip.start)
        return self.clips[i] if i < len(self.clips) else None

    def sounding(self, start: int, end: int) -> Iterator[Clip]:
        """The clips that sound anywhere in ``[start, end)``, in order."""
        return (clip for clip in self.clips if clip.start < end and start < clip.end)

    def overlaps(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The spans in which two clips sound at once that touch ``[start, end)``, in order, whole."""
        for before, after in pairwise(self.clips):
            if after.start < min(end, before.end) and start < before.end:
                yield after.start, before.end

    def ending_with(self, *clips: Clip) -> Timeline:
        """This timeline with ``clips`` in place of everything that starts at or after the first of them."""
        kept = tuple(clip for clip in self.clips if clip.start < clips[0].start)
        return Timeline(kept + clips)

    def without_before(self, sample: int) -> Timeline:
        """This timeline without the clips that ended at or before ``sample``."""
        kept = tuple(clip for clip in self.clips if clip.end > sample)
        return self if len(kept) == len(self.clips) else Timeline(kept)
