"""Downtempo: a relaxed broken beat, kalimba figures, warm bass and a flute-like lead."""

from __future__ import annotations

from drift.library.demo import drums, parts, synth
from drift.library.demo.song import Song
from drift.library.demo.synth import Sound
from drift.library.demo.theory import hz

_MAJOR_LOOPS = ((0, 3, 5, 4), (3, 0, 3, 0))
_MINOR_LOOPS = ((0, 5, 3, 4), (5, 3, 0, 0))
_ALL = "intro build main break peak outro"


def _kalimba(note: float, seconds: float, openness: float) -> Sound:
    return synth.pluck(note, seconds, 0.2 + 0.3 * openness, 1.6)


def _guitar(note: float, seconds: float, openness: float) -> Sound:
    return synth.pluck(note, seconds, 0.3 + 0.4 * openness, 1.0)


def _bass(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (150.0 + 100.0 * openness, 500.0 + 500.0 * openness)
    return synth.tone(note, seconds, "saw", cutoff, 0.15, 0.2, (0.006, 0.5, 0.65, 0.06))


def _flute(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (900.0 + 600.0 * openness, 1500.0 + 900.0 * openness)
    return synth.tone(note, seconds, "triangle", cutoff, 0.2, 0.0, (0.045, 0.6, 0.8, 0.14), 0.0, 18.0)


def arrange(song: Song) -> None:
    """Write the parts of a downtempo track."""
    rng, number = song.rng, song.track.index
    song.room_s, song.delay_feedback = 2.0, 0.45
    song.progress(_MINOR_LOOPS if song.key.minor else _MAJOR_LOOPS)
    low = song.channel(-17.0)
    kick = drums.kick(hz(song.key.root(0, 30)), 0.34, 4.0, 0.1)
    steps = (
        ("X.....x.X.......", "X.....x.X....o..") if number % 4 else ("X..x....X.......", "X..x....X.x.....")
    )
    parts.beat(song, low, [kick], steps, "build main peak outro", ducks=True)
    parts.beat(song, low, [kick], ["X.......x......."], "intro break", 0.7, ducks=True)
    tops = song.channel(-23.5, reverb=0.12)
    snares = [drums.snare(rng, 190.0, 0.2, 0.3) for _ in range(2)]
    parts.beat(song, tops, snares, ["....X.......X..."] * 3 + ["....X.......X..o"], "main peak", 0.8)
    parts.beat(song, tops, [drums.rim(880.0)], ["....x.......x..."], "intro build break outro", 0.6, 0.2)
    shakers = [drums.shaker(rng) for _ in range(4)]
    parts.beat(song, tops, shakers, ["XoxoXoxoXoxoXoxo"], "intro build main peak outro", 0.3, 0.35)
    hats = [drums.hat(rng, 0.06) for _ in range(3)]
    parts.beat(song, tops, hats, ["x...X...x...X.o."], "main break peak", 0.3, -0.3)
    congas = [drums.kick(pitch, 0.2, 1.4, 0.1) for pitch in (210.0, 165.0, 210.0)]
    parts.beat(song, tops, congas, ["..o....x..o..x..", "..o....x.o.x...."], "build main peak", 0.35, -0.4)
    parts.transitions(song, tops, "main break peak", 0.6)

    bottom = song.channel(-18.5, duck=0.35)
    parts.bass(song, bottom, _bass, ("r---..r-r---f-..", "r---..r-o-..r---"), "build main peak outro", 33)
    parts.bass(song, bottom, _bass, ("r---------------",), "intro break", 33)
    figure = song.channel(-20.0, reverb=0.25, delay=0.25, duck=0.1)
    order = (0, 2, 1, 3, 4, 2, 3, 1)
    parts.arpeggio(
        song, figure, _kalimba, "x.xxx.x.x.xxx.x.", "intro build main peak outro", order, 4, 69, 2.5
    )
    parts.arpeggio(song, figure, _kalimba, "x...x...x...x.x.", "break", order, 4, 69, 3.5)
    strings = song.channel(-21.0, reverb=0.2, duck=0.15)
    parts.comp(
        song, strings, _guitar, ("x-----x---o-x---", "x-----x-----x-o-"), "main peak break", 4, 60, True, 16.0
    )
    lead = song.channel(-20.5, reverb=0.35, delay=0.3)
    tune = ("..x---x-x-----..", "x---o-x-------..", "..x---x-x---o-..", "x---------......")
    parts.melody(song, lead, _flute, tune, "main peak", 5, 1.05, -0.1)
    bed = song.channel(-22.0, reverb=0.3, duck=0.45)
    parts.pads(song, bed, _ALL, 4, 58, 350.0, 1500.0, 24.0, 0.4, tonic=True)
    parts.finale(song, strings, _guitar, bottom, _bass)
