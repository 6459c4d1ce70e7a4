"""Synthwave: driving octave bass, gated snare, analogue-style pads and a lead with vibrato."""

from __future__ import annotations

from drift.library.demo import drums, effects, parts, synth
from drift.library.demo.song import Song
from drift.library.demo.synth import Sound
from drift.library.demo.theory import hz

_MINOR_LOOPS = ((0, 0, 5, 6), (5, 6, 0, 0))
_MAJOR_LOOPS = ((0, 5, 3, 4), (3, 4, 0, 0))
_ALL = "intro build main break peak outro"


def _bass(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (200.0 + 250.0 * openness, 700.0 + 1500.0 * openness)
    return synth.tone(note, seconds, "saw", cutoff, 0.08, 0.5, (0.003, 0.2, 0.6, 0.03), detune_cents=4.0)


def _lead(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (1100.0, 1800.0 + 2200.0 * openness)
    return synth.tone(note, seconds, "saw", cutoff, 0.35, 0.3, (0.02, 0.8, 0.75, 0.15), 9.0, 16.0)


def _arp(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (450.0, 1200.0 + 4000.0 * openness)
    return synth.tone(note, seconds, "pulse", cutoff, 0.1, 0.5, (0.002, 0.16, 0.1, 0.05))


def _brass(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (700.0 + 700.0 * openness, 1600.0 + 1800.0 * openness)
    return synth.tone(note, seconds, "saw", cutoff, 0.5, 0.2, (0.03, 0.9, 0.7, 0.12), detune_cents=10.0)


def arrange(song: Song) -> None:
    """Write the parts of a synthwave track."""
    rng, number = song.rng, song.track.index
    song.room_s, song.delay_feedback = 2.2, 0.42
    song.progress(_MINOR_LOOPS if song.key.minor else _MAJOR_LOOPS)
    low = song.channel(-16.5)
    kick = drums.kick(hz(song.key.root(0, 30)), 0.34, 5.0, 0.2)
    drive = (
        ["X...X...X...X..."] * 3 + ["X...X...X...X.x."]
        if number % 2
        else ["X.....x.X......."] * 3 + ["X.....x.X...x..."]
    )
    parts.beat(song, low, [kick], drive, "build main peak outro", ducks=True)
    parts.beat(song, low, [kick], ["X.......X......."], "intro break", 0.6, ducks=True)
    backbeat = song.channel(-19.5, reverb=0.3)
    parts.beat(
        song, backbeat, [drums.snare(rng, 172.0, 0.3, 0.35)], ["....X.......X..."], "build main peak outro"
    )
    toms = [drums.kick(pitch, 0.3, 2.0, 0.05) for pitch in (150.0, 150.0, 110.0, 80.0)]
    parts.beat(song, backbeat, toms, ["................"] * 3 + ["........x.x.x.x."], "build main peak", 0.45)
    tops = song.channel(-27.0, reverb=0.04)
    hats = [drums.hat(rng, 0.05) for _ in range(3)]
    parts.beat(song, tops, hats, ["X.o.X.o.X.o.X.o."], "build main", 0.4, -0.15)
    parts.beat(song, tops, hats, ["XoxoXoxoXoxoXoxo"], "peak", 0.4, -0.15)
    parts.beat(song, tops, hats, ["X...X...X...X..."], "intro break outro", 0.35, -0.15)
    parts.transitions(song, tops, "main break peak", 0.9)

    bottom = song.channel(-18.0, duck=0.5)
    lines = ("rrorrrorrrorrror",) if number % 2 else ("r.rrr.ror.rrr.ro", "r.rrr.rof.fff.fo")
    parts.bass(song, bottom, _bass, lines, "build main peak outro", 31)
    parts.bass(song, bottom, _bass, ("r-..r-..r-..r-..",), "intro break", 31)
    figure = song.channel(-22.5, reverb=0.25, delay=0.3, duck=0.2)
    parts.arpeggio(
        song, figure, _arp, "xxxxxxxxxxxxxxxx", "intro build peak", (0, 1, 2, 3, 4, 3, 2, 1), 3, 67, 1.2
    )
    start, stop = song.at(0), song.at(next(bar for bar, name in enumerate(song.sections) if name != "intro"))
    effects.sweep(figure.block[:, start:stop], 600.0, 20_000.0)
    chords = song.channel(-21.5, reverb=0.3, duck=0.45)
    parts.comp(song, chords, _brass, ("X-----x---------", "X-----x---x-----"), "main peak", 3, 62, True)
    lead = song.channel(-20.0, reverb=0.3, delay=0.3, duck=0.1)
    tune = ("x-----x---x-x---", "x-------..x---o-", "x-----x---x-----", "x-----------....")
    parts.melody(song, lead, _lead, tune, "main peak", 5, 1.02)
    parts.melody(song, lead, _lead, ("X-----------x---", "X---------------"), "break", 5, 1.05)
    bed = song.channel(-20.5, reverb=0.25, duck=0.6)
    parts.pads(song, bed, _ALL, 4, 58, 450.0, 2000.0, 18.0, 0.2, tonic=True)
    parts.finale(song, chords, _brass, bottom, _bass)
