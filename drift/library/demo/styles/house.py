"""House: four on the floor, off-beat bass and hats, organ-like stabs, an electric piano and a ducked pad."""

from __future__ import annotations

from drift.library.demo import drums, parts, synth
from drift.library.demo.song import Song
from drift.library.demo.synth import Sound
from drift.library.demo.theory import hz

_MINOR_LOOPS = ((0, 0, 5, 6), (3, 5, 0, 0))
_MAJOR_LOOPS = ((0, 5, 1, 4), (3, 2, 1, 0))
_GROOVE = "build main peak outro"


def _stab(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (450.0 + 800.0 * openness, 1600.0 + 4200.0 * openness)
    return synth.tone(note, seconds, "square", cutoff, 0.12, 0.4, (0.003, 0.18, 0.25, 0.06), detune_cents=7.0)


def _bass(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (160.0 + 120.0 * openness, 500.0 + 900.0 * openness)
    return synth.tone(note, seconds, "saw", cutoff, 0.09, 0.5, (0.004, 0.25, 0.7, 0.03))


def _keys(note: float, seconds: float, openness: float) -> Sound:
    return synth.electric_piano(note, seconds + 0.25, 0.3 + 0.5 * openness)


def _pluck(note: float, seconds: float, openness: float) -> Sound:
    return synth.pluck(note, seconds, 0.3 + 0.5 * openness, 1.3)


def arrange(song: Song) -> None:
    """Write the parts of a house track."""
    rng, number = song.rng, song.track.index
    song.progress(_MINOR_LOOPS if song.key.minor else _MAJOR_LOOPS)
    low = song.channel(-17.0)
    kick = drums.kick(hz(song.key.root(0, 29)), 0.36)
    four = ["X...X...X...X..."] * 7 + ["X...X...X...X.o."]
    parts.beat(song, low, [kick], four, "intro build main peak outro", ducks=True)
    parts.beat(song, low, [kick], ["X......."], "break", 0.6, ducks=True)

    tops = song.channel(-24.0, reverb=0.05)
    claps = [drums.clap(rng) for _ in range(2)]
    parts.beat(song, tops, claps, ["....X.......X..."] * 3 + ["....X.......X..o"], "main peak", 0.9)
    parts.beat(
        song, tops, [drums.hat(rng, 0.16, 6000.0)], ["..X...X...X...X."], "build main peak outro", 0.5, 0.15
    )
    hats = [drums.hat(rng, 0.05) for _ in range(3)]
    parts.beat(song, tops, hats, ["xoxoxoxoxoxoxoxo"], "intro main peak", 0.28, -0.2)
    shakers = [drums.shaker(rng) for _ in range(3)]
    parts.beat(song, tops, shakers, ["o.xoo.xoo.xoo.xo"], "build peak break", 0.4, 0.4)
    parts.transitions(song, tops, "main break peak", 0.7)

    bottom = song.channel(-18.0, duck=0.55)
    lines = (
        ("..r...r...r..of.", "..r..r..r.o...r.") if number % 2 else ("..rr..r...r.o.r.", "..r...r.r...f.o.")
    )
    parts.bass(song, bottom, _bass, lines, _GROOVE)
    parts.bass(song, bottom, _bass, ("r-------------..",), "break")

    stabs = song.channel(-19.0, reverb=0.22, delay=0.22, duck=0.35)
    rhythms = (
        ("x--x..x....x..x.", "x--x..x...x--...") if number % 2 else ("..x..x....x..x..", "..x..x....x.x--.")
    )
    parts.comp(song, stabs, _stab, rhythms, "build main peak", 4, 62)
    keys = song.channel(-19.0, reverb=0.25, delay=0.1, duck=0.2)
    parts.comp(song, keys, _keys, ("x-----o---x---o-",), "intro break peak outro", 4, 60, True, 9.0)
    lead = song.channel(-20.0, reverb=0.3, delay=0.35, duck=0.2)
    parts.arpeggio(song, lead, _pluck, "x..x..x..x..x.x.", "break peak", (0, 2, 3, 1, 4, 2), ring=2.5)

    bed = song.channel(-24.0, reverb=0.3, duck=0.8)
    parts.pads(song, bed, "intro build main break peak outro", tonic=True)
    parts.finale(song, stabs, _stab, bottom, _bass)
