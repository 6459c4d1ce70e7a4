"""Liquid drum and bass: two-step drums with ghost notes, a detuned low bass, electric piano and long pads."""

from __future__ import annotations

from drift.library.demo import drums, parts, synth
from drift.library.demo.song import Song
from drift.library.demo.synth import Sound
from drift.library.demo.theory import hz

_MINOR_LOOPS = ((0, 0, 5, 6), (3, 5, 0, 0))
_MAJOR_LOOPS = ((0, 0, 3, 4), (5, 3, 0, 0))
_ALL = "intro build main break peak outro"


def _reese(note: float, seconds: float, openness: float) -> Sound:
    cutoff = 170.0 + 330.0 * openness
    return synth.tone(
        note, seconds, "saw", (cutoff, cutoff * 1.6), 0.4, 0.3, (0.012, 1.0, 0.85, 0.06), detune_cents=9.0
    )


def _sub(note: float, seconds: float, openness: float) -> Sound:
    del openness
    return synth.tone(note, seconds, "triangle", (110.0, 150.0), 0.2, 0.0, (0.008, 1.0, 0.9, 0.05))


def _keys(note: float, seconds: float, openness: float) -> Sound:
    return synth.electric_piano(note, seconds + 0.4, 0.3 + 0.5 * openness)


def _pluck(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (500.0, 1500.0 + 3500.0 * openness)
    return synth.tone(note, seconds, "saw", cutoff, 0.1, 0.3, (0.003, 0.15, 0.1, 0.08), detune_cents=8.0)


def _lead(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (900.0, 1600.0 + 1400.0 * openness)
    return synth.tone(note, seconds, "triangle", cutoff, 0.4, 0.1, (0.03, 0.8, 0.7, 0.2), 6.0, 14.0)


def _drums(song: Song) -> None:
    rng = song.rng
    low = song.channel(-17.5, reverb=0.02)
    kick = drums.kick(hz(song.key.root(0, 30)), 0.26, 5.5, 0.2)
    step = ["X.........X.....", "X.........X.....", "X.........X.....", "X.o.......X..o.."]
    parts.beat(song, low, [kick], step, "main peak", ducks=True)
    parts.beat(song, low, [kick], ["X.........x....."], "build outro", 0.85, ducks=True)
    parts.beat(song, low, [kick], ["X..............."], "intro break", 0.6, ducks=True)
    backbeat = song.channel(-19.5, reverb=0.09)
    snares = [drums.snare(rng, 204.0, 0.22, 0.45) for _ in range(2)]
    parts.beat(song, backbeat, snares, ["....X.......X..."], "build main peak outro")
    parts.beat(song, backbeat, [drums.rim(760.0)], ["....x.......x..."], "intro break", 0.4)
    ghosts = [drums.snare(rng, 210.0, 0.12, 0.2) for _ in range(2)]
    parts.beat(song, backbeat, ghosts, [".......o.o......", ".......o.o....oo"], "main peak", 0.35, 0.1)
    tops = song.channel(-26.0, reverb=0.04)
    hats = [drums.hat(rng, 0.045) for _ in range(4)]
    parts.beat(song, tops, hats, ["X.o.X.o.X.o.X.oo"], "build main peak outro", 0.4, -0.2)
    parts.beat(song, tops, hats, ["X...X...X...X..."], "intro break", 0.3, -0.2)
    parts.beat(song, tops, [drums.ride(rng, 0.3)], ["X...X...X...X..."], "peak", 0.32, 0.3)
    shakers = [drums.shaker(rng, 0.07) for _ in range(3)]
    parts.beat(song, tops, shakers, ["o.xo.xo.o.xo.xo."], "main peak", 0.3, 0.35)
    parts.transitions(song, tops, "build main break peak", 0.8)


def arrange(song: Song) -> None:
    """Write the parts of a drum and bass track."""
    number = song.track.index
    song.room_s, song.duck_release_s, song.delay_steps = 2.0, 0.2, 6
    song.progress(_MINOR_LOOPS if song.key.minor else _MAJOR_LOOPS, 2)
    _drums(song)
    bottom = song.channel(-19.0, duck=0.4)
    lines = (
        ("r-----.r--..r-o.", "r---------f-....") if number % 2 else ("r-------..r---..", "r-----o-..r-f---")
    )
    parts.bass(song, bottom, _reese, lines, "main peak", 31)
    sub = song.channel(-20.0, duck=0.4)
    parts.bass(song, sub, _sub, ("r--------------.",), "build main peak outro", 29)
    parts.bass(song, sub, _sub, ("t--------------.",), "intro break", 29)

    keys = song.channel(-20.5, reverb=0.3, delay=0.15, duck=0.25)
    parts.comp(
        song,
        keys,
        _keys,
        ("X-----x-----x---", "..x-----x-------"),
        "intro build main break outro",
        5,
        62,
        True,
        8.0,
    )
    stabs = song.channel(-22.5, reverb=0.3, delay=0.3, duck=0.3)
    order = (0, 2, 4, 1, 3, 5)
    parts.arpeggio(song, stabs, _pluck, "x..x..x..x..x.x.", "peak build", order, 4, 66, 1.6)
    lead = song.channel(-21.0, reverb=0.35, delay=0.3, duck=0.2)
    tune = ("x-----x---x-----", "..x-----o-x---..", "x---x-----o-x---", "x-----------....")
    parts.melody(song, lead, _lead, tune, "main break peak", 5, 1.1)
    bed = song.channel(-21.5, reverb=0.3, duck=0.6)
    parts.pads(song, bed, _ALL, 5, 60, 400.0, 1800.0, 24.0, 0.3, tonic=True)
    parts.finale(song, keys, _keys, bottom, _reese)
