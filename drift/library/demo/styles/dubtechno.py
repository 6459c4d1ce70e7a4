"""Dub techno: a deep kick, one chord that echoes through fog, sub bass and tape air."""

from __future__ import annotations

import numpy as np

from drift.library.demo import drums, effects, parts, synth
from drift.library.demo.plan import RATE
from drift.library.demo.song import Song
from drift.library.demo.synth import Sound
from drift.library.demo.theory import hz

_MINOR_LOOPS = ((0, 0, 0, 3), (5, 5, 0, 0))
_MAJOR_LOOPS = ((0, 0, 0, 3), (5, 3, 0, 0))
_ALL = "intro build main break peak outro"


def _stab(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (220.0 + 300.0 * openness, 700.0 + 2400.0 * openness)
    return synth.tone(note, seconds, "saw", cutoff, 0.14, 0.7, (0.004, 0.16, 0.12, 0.1), detune_cents=11.0)


def _bass(note: float, seconds: float, openness: float) -> Sound:
    cutoff = 110.0 + 90.0 * openness
    return synth.tone(note, seconds, "square", (cutoff, cutoff * 1.8), 0.2, 0.1, (0.01, 0.8, 0.8, 0.06))


def _glint(note: float, seconds: float, openness: float) -> Sound:
    return synth.pluck(note, seconds, 0.15 + 0.4 * openness, 1.2)


def _air(song: Song) -> Sound:
    """Tape noise that breathes."""
    loop = np.stack([drums.noise(9 * RATE, 500.0, 4500.0, song.rng) for _ in range(2)])
    block = synth.looped(loop, song.samples)
    time = np.arange(song.samples, dtype=np.float32) / RATE
    return np.asarray(
        block * (0.7 + 0.3 * np.sin(2 * np.pi * time / np.float32(song.seconds(128)))), dtype=np.float32
    )


def arrange(song: Song) -> None:
    """Write the parts of a dub techno track."""
    rng, number = song.rng, song.track.index
    song.room_s, song.delay_feedback, song.delay_steps = 2.8, 0.68, 3
    song.progress(_MINOR_LOOPS if song.key.minor else _MAJOR_LOOPS, 2)
    low = song.channel(-17.0)
    kick = drums.kick(hz(song.key.root(0, 28)), 0.42, 3.6, 0.08)
    parts.beat(song, low, [kick], ["X...X...X...X..."], "intro build main peak outro", ducks=True)
    parts.beat(song, low, [kick], ["X.......X......."], "break", 0.55, ducks=True)
    tops = song.channel(-26.0, reverb=0.12, delay=0.05)
    opens = [drums.hat(rng, 0.14, 5500.0) for _ in range(2)]
    parts.beat(song, tops, opens, ["..X...X...X...X."], "build main peak outro", 0.45, 0.1)
    ticks = [drums.hat(rng, 0.035) for _ in range(3)]
    parts.beat(song, tops, ticks, ["o.o.o.o.o.o.o.oo", "o..oo.o.o..oo.o."], "intro main peak", 0.3, -0.3)
    parts.beat(
        song, tops, [drums.rim(540.0)], ["......x....x....", "......x.......x."], "main break peak", 0.35, 0.4
    )
    parts.beat(song, tops, [drums.clap(rng)], ["............x..."], "peak", 0.4)
    parts.transitions(song, tops, "break peak", 0.5)

    bottom = song.channel(-18.5, duck=0.5)
    lines = (
        ("..r---..r-....r-", "..r---..r-..u---") if number % 2 else ("r-....r---....r-", "r-....r---..f-..")
    )
    parts.bass(song, bottom, _bass, lines, "build main peak outro", 33)
    parts.bass(song, bottom, _bass, ("t--------------.",), "break", 33)
    stabs = song.channel(-18.0, reverb=0.3, delay=0.6, duck=0.35)
    rhythms = ("..x.....x.......", "..x......x......", "..x.....x.......", "..x..x..........")
    parts.comp(song, stabs, _stab, rhythms, _ALL, 4, 60, False, 0.0, 0.5)
    glints = song.channel(-25.5, reverb=0.5, delay=0.6)
    tune = ("......x.........", "..........x...o.", "...x............", "............x...")
    parts.melody(song, glints, _glint, tune, "main break peak", 5, 3.0, -0.3)
    bed = song.channel(-22.0, reverb=0.4, duck=0.7)
    parts.pads(song, bed, _ALL, 4, 57, 300.0, 1000.0, 34.0, 0.5, tonic=True)
    air = song.channel(-35.0, duck=0.5)
    air.add(_air(song), 0)
    first = song.at(next(bar for bar, name in enumerate(song.sections) if name == "build"))
    effects.sweep(stabs.block[:, :first], 400.0, 20_000.0)
    parts.finale(song, stabs, _stab, bottom, _bass)
