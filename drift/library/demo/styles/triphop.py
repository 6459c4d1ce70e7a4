"""Jazzy trip-hop: a heavy slow beat with a swinging ride, walking bass, ninth chords and a vibraphone."""

from __future__ import annotations

from drift.library.demo import drums, effects, parts, synth
from drift.library.demo.song import Song
from drift.library.demo.synth import Sound
from drift.library.demo.theory import hz

_MINOR_LOOPS = ((0, 3, 0, 4), (5, 3, 0, 0))
_MAJOR_LOOPS = ((0, 5, 1, 4), (3, 1, 0, 0))
_ALL = "intro build main break peak outro"


def _upright(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (200.0, 700.0 + 500.0 * openness)
    return synth.tone(note, seconds, "triangle", cutoff, 0.12, 0.2, (0.006, 0.45, 0.35, 0.07))


def _keys(note: float, seconds: float, openness: float) -> Sound:
    return synth.electric_piano(note, seconds + 0.4, 0.35 + 0.45 * openness)


def _vibes(note: float, seconds: float, openness: float) -> Sound:
    del openness
    return synth.bell(note, seconds)


def _strings(note: float, seconds: float, openness: float) -> Sound:
    cutoff = 700.0 + 900.0 * openness
    return synth.tone(
        note, seconds, "saw", (cutoff, cutoff * 1.2), 0.5, 0.0, (0.12, 1.0, 0.85, 0.25), 12.0, 10.0
    )


def arrange(song: Song) -> None:
    """Write the parts of a trip-hop track."""
    rng = song.rng
    song.room_s, song.delay_feedback = 1.6, 0.4
    song.progress(_MINOR_LOOPS if song.key.minor else _MAJOR_LOOPS)
    low = song.channel(-17.0)
    kick = drums.kick(hz(song.key.root(0, 29)), 0.36, 3.8, 0.12)
    parts.beat(
        song, low, [kick], ("X......xX.......", "X..x....X.x..o.."), "build main peak outro", ducks=True
    )
    parts.beat(song, low, [kick], ["X.........x....."], "intro break", 0.6, ducks=True)
    backbeat = song.channel(-20.0, reverb=0.16)
    snares = [drums.snare(rng, 168.0, 0.26, 0.3) for _ in range(2)]
    parts.beat(
        song, backbeat, snares, ["....X.......X..."] * 3 + ["....X..o.o..X..o"], "build main peak outro"
    )
    parts.beat(song, backbeat, [drums.rim(640.0)], ["....x.......x..."], "intro break", 0.4)
    tops = song.channel(-25.0, reverb=0.08)
    rides = [drums.ride(rng, 0.45) for _ in range(2)]
    parts.beat(song, tops, rides, ["X...X..oX...X..o"], "intro main peak outro", 0.4, 0.3)
    hats = [drums.hat(rng, 0.06, 5800.0) for _ in range(3)]
    parts.beat(song, tops, hats, ["X.x.X.x.X.xoX.x."], "build main peak", 0.4, -0.3)
    parts.beat(song, tops, hats, ["....X.......X..."], "break intro", 0.5, -0.3)

    bottom = song.channel(-18.0, duck=0.25)
    parts.bass(song, bottom, _upright, ("r--.r-.of---..u.", "r--.o-.rf---r-o."), "build main peak", 33)
    parts.bass(song, bottom, _upright, ("r-----.rf-----..",), "intro break outro", 33)
    keys = song.channel(-17.5, reverb=0.2, delay=0.12, duck=0.15)
    parts.comp(
        song,
        keys,
        _keys,
        ("X---..x--.o-----", "X-----..x---..o-"),
        "intro build main peak outro",
        5,
        61,
        True,
        12.0,
    )
    parts.comp(song, keys, _keys, ("X---------------",), "break", 5, 61, True, 50.0)
    effects.autopan(keys.block, 1.1, 0.2)
    vibes = song.channel(-19.5, reverb=0.3, delay=0.3)
    tune = ("x--x..x---..o-x-", "..x-o-x-----....", "x--x..x---x-o---", "x-------........")
    parts.melody(song, vibes, _vibes, tune, "main peak break", 5, 3.0, -0.2)
    strings = song.channel(-23.5, reverb=0.35)
    parts.comp(song, strings, _strings, ("X---------------",), "peak break", 3, 67, True, 0.0, 0.7)
    bed = song.channel(-25.0, reverb=0.3, duck=0.4)
    parts.pads(song, bed, _ALL, 3, 57, 300.0, 1000.0, 28.0, 0.4, tonic=True)
    dust = song.channel(-36.0)
    dust.add(synth.looped(drums.crackle(rng, 7.0, 8.0), song.samples), 0)
    parts.finale(song, keys, _keys, bottom, _upright)
