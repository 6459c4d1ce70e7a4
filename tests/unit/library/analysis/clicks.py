"""Rendered click tracks whose beats are known to the sample, and how the analysis hears them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from drift.library.analysis.sound import RATE_HZ, Listener, Sound

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Kind = Literal["quarters", "eighths", "sixteenths", "kit"]

_STEPS = {"quarters": 1, "eighths": 2, "sixteenths": 4, "kit": 2}


@dataclass(frozen=True, slots=True)
class ClickTrack:
    """A click track to be rendered.

    Attributes:
        kind: clicks on the beats, accented at the bar; or with softer ones between; or a kick on 1 and 3, a
            snare on 2 and 4, and hats.
        swing: how much later every second step is, as a part of a step; a third is a triplet feel.
        start_s: where the first beat is.
        noise_db: level of white noise, relative to full scale; clicks peak at -6 dB.
        beats_per_bar: one of which is accented.
    """

    bpm: float
    length_s: float = 30.0
    kind: Kind = "quarters"
    swing: float = 0.0
    start_s: float = 0.5
    noise_db: float | None = None
    beats_per_bar: int = 4
    seed: int = 1

    @property
    def beat_samples(self) -> Doubles:
        """Where its beats are."""
        count = int((self.length_s - self.start_s) * self.bpm / 60)
        return (self.start_s + np.arange(count) * 60 / self.bpm) * RATE_HZ

    def render(self) -> Floats:
        """The signal, shape ``(2, n)`` at 48 kHz."""
        dice = np.random.default_rng(self.seed)
        wave = np.zeros(round(self.length_s * RATE_HZ))
        if self.noise_db is not None:
            wave += dice.standard_normal(wave.size) * 10 ** (self.noise_db / 20)
        steps = _STEPS[self.kind]
        for beat, start in enumerate(self.beat_samples):
            for step in range(steps):
                late = step + (self.swing if step % 2 else 0.0)
                place = round(start + late * 60 / self.bpm / steps * RATE_HZ)
                sound = self._sound(beat % self.beats_per_bar, step, dice)[: max(0, wave.size - place)]
                wave[place : place + sound.size] += sound
        return np.tile(wave.astype(np.float32), (2, 1))

    def _sound(self, beat: int, step: int, dice: np.random.Generator) -> Doubles:
        if self.kind == "kit":
            hat = dice.standard_normal(2_400) * np.exp(-np.arange(2_400) / 500) * 0.05
            drum = (kick() if beat % 2 == 0 else snare(dice)) if step == 0 else np.zeros(0)
            return _sum(hat, drum)
        level = 0.12 if step else 0.5 if beat == 0 else 0.35
        return click(1_500 if step == 0 and beat == 0 else 1_000) * level


def click(pitch_hz: float, decay_s: float = 0.01) -> Doubles:
    """A tone that begins at once and dies away; peak about 1."""
    time = np.arange(int(8 * decay_s * RATE_HZ)) / RATE_HZ
    return np.sin(2 * np.pi * pitch_hz * time) * np.exp(-time / decay_s)


def kick() -> Doubles:
    """A falling tone of 0.2 s."""
    time = np.arange(9_600) / RATE_HZ
    return 0.5 * np.sin(2 * np.pi * (50 * time + 2.5 * (1 - np.exp(-time / 0.02)))) * np.exp(-time / 0.06)


def snare(dice: np.random.Generator) -> Doubles:
    """A burst of noise with a tone under it."""
    time = np.arange(7_200) / RATE_HZ
    return (0.1 * dice.standard_normal(time.size) + 0.2 * np.sin(2 * np.pi * 190 * time)) * np.exp(
        -time / 0.04
    )


def heard(signal: Floats, cues: tuple[int, int] | None = None) -> Sound:
    """What the analysis keeps of a signal ``(2, n)``; the cues are its ends unless given."""
    listener = Listener()
    for begin in range(0, signal.shape[1], 4_800):
        listener.push(signal[:, begin : begin + 4_800])
    return listener.finish(*(cues or (0, signal.shape[1])))


def _sum(one: Doubles, other: Doubles) -> Doubles:
    total = np.zeros(max(one.size, other.size))
    total[: one.size] += one
    total[: other.size] += other
    return total


KINDS: tuple[Kind, ...] = ("quarters", "eighths", "sixteenths", "kit")


def random_track(
    number: int, *, seed: int, length_s: float, bpm: tuple[float, float], fastest_sixteenths_bpm: float
) -> ClickTrack:
    """One of a series, of each kind in turn, with and without swing, noise and accents of three beats."""
    dice = np.random.default_rng([seed, number])
    kind = KINDS[number % len(KINDS)]
    return ClickTrack(
        bpm=float(dice.uniform(bpm[0], fastest_sixteenths_bpm if kind == "sixteenths" else bpm[1])),
        length_s=length_s,
        kind=kind,
        swing=float(dice.choice([0.0, dice.uniform(0.05, 0.35)])),
        start_s=float(dice.uniform(0, 2)),
        noise_db=None if number % 3 == 0 else float(dice.uniform(-50, -30)),
        beats_per_bar=3 if kind != "kit" and number % 5 == 0 else 4,
        seed=number,
    )
