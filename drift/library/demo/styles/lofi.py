"""Lo-fi: swung boom-bap drums, an electric piano on worn tape, round bass and vinyl dust."""

from __future__ import annotations

from drift.library.demo import drums, effects, parts, synth
from drift.library.demo.song import Song
from drift.library.demo.synth import Sound
from drift.library.demo.theory import hz

_MAJOR_LOOPS = ((0, 5, 1, 4), (3, 2, 1, 0))
_MINOR_LOOPS = ((0, 3, 5, 4), (5, 3, 0, 0))
_ALL = "intro build main break peak outro"


def _keys(note: float, seconds: float, openness: float) -> Sound:
    return synth.electric_piano(note, seconds + 0.3, 0.2 + 0.5 * openness)


def _bass(note: float, seconds: float, openness: float) -> Sound:
    cutoff = 180.0 + 120.0 * openness
    return synth.tone(note, seconds, "triangle", (cutoff, cutoff * 3), 0.1, 0.1, (0.008, 0.6, 0.6, 0.06))


def _guitar(note: float, seconds: float, openness: float) -> Sound:
    return synth.pluck(note, seconds, 0.15 + 0.35 * openness, 1.1)


def arrange(song: Song) -> None:
    """Write the parts of a lo-fi track."""
    rng, number = song.rng, song.track.index
    song.room_s, song.delay_feedback = 1.1, 0.35
    song.progress(_MINOR_LOOPS if song.key.minor else _MAJOR_LOOPS)
    low = song.channel(-17.5)
    kick = drums.kick(hz(song.key.root(0, 30)), 0.3, 3.6, 0.08)
    boom = (
        ("X.....xX..x.....", "X.....xX..x....o") if number % 2 else ("X......o..X.....", "X..o...x..X...x.")
    )
    parts.beat(song, low, [kick], boom, "build main peak outro", ducks=True)
    parts.beat(song, low, [kick], ["X.........x....."], "intro break", 0.7, ducks=True)
    tops = song.channel(-24.0, reverb=0.1)
    snares = [drums.snare(rng, 178.0, 0.2, 0.15) for _ in range(2)]
    parts.beat(
        song, tops, snares, ["....X.......X..."] * 3 + ["....X..o....X.o."], "build main peak outro", 0.8
    )
    parts.beat(song, tops, [drums.rim(700.0)], ["....x.......x..."], "intro break", 0.55, 0.2)
    hats = [drums.hat(rng, 0.05, 5500.0) for _ in range(3)]
    parts.beat(song, tops, hats, ["X.x.X.xoX.x.X.x.", "X.xoX.x.X.x.Xox."], "main peak", 0.28, -0.25)
    parts.beat(song, tops, hats, ["X...X...X...X..."], "intro build break outro", 0.22, -0.25)
    bottom = song.channel(-18.5, duck=0.35)
    lines = (
        ("r-----.rf---o-..", "r-----.rr---..f.") if number % 2 else ("r---..r.--f-....", "r---..r-..f-o-..")
    )
    parts.bass(
        song, bottom, _bass, tuple(line.replace(".--", "...") for line in lines), "build main peak outro", 33
    )
    parts.bass(song, bottom, _bass, ("r---------------",), "break intro", 33)

    keys = song.channel(-18.0, reverb=0.18, delay=0.08, duck=0.2)
    rhythms = (
        ("X-----..x---....", "X---..o-x-----..") if number % 2 else ("X-------..x-----", "X-----x---o-----")
    )
    parts.comp(song, keys, _keys, rhythms, "intro build main peak outro", 5, 60, True, 14.0, 0.3)
    parts.comp(song, keys, _keys, ("X---------------",), "break", 5, 60, True, 45.0, 0.3)
    keys.block[:] = effects.lowpass(effects.wow(keys.block, 0.9, 0.55), 3400.0, 1)
    effects.autopan(keys.block, 0.7, 0.12)
    lead = song.channel(-22.0, reverb=0.25, delay=0.25)
    tune = ("x.o.x---..o.x-..", "..x---o.x---....", "x.o.x---..x.o---", "x-------........")
    parts.melody(song, lead, _guitar, tune, "main peak break", 5, 1.8, 0.2)
    bed = song.channel(-27.0, reverb=0.2, duck=0.4)
    parts.pads(song, bed, _ALL, 3, 58, 300.0, 900.0, 30.0, 0.3)
    dust = song.channel(-33.0)
    dust.add(synth.looped(drums.crackle(rng), song.samples), 0)
    parts.finale(song, keys, _keys, bottom, _bass)
