"""Ambient: wide slow chords over a tonic drone, a felt-soft pulse, plucked figures and sparse bells."""

from __future__ import annotations

import numpy as np

from drift.library.demo import drums, parts, synth
from drift.library.demo.plan import RATE
from drift.library.demo.song import Song
from drift.library.demo.synth import Sound
from drift.library.demo.theory import hz

_MINOR_LOOPS = ((0, 0, 5, 3), (5, 6, 0, 0))
_MAJOR_LOOPS = ((0, 0, 3, 5), (3, 4, 0, 0))
_ALL = "intro build main break peak outro"


def _pluck(note: float, seconds: float, openness: float) -> Sound:
    return synth.pluck(note, seconds, 0.1 + 0.45 * openness, 0.9)


def _bell(note: float, seconds: float, openness: float) -> Sound:
    del openness
    return synth.bell(note, seconds)


def _drone(note: float, seconds: float, openness: float) -> Sound:
    cutoff = 140.0 + 120.0 * openness
    return synth.tone(
        note, seconds, "triangle", (cutoff, cutoff * 1.5), 1.0, 0.0, (0.15, 2.0, 0.8, 0.6), detune_cents=3.0
    )


def _surf(song: Song) -> Sound:
    """Waves on a beach, far away."""
    loop = np.stack([drums.noise(12 * RATE, 250.0, 1600.0, song.rng) for _ in range(2)])
    block = synth.looped(loop, song.samples)
    time = np.arange(song.samples, dtype=np.float32) / RATE
    swell = 0.35 + 0.65 * (0.5 - 0.5 * np.cos(2 * np.pi * time / np.float32(song.seconds(48)))) ** 2
    return np.asarray(block * swell, dtype=np.float32)


def arrange(song: Song) -> None:
    """Write the parts of an ambient track."""
    song.room_s, song.delay_feedback, song.delay_steps = 3.4, 0.5, 6
    song.progress(_MINOR_LOOPS if song.key.minor else _MAJOR_LOOPS)
    bed = song.channel(-17.5, reverb=0.35)
    parts.pads(song, bed, _ALL, 5, 60, 320.0, 1500.0, 26.0, 0.9)
    low = song.channel(-22.0)
    parts.bass(song, low, _drone, ("t---------------",), _ALL, 36)
    parts.bass(song, low, _drone, ("r-------r-------",), "main peak", 36)

    pulse = song.channel(-23.5, reverb=0.08)
    felt = drums.kick(hz(song.key.root(0, 36)), 0.3, 2.2, 0.05)
    parts.beat(song, pulse, [felt], ["X...x...X...x..."], "intro build main peak outro", ducks=True)
    parts.beat(song, pulse, [felt], ["o...o...o...o..."], "break")
    taps = [drums.rim(620.0, 0.05), drums.rim(590.0, 0.05)]
    parts.beat(song, pulse, taps, ["x...x...x...x.o."], "main peak outro", 0.25, 0.3)
    grains = [drums.shaker(song.rng, 0.12) for _ in range(3)]
    parts.beat(song, pulse, grains, ["..x...x...x...x."], "main peak", 0.12, -0.35)

    figure = song.channel(-20.0, reverb=0.4, delay=0.3, duck=0.1)
    order = ((0, 2, 1, 3, 2, 4, 3, 1), (0, 1, 2, 4, 3, 2, 5, 4))[song.track.index // 5 % 2]
    parts.arpeggio(song, figure, _pluck, "X.x.x.x.X.x.x.x.", "intro main peak", order, 4, 64, 3.0)
    parts.arpeggio(song, figure, _pluck, "X...x...X...x...", "break outro build", order, 4, 64, 4.0)
    bells = song.channel(-24.0, reverb=0.6, delay=0.45)
    tune = ("X.......o...x...", "....x-------....", "X.....o.........", "x...............")
    parts.melody(song, bells, _bell, tune, "main break peak", 5, 6.0, 0.25)
    air = song.channel(-34.0)
    air.add(_surf(song), 0)
    parts.finale(song, figure, _pluck, low, _drone)
