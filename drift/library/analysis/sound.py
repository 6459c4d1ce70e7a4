"""What is kept of a track's sound while it is decoded, and what all descriptors are computed from.

A track is heard once, in pieces, and leaves behind three small pictures of itself: ``Bands`` (fast: rhythm
and timbre), ``Spectra`` (broad: colour, dynamics, how it begins and ends) and ``Pitches`` (fine: tuning,
chords, key). Twenty minutes take some 40 MB, and nothing takes more than 100 MB: of a track longer than 45
minutes the middle is not kept. Everything after this module is a pure function of a :class:`Sound`.

Signal path: (2, n) at 48 kHz -> mid -> STFT 1024/512 -> Bands, Spectra
                                     -> STFT 16384/8192 -> Pitches
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from drift.library.analysis.bands import Bands, BandsListener
from drift.library.analysis.pitches import Pitches, PitchesListener
from drift.library.analysis.spectra import Spectra, SpectraListener
from drift.library.analysis.stft import Floats, Stft

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RATE_HZ = 48_000
FRAME, HOP = 1_024, 512
PITCH_FRAME, PITCH_HOP = 16_384, 8_192
_PIECE = 16 * PITCH_HOP
"""Samples that are worked on at a time: 2.7 s. Long enough for numpy, short enough for the cache."""

CHAPTER_SAMPLES = 330 * _PIECE
"""15 minutes. A track's first chapter and its last two are kept."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A track as descriptors see it: without the middle if it is long. Positions are in what is kept.

    Attributes:
        length_samples: of what is kept of the 48 kHz rendition.
        cue_in_samples: where the first sound is.
        cue_out_samples: where the last one ends.
        cut_samples: how much was left out, 0 of most tracks; it was at ``CHAPTER_SAMPLES``.
    """

    length_samples: int
    cue_in_samples: int
    cue_out_samples: int
    bands: Bands
    spectra: Spectra
    pitches: Pitches
    cut_samples: int = 0

    def place(self, samples: float) -> float:
        """Where a position in what is kept is in the whole track."""
        return samples if samples < CHAPTER_SAMPLES else samples + self.cut_samples


class Listener:
    """Hears a track piece by piece and gives its :class:`Sound`."""

    def __init__(self) -> None:
        self._held: list[Floats] = []
        self._held_samples = 0
        self._chapter = _Chapter()
        self._chapters: list[_Heard] = []
        self._cut_samples = 0

    def push(self, block: Floats) -> None:
        """Hear the next samples, float32 ``(2, n)`` at 48 kHz; kept until there is enough to work on."""
        self._held.append(block)
        self._held_samples += block.shape[1]
        if self._held_samples >= _PIECE:
            self._work()

    def finish(self, cue_in_samples: int, cue_out_samples: int) -> Sound:
        """The sound, at the end of the track, whose cues are given."""
        self._work()
        if self._chapter.length_samples or not self._chapters:
            self._close()
        parts, self._chapters = self._chapters, []
        length = sum(part.length_samples for part in parts)
        cut = self._cut_samples

        def kept(place: int) -> int:
            return min(place if place < CHAPTER_SAMPLES else max(CHAPTER_SAMPLES, place - cut), length)

        return Sound(
            length,
            kept(cue_in_samples),
            kept(cue_out_samples),
            _joined([part.bands for part in parts]),
            _joined([part.spectra for part in parts]),
            _joined([part.pitches for part in parts]),
            cut,
        )

    def _work(self) -> None:
        """Hear what is held, up to the chapter's end and beyond."""
        if not self._held:
            return
        block = np.concatenate(self._held, axis=1)
        self._held, self._held_samples = [], 0
        while block.shape[1]:
            here = block[:, : CHAPTER_SAMPLES - self._chapter.length_samples]
            self._chapter.hear(here)
            block = block[:, here.shape[1] :]
            if self._chapter.length_samples == CHAPTER_SAMPLES:
                self._close()

    def _close(self) -> None:
        """End the chapter; the first one, the last whole one and what follows it are kept."""
        self._chapters.append(self._chapter.finish())
        self._chapter = _Chapter()
        if len(self._chapters) > 3:
            self._cut_samples += self._chapters.pop(1).length_samples


@dataclass(frozen=True, slots=True)
class _Heard:
    length_samples: int
    bands: Bands
    spectra: Spectra
    pitches: Pitches


class _Chapter:
    """A part of a track, with silence before it and after it. Its length is a multiple of every hop."""

    def __init__(self) -> None:
        self.length_samples = 0
        self._stft = Stft(FRAME, HOP)
        self._pitch_stft = Stft(PITCH_FRAME, PITCH_HOP)
        self._bands = BandsListener()
        self._spectra = SpectraListener()
        self._pitches = PitchesListener()

    def hear(self, block: Floats) -> None:
        self.length_samples += block.shape[1]
        mid: Floats = (block[0] + block[1]) * np.float32(0.5)
        self._spectra.hear(block, mid)
        self._frames(self._stft.push(mid))
        self._pitches.push(self._pitch_stft.push(mid))

    def finish(self) -> _Heard:
        self._frames(self._stft.flush())
        self._pitches.push(self._pitch_stft.flush())
        return _Heard(
            self.length_samples, self._bands.finish(), self._spectra.finish(), self._pitches.finish()
        )

    def _frames(self, power: Floats) -> None:
        if power.shape[0]:
            self._bands.push(power)
            self._spectra.push(power)


_Part = TypeVar("_Part", bound="DataclassInstance")


def _joined(parts: Sequence[_Part]) -> _Part:
    """One after the other: every field is an array with a row per frame."""
    if len(parts) == 1:
        return parts[0]
    names = [field.name for field in fields(parts[0])]
    return replace(
        parts[0], **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    )
