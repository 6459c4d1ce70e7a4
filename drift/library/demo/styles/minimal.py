"""Minimal techno: a dry kick, clicks in cross-rhythm, a short bass on the tonic and one blip that wanders."""

from __future__ import annotations

from drift.library.demo import drums, parts, synth
from drift.library.demo.song import Song
from drift.library.demo.synth import Sound
from drift.library.demo.theory import hz

_LOOPS = ((0, 0, 0, 5), (5, 3, 0, 0))
_ALL = "intro build main break peak outro"


def _bass(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (120.0 + 120.0 * openness, 380.0 + 900.0 * openness)
    return synth.tone(note, seconds, "square", cutoff, 0.07, 0.5, (0.003, 0.2, 0.5, 0.03))


def _blip(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (300.0, 900.0 + 3200.0 * openness)
    return synth.tone(note, seconds, "pulse", cutoff, 0.07, 0.6, (0.002, 0.1, 0.08, 0.05))


def _chord(note: float, seconds: float, openness: float) -> Sound:
    cutoff = (300.0 + 300.0 * openness, 900.0 + 2000.0 * openness)
    return synth.tone(note, seconds, "saw", cutoff, 0.12, 0.3, (0.004, 0.2, 0.2, 0.08), detune_cents=8.0)


def _glass(note: float, seconds: float, openness: float) -> Sound:
    del openness
    return synth.bell(note, seconds)


def arrange(song: Song) -> None:
    """Write the parts of a minimal techno track."""
    rng, number = song.rng, song.track.index
    song.room_s, song.delay_feedback, song.duck_release_s = 1.4, 0.55, 0.24
    song.progress(_LOOPS, 1)
    low = song.channel(-16.8)
    kick = drums.kick(hz(song.key.root(0, 29)), 0.32, 4.4, 0.22)
    parts.beat(
        song,
        low,
        [kick],
        ["X...X...X...X..."] * 7 + ["X...X...X...X.oo"],
        "intro build main peak outro",
        ducks=True,
    )
    parts.beat(song, low, [kick], ["X...o...x...o..."], "break", 0.5, ducks=True)
    tops = song.channel(-24.5, reverb=0.08, delay=0.06)
    ticks = [drums.hat(rng, 0.03, 7000.0) for _ in range(4)]
    parts.beat(song, tops, ticks, ["oxoxoxoxoxoxoxox"], "build main peak", 0.3, -0.2)
    parts.beat(song, tops, [drums.hat(rng, 0.12)], ["..X...X...X...X."], "intro main peak outro", 0.42, 0.1)
    blocks = [drums.rim(980.0), drums.rim(740.0), drums.rim(860.0)]
    parts.beat(
        song, tops, blocks, ["x..o..x..o..x..o", "..x..o..x..o..x."], "build main break peak", 0.35, 0.45
    )
    parts.beat(song, tops, [drums.clap(rng, 0.18)], ["....X.......X..."], "main peak", 0.7)
    shakers = [drums.shaker(rng, 0.06) for _ in range(3)]
    parts.beat(song, tops, shakers, ["x.ox.ox.ox.ox.ox"], "break peak", 0.35, -0.45)
    parts.transitions(song, tops, "main break peak", 0.5)

    bottom = song.channel(-18.5, duck=0.4)
    lines = (
        ("..t..t....t.r.o.", "..t..t....t..r..") if number % 4 else ("..rr..t...rr..o.", "..rr..t...r.f.o.")
    )
    parts.bass(song, bottom, _bass, lines, "build main peak outro", 31)
    parts.bass(song, bottom, _bass, ("..t-....t-......",), "intro break", 31)
    blips = song.channel(-19.0, reverb=0.2, delay=0.4, duck=0.25)
    order = (0, 3, 1, 4, 2) if number % 4 else (0, 2, 5, 3, 1, 2, 4)
    parts.arpeggio(song, blips, _blip, "x..x..x..x..x..x", "intro build main", order, 3, 64, 1.4)
    parts.arpeggio(song, blips, _blip, "x.xx.x.xx.xx.x.x", "break peak outro", order, 3, 64, 1.4)
    chords = song.channel(-22.0, reverb=0.3, delay=0.35, duck=0.4)
    parts.comp(song, chords, _chord, ("......x.........", "......x....x...."), "main break peak outro", 3, 62)
    glass = song.channel(-24.5, reverb=0.45, delay=0.4)
    parts.melody(
        song,
        glass,
        _glass,
        ("....x.......", "..........x.", "....x.....o.", "............"),
        "break peak",
        5,
        6.0,
    )
    bed = song.channel(-23.5, reverb=0.3, duck=0.75)
    parts.pads(song, bed, _ALL, 3, 57, 300.0, 1100.0, 22.0, 0.3, tonic=True)
    parts.finale(song, chords, _chord, bottom, _bass)
