"""Chiptune: pulse and triangle waves, fast arpeggios for chords, noise drums.

Rounded off so that it stays kind.
"""

from __future__ import annotations

import numpy as np

from drift.library.demo import drums, effects, parts, synth
from drift.library.demo.plan import RATE
from drift.library.demo.song import Channel, Song
from drift.library.demo.synth import Sound
from drift.library.demo.theory import hz

_MAJOR_LOOPS = ((0, 5, 3, 4), (3, 4, 0, 0))
_MINOR_LOOPS = ((0, 5, 6, 0), (3, 0, 5, 6))
_ALL = "intro build main break peak outro"


def _lead(note: float, seconds: float, openness: float) -> Sound:
    cutoff = 2600.0 + 2600.0 * openness
    return synth.tone(
        note, seconds, "pulse", (cutoff, cutoff * 1.5), 0.2, 0.0, (0.003, 0.3, 0.6, 0.03), 0.0, 12.0
    )


def _thin(note: float, seconds: float, openness: float) -> Sound:
    cutoff = 2000.0 + 2200.0 * openness
    return synth.tone(note, seconds, "thin", (cutoff, cutoff * 1.5), 0.2, 0.0, (0.002, 0.12, 0.35, 0.02))


def _square(note: float, seconds: float, openness: float) -> Sound:
    cutoff = 1500.0 + 2000.0 * openness
    return synth.tone(note, seconds, "square", (cutoff, cutoff * 1.5), 0.2, 0.0, (0.002, 0.25, 0.3, 0.03))


def _bass(note: float, seconds: float, openness: float) -> Sound:
    cutoff = 700.0 + 700.0 * openness
    return synth.tone(note, seconds, "triangle", (cutoff, cutoff * 2), 0.2, 0.0, (0.003, 0.5, 0.8, 0.02))


def _quick_chords(song: Song, channel: Channel, pattern: str, sections: str) -> None:
    """A chord on one voice: its notes in turn, 32 to the bar, in bursts that start where the pattern says."""
    for bar, _ in song.bars(sections):
        chord = song.key.chord(song.chords[bar], 3, 67)
        for step, char in enumerate(pattern):
            if char == ".":
                continue
            for half in range(2):
                note = chord[(step * 2 + half) % len(chord)] + (12 if (step * 2 + half) % 6 >= 3 else 0)
                sound = song.make(_thin, note, song.seconds(0.5), song.openness(bar))
                channel.add(sound, song.at(bar, step) + half * round(song.seconds(0.5) * RATE), 0.8)


def _burst(rng: np.random.Generator, seconds: float, low_hz: float, high_hz: float) -> Sound:
    """Noise as a shift register makes it: held samples, then rounded off."""
    samples = int(seconds * RATE)
    held = np.repeat(rng.choice((-1.0, 1.0), samples // 6 + 1), 6)[:samples].astype(np.float32)
    gain = synth.envelope(samples, 0.001, seconds * 0.3, 0.0, seconds * 0.3)
    sound = effects.highpass(effects.lowpass(held, high_hz), low_hz) * gain
    return np.asarray(sound / np.max(np.abs(sound)), dtype=np.float32)


def arrange(song: Song) -> None:
    """Write the parts of a chiptune."""
    rng, number = song.rng, song.track.index
    song.room_s, song.delay_feedback, song.delay_steps = 0.7, 0.35, 3
    song.progress(_MINOR_LOOPS if song.key.minor else _MAJOR_LOOPS)
    low = song.channel(-18.5)
    kick = drums.kick(hz(song.key.root(0, 31)), 0.2, 6.0, 0.05)
    four = (
        ["X...X...X...X..."] * 3 + ["X...X...X..xX..x"]
        if number % 4
        else ["X.....X.X.....x.", "X.....X.X...x.x."]
    )
    parts.beat(song, low, [kick], four, "build main peak outro", ducks=True)
    parts.beat(song, low, [kick], ["X...x...X...x..."], "intro break", 0.7, ducks=True)
    tops = song.channel(-24.0, reverb=0.05)
    snares = [_burst(rng, 0.16, 350.0, 4500.0) for _ in range(2)]
    parts.beat(song, tops, snares, ["....X.......X..."] * 3 + ["....X.......X.xx"], "build main peak outro")
    ticks = [_burst(rng, 0.04, 3000.0, 8500.0) for _ in range(3)]
    parts.beat(song, tops, ticks, ["X.x.X.x.X.x.X.xo"], "main peak", 0.32, 0.2)
    parts.beat(song, tops, ticks, ["X...X...X...X..."], "intro build break outro", 0.3, 0.2)

    bottom = song.channel(-18.5, duck=0.25)
    lines = (
        ("r.r.o.r.r.r.o.f.", "r.r.o.r.r.f.o.r.") if number % 4 else ("r--r--r-r--r--o-", "r--r--r-f--f--o-")
    )
    parts.bass(song, bottom, _bass, lines, "build main peak outro", 36)
    parts.bass(song, bottom, _bass, ("r---r---r---r---",), "intro break", 36)
    chords = song.channel(-23.5, reverb=0.12, duck=0.1)
    _quick_chords(song, chords, "x.xxx.xxx.xxx.xx", "main peak")
    _quick_chords(song, chords, "xxxxxxxxxxxxxxxx", "break")
    figure = song.channel(-21.5, reverb=0.15, delay=0.2)
    parts.arpeggio(
        song, figure, _square, "xxx.xxx.xxx.xx.x", "intro build peak outro", (0, 1, 2, 3, 4, 3, 2, 1), 3, 67
    )
    lead = song.channel(-19.0, reverb=0.12, delay=0.22)
    tune = ("x-x-x---o-x-x---", "x---x-o-x-----o.", "x-x-x---x-o-x---", "x-o-x-------....")
    parts.melody(song, lead, _lead, tune, "main peak", 5, 1.0)
    parts.melody(song, lead, _square, ("x---....x---....", "x-----x-x---....") * 2, "break", 5, 1.2)
    bed = song.channel(-29.0, reverb=0.2, duck=0.4)
    parts.pads(song, bed, _ALL, 3, 60, 500.0, 1200.0, 10.0, 0.1, tonic=True)
    parts.finale(song, figure, _square, bottom, _bass, 67)
