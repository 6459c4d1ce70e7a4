"""What a style writes on: a sample-accurate grid, sections, chords, and channels that collect sounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from drift.library.demo.plan import FORMS, RATE, TAILS_S, DemoTrack
from drift.library.demo.synth import Sound
from drift.library.demo.theory import Key

STEPS_PER_BAR = 16

# How open filters are at the start and the end of each section.
_OPENNESS = {
    "intro": (0.1, 0.35),
    "build": (0.35, 0.75),
    "main": (0.55, 0.8),
    "break": (0.25, 0.65),
    "peak": (0.8, 1.0),
    "outro": (0.6, 0.15),
}


@dataclass
class Channel:
    """A stereo track of the mixing desk. Levels are relative: the mix sets each channel to ``loudness_lufs``.

    ``reverb`` and ``delay`` are send gains, ``duck`` is how deep kicks push the channel down (0..1).
    """

    block: Sound
    loudness_lufs: float
    reverb: float = 0.0
    delay: float = 0.0
    duck: float = 0.0

    def add(self, sound: Sound, at: int, gain: float = 1.0, pan: float = 0.0) -> None:
        """Overlay a sound ``(n,)`` or ``(2, n)`` at a sample position; what lies beyond the end is cut.

        ``pan`` goes from -1 (left) to 1 (right), at constant power.
        """
        width = min(sound.shape[-1], self.block.shape[1] - at)
        if width <= 0:
            return
        angle = math.pi / 4 * (1.0 + pan)
        sides = (sound, sound) if sound.ndim == 1 else (sound[0], sound[1])
        self.block[0, at : at + width] += sides[0][:width] * np.float32(
            gain * math.sqrt(2.0) * math.cos(angle)
        )
        self.block[1, at : at + width] += sides[1][:width] * np.float32(
            gain * math.sqrt(2.0) * math.sin(angle)
        )


@dataclass
class Song:
    """One track while it is arranged. ``rng`` depends on the seed and the track's index alone."""

    track: DemoTrack
    rng: np.random.Generator
    delay_steps: int = 3
    delay_feedback: float = 0.45
    room_s: float = 1.8
    duck_release_s: float = 0.28
    channels: list[Channel] = field(default_factory=list)
    kicks: list[int] = field(default_factory=list)
    chords: list[int] = field(default_factory=list)
    _cache: dict[tuple[Any, ...], Sound] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = Key.parse(self.track.key)
        self.samples = round(self.track.duration_s * RATE)
        self.sections: list[str] = [name for name, bars in FORMS[self.track.bars] for _ in range(bars)]
        self.starts: list[int] = [0]
        for bar in range(1, self.track.bars):
            same = self.sections[bar] == self.sections[bar - 1]
            self.starts.append(self.starts[-1] if same else bar)

    @property
    def tail_s(self) -> float:
        """Seconds after the last bar."""
        return TAILS_S[self.track.ending]

    def at(self, bar: int, step: float = 0.0) -> int:
        """Sample position of a sixteenth. Beat ``k`` is at ``round(k * 60 / bpm * 48000)``.

        Rounding never adds up.
        """
        position = bar * STEPS_PER_BAR + step
        if math.floor(position) % 2 == 1:
            position += self.track.swing
        return round(position * 15.0 / self.track.bpm * RATE)

    def seconds(self, steps: float) -> float:
        """Length of a number of sixteenths."""
        return steps * 15.0 / self.track.bpm

    def channel(
        self, loudness_lufs: float, reverb: float = 0.0, delay: float = 0.0, duck: float = 0.0
    ) -> Channel:
        """A new empty channel of the length of the track."""
        block = np.zeros((2, self.samples), dtype=np.float32)
        self.channels.append(Channel(block, loudness_lufs, reverb, delay, duck))
        return self.channels[-1]

    def progress(self, loops: Sequence[Sequence[int]], bars_per_chord: int = 1) -> None:
        """Set the chord of every bar: one loop of degrees per section, chosen in turn.

        The last bar is the tonic.
        """
        order: list[int] = []
        for start in self.starts:
            if start not in order:
                order.append(start)
        self.chords = []
        for bar, start in enumerate(self.starts):
            loop = loops[1 % len(loops)] if self.sections[bar] == "break" else loops[0]
            self.chords.append(loop[((bar - start) // bars_per_chord) % len(loop)])
        self.chords[-1] = 0

    def bars(self, sections: str) -> Iterator[tuple[int, int]]:
        """Bars of the named sections (names apart by spaces), each with its place inside its section."""
        wanted = sections.split()
        for bar, name in enumerate(self.sections):
            if name in wanted:
                yield bar, bar - self.starts[bar]

    def openness(self, bar: int) -> float:
        """How open filters are in a bar, 0..1 in steps of an eighth."""
        name, start = self.sections[bar], self.starts[bar]
        first, last = _OPENNESS[name]
        length = self.sections.count(name)
        value = first + (last - first) * (bar - start) / max(length - 1, 1) + 0.06 * math.sin(bar * 0.8)
        return min(max(round(value * 8) / 8, 0.0), 1.0)

    def make(self, instrument: Callable[..., Sound], *arguments: float) -> Sound:
        """A rendered note or one-shot, rendered once per set of arguments."""
        key = (instrument, *arguments)
        if key not in self._cache:
            self._cache[key] = instrument(*arguments)
        return self._cache[key]


def notes(pattern: str) -> list[tuple[int, str, int]]:
    """Read a bar of text: any character starts a note, ``-`` holds it, ``.`` is a rest.

    Returns:
        ``(step, character, length in steps)`` of each note.
    """
    found: list[tuple[int, str, int]] = []
    for step, char in enumerate(pattern):
        if char == "-":
            start, name, length = found[-1]
            found[-1] = (start, name, length + 1)
        elif char != ".":
            found.append((step, char, 1))
    return found
