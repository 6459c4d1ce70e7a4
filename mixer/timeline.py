"""What a session plays, as pure data: sources, clips and the timeline they lie on.

All positions are integers in samples at 48 000 Hz. Clips start on the quantum grid, so that in steady state a
track's packets are the same wherever it is played (ARCHITECTURE: "encode once"); only one that continues the
clip before it to the sample may start off the grid.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from mixer.clock import QUANTUM
from mixer.errors import TimelineError

Ending = Literal["cold", "fade", "ring"]
"""How a track ends: at full level, by a fade of its own, or with what rings on after its last note."""

JoinKind = Literal["crossfade", "beatmatch", "cut", "gapless", "skip"]
"""How a clip comes in. A skip is a short crossfade that was asked for; a cut has no overlap."""


@dataclass(frozen=True, slots=True)
class Beats:
    """Evenly spaced beats: beat ``k`` is at ``beat + k * period``, in samples of the source."""

    beat: float
    period: float


@dataclass(frozen=True, slots=True)
class Source:
    """A track as the mixer knows it. What is left at its default is not known.

    Attributes:
        key: the caller's name for the content; opaque here.
        path: the file to decode.
        cue_in: first audible sample of the decoded, resampled track.
        cue_out: one past the last audible sample; > ``cue_in``.
        loudness_lufs: integrated loudness (EBU R 128) of the whole track.
        true_peak_dbtp: true peak of the whole track.
        length: samples of the whole decoded track, what is before and after the cue points included.
        ending: how it ends; a fade of 0 ``ending_samples`` is no fade.
        ending_samples: length of the fade, or of what rings on, before ``cue_out``.
        intro: from ``cue_in`` on, the music is sparse or quiet for so many samples.
        outro: the same before ``cue_out``.
        first_beats: the beats near the beginning.
        last_beats: the beats near the end.
        tempo_confidence: how sure those are, 0..1.
        continues: key of the track that this one continues without a gap, "": none.
    """

    key: str
    path: Path
    cue_in: int
    cue_out: int
    loudness_lufs: float
    true_peak_dbtp: float
    length: int = 0
    ending: Ending = "fade"
    ending_samples: int = 0
    intro: int = 0
    outro: int = 0
    first_beats: Beats | None = None
    last_beats: Beats | None = None
    tempo_confidence: float = 0.0
    continues: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.cue_in < self.cue_out:
            raise TimelineError(f"source {self.key}: needs 0 <= cue_in < cue_out")

    @property
    def playable(self) -> int:
        """Samples between the cue points."""
        return self.cue_out - self.cue_in

    @property
    def last(self) -> int:
        """One past the last sample of the file, as far as that is known; >= ``cue_out``."""
        return max(self.length, self.cue_out)


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a clip that plays at another tempo: timeline samples and the source's samples in them.

    The tempo is constant up to ``matched``, then constant up to ``length``; from there on it is the source's.

    Attributes:
        matched: timeline samples for which beats lie on beats.
        matched_source: the source's samples in these.
        length: timeline samples of the whole head; > ``matched``.
        source: the source's samples in it.
    """

    matched: int
    matched_source: int
    length: int
    source: int

    def __post_init__(self) -> None:
        rising = 0 < self.matched < self.length and 0 < self.matched_source < self.source
        if not rising:
            raise TimelineError("a stretched head must move forward")

    @property
    def speed(self) -> float:
        """How much faster than recorded the matched part plays."""
        return self.matched_source / self.matched

    def time_of(self, source: int) -> int:
        """The sample of the head, 0..``length``, at which so many samples of the source have been played."""
        if source <= self.matched_source:
            return max(0, source) * self.matched // self.matched_source
        landing, in_landing = self.length - self.matched, source - self.matched_source
        return min(self.length, self.matched + in_landing * landing // (self.source - self.matched_source))

    @property
    def ahead(self) -> int:
        """How many samples of the source more than of the timeline it holds; negative when slowed down."""
        return self.source - self.length


@dataclass(frozen=True, slots=True)
class Join:
    """How a clip comes in, and why so, in words."""

    kind: JoinKind = "cut"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Clip:
    """A span of one source on a timeline.

    Attributes:
        start: where it begins on the timeline; a multiple of QUANTUM unless it joins without a gap.
        length: samples it lasts, fades included.
        source_start: the source's sample that plays at ``start``; negative: before the file begins, silent.
        gain: linear, constant over the clip but for ``level_from``.
        fade_in: samples over which it rises from ``start``; 0: none.
        fade_out: samples over which it falls to ``end``; 0: none.
        head: how it begins when its tempo is changed there.
        bass_in: so many samples after ``start`` its low band begins to enter; 0: with all the rest.
        bass_out: so many samples before ``end`` its low band begins to leave; 0: with all the rest.
        level_from: at ``start`` its gain is this many times ``gain``.
        level_samples: from there it moves to ``gain``, evenly in decibels, in so many samples; 0: at once.
        cut: it ends so many samples before its fades say; they go on as if it did not.
        hush: samples before ``end`` over which it falls to silence, whatever else it does.
        join: how it comes in.
    """

    source: Source
    start: int
    length: int
    source_start: int
    gain: float = 1.0
    fade_in: int = 0
    fade_out: int = 0
    head: Head | None = None
    bass_in: int = 0
    bass_out: int = 0
    level_from: float = 1.0
    level_samples: int = 0
    cut: int = 0
    hush: int = 0
    join: Join = Join()

    def __post_init__(self) -> None:
        if self.start % QUANTUM and self.join.kind != "gapless":
            raise TimelineError(f"clip of {self.source.key}: start {self.start} is not on the quantum grid")
        if self.length <= 0 or (self.source_start < 0 and self.head is None):
            raise TimelineError(f"clip of {self.source.key}: empty, or begins before its source")
        if self.fade_in < 0 or self.fade_out < 0 or self.fade_in + self.fade_out > self.length + self.cut:
            raise TimelineError(f"clip of {self.source.key}: its fades do not fit in its length")

    @property
    def end(self) -> int:
        """One past its last sample on the timeline."""
        return self.start + self.length

    @property
    def offset(self) -> int:
        """After the head, the source's sample less the timeline's sample at which it plays."""
        return self.source_start - self.start + (self.head.ahead if self.head else 0)

    @property
    def even_from(self) -> int:
        """From this sample on it plays as it was recorded, at constant gain, until ``even_to``."""
        head = self.head.length if self.head else 0
        return self.start + max(self.fade_in, head, self.level_samples)

    @property
    def even_to(self) -> int:
        """See ``even_from``."""
        return min(self.end - self.hush, self.uncut_end - max(self.fade_out, self.bass_out))

    @property
    def uncut_end(self) -> int:
        """Where its fade-out would end if it were not ``cut``."""
        return self.end + self.cut

    def hushed(self, end: int, over: int) -> Clip:
        """The same clip, to fall silent by ``end`` over so many samples, amid whatever fades it is in."""
        return replace(self, length=end - self.start, cut=self.uncut_end - end, hush=over)

    def ending_at(self, end: int, fade_out: int, bass_out: int = 0) -> Clip:
        """The same clip, to end at ``end`` with a fade of ``fade_out`` samples."""
        return replace(self, length=end - self.start, fade_out=fade_out, bass_out=bass_out)

    def playing_to(self, source_end: int) -> Clip:
        """The same clip, to end before ``source_end`` of its source, without a fade."""
        return self.ending_at(source_end - self.offset, 0)


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
