"""The players: each function plays one part (drums, bass, chords, ...) through the sections of a song."""

# A score reads best with its usual arguments by position.
# ruff: noqa: PLR0917

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from drift.library.demo import drums, synth
from drift.library.demo.plan import RATE
from drift.library.demo.song import Channel, Song, notes
from drift.library.demo.synth import Sound

# Renders one note: MIDI note, seconds, openness 0..1.
Instrument = Callable[[float, float, float], Sound]

_STRENGTH = {"X": 1.0, "x": 0.72, "o": 0.4}
_RISES = {"r": 0, "o": 12, "f": 7, "u": -12}


def beat(
    song: Song,
    channel: Channel,
    sounds: Sequence[Sound],
    patterns: Sequence[str],
    sections: str,
    gain: float = 1.0,
    pan: float = 0.0,
    ducks: bool = False,
) -> None:
    """Play one-shots: ``X`` loud, ``x`` medium, ``o`` soft; patterns and sounds are used in turn.

    With ``ducks``, the hits also drive the side-chain of the mix.
    """
    count = 0
    for bar, place in song.bars(sections):
        for step, char, _ in notes(patterns[place % len(patterns)]):
            at = song.at(bar, step)
            level = gain * _STRENGTH[char] * float(song.rng.uniform(0.92, 1.0))
            channel.add(sounds[count % len(sounds)], at, level, pan)
            count += 1
            if ducks:
                song.kicks.append(at)


def bass(
    song: Song,
    channel: Channel,
    instrument: Instrument,
    patterns: Sequence[str],
    sections: str,
    lowest: int = 31,
) -> None:
    """Play the bass line, one character per note.

    The chord's root (``r``), its octave (``o``), fifth (``f``), the octave below (``u``), the tonic (``t``).
    """
    for bar, place in song.bars(sections):
        root = song.key.root(song.chords[bar], lowest)
        for step, char, length in notes(patterns[place % len(patterns)]):
            note = song.key.root(0, lowest) if char == "t" else root + _RISES[char]
            seconds = song.seconds(length * 0.96)
            level = float(song.rng.uniform(0.9, 1.0))
            channel.add(song.make(instrument, note, seconds, song.openness(bar)), song.at(bar, step), level)


def comp(
    song: Song,
    channel: Channel,
    instrument: Instrument,
    patterns: Sequence[str],
    sections: str,
    voices: int = 4,
    centre: int = 62,
    spread: bool = False,
    strum_ms: float = 0.0,
    width: float = 0.35,
) -> None:
    """Play the chord of the bar in a rhythm, its notes spread over the stereo width."""
    for bar, place in song.bars(sections):
        chord = song.key.chord(song.chords[bar], voices, centre, spread)
        for step, char, length in notes(patterns[place % len(patterns)]):
            seconds = song.seconds(length)
            for voice, note in enumerate(chord):
                at = song.at(bar, step) + round(voice * strum_ms * RATE / 1000.0)
                pan = width * (2.0 * voice / (len(chord) - 1) - 1.0)
                level = _STRENGTH[char] * float(song.rng.uniform(0.85, 1.0))
                channel.add(song.make(instrument, note, seconds, song.openness(bar)), at, level, pan)


def arpeggio(
    song: Song,
    channel: Channel,
    instrument: Instrument,
    pattern: str,
    sections: str,
    order: Sequence[int] = (0, 1, 2, 3, 2, 1),
    voices: int = 4,
    centre: int = 70,
    ring: float = 1.0,
    width: float = 0.5,
) -> None:
    """Walk through the chord's notes; ``order`` restarts in each bar, 4 and up reach into the next octave."""
    for bar, _ in song.bars(sections):
        chord = song.key.chord(song.chords[bar], voices, centre)
        for count, (step, char, length) in enumerate(notes(pattern)):
            lift, index = divmod(order[count % len(order)], len(chord))
            seconds = song.seconds(length) * ring
            accent = 1.15 if step % 4 == 0 else 0.85
            level = _STRENGTH[char] * accent * float(song.rng.uniform(0.85, 1.0))
            pan = width * (1.0 if count % 2 else -1.0) * (0.5 + 0.5 * ((count // 2) % 2))
            sound = song.make(instrument, chord[index] + 12 * lift, seconds, song.openness(bar))
            channel.add(sound, song.at(bar, step), level, pan)


def melody(
    song: Song,
    channel: Channel,
    instrument: Instrument,
    rhythms: Sequence[str],
    sections: str,
    octave: int = 5,
    ring: float = 1.0,
    pan: float = 0.0,
) -> None:
    """Sing a tune made for this song: a motif of four bars that each section answers in its own way.

    The contour is a random walk on the five-note scale; notes on beats move to the nearest chord tone,
    and each fourth bar comes home to the tonic's triad.
    """
    contours = [_contour(song.rng, len(notes(rhythm))) for rhythm in rhythms]
    for bar, place in song.bars(sections):
        line = place % len(rhythms)
        answer = song.sections[bar] == "peak" and place % 8 >= 4
        for (step, char, length), height in zip(notes(rhythms[line]), contours[line], strict=True):
            note = song.key.pentatonic(height + (1 if answer and line % 2 == 0 else 0), octave)
            if step % 4 == 0:
                note = song.key.nearest(note, song.chords[bar])
            seconds = song.seconds(length) * ring
            level = _STRENGTH[char] * float(song.rng.uniform(0.88, 1.0))
            channel.add(
                song.make(instrument, note, seconds, song.openness(bar)), song.at(bar, step), level, pan
            )


def _contour(rng: np.random.Generator, length: int) -> list[int]:
    height = int(rng.integers(0, 4))
    line = [height]
    for _ in range(length - 1):
        height += int(rng.choice((-2, -1, -1, 0, 1, 1, 2)))
        height = min(max(height, -2), 6)
        line.append(height)
    return line[:length]


def pads(
    song: Song,
    channel: Channel,
    sections: str,
    voices: int = 4,
    centre: int = 58,
    dark_hz: float = 350.0,
    bright_hz: float = 1400.0,
    width_cents: float = 22.0,
    swell_s: float = 0.25,
    tonic: bool = False,
) -> None:
    """Hold the chords; each is a dark and a bright loop, mixed by the section's openness and a slow swell.

    With ``tonic``, the key's tonic sounds below every chord. After the last bar of a track that rings
    out, the last chord dies away over the tail.
    """
    loops: dict[int, tuple[Sound, Sound]] = {}
    for bar, stop in _chord_spans(song, sections):
        degree = song.chords[bar]
        if degree not in loops:
            chord = list(song.key.chord(degree, voices, centre, spread=True))
            if tonic:
                chord.append(song.key.root(0, 40))
            loops[degree] = (
                synth.pad(chord, song.rng, dark_hz, width_cents),
                synth.pad(chord, song.rng, bright_hz, width_cents),
            )
        last = stop == song.track.bars
        start = song.at(bar)
        body = song.at(stop) - start
        release_s = song.tail_s if last and song.track.ending == "ring" else swell_s
        samples = body + round(release_s * RATE)
        gain = synth.envelope(samples, swell_s if bar else 0.02, 1e9, 1.0, release_s)
        time = np.arange(start, start + samples, dtype=np.float32)
        slow = 0.775 + 0.225 * np.sin(time * np.float32(2 * np.pi / (song.seconds(128) * RATE)))
        opened = slow * np.linspace(song.openness(bar), song.openness(stop - 1), samples, dtype=np.float32)
        offset = int(song.rng.integers(0, 1 << 17))
        dark, bright = (synth.looped(loop, samples, offset) for loop in loops[degree])
        mixed = dark * (gain * (1.0 - 0.6 * opened)) + bright * (gain * opened)
        channel.add(mixed, start)


def _chord_spans(song: Song, sections: str) -> list[tuple[int, int]]:
    """Runs of bars that hold one chord inside one section, as ``(first, one past the last)``.

    At most four bars.
    """
    spans: list[tuple[int, int]] = []
    for bar, place in song.bars(sections):
        joins = spans and place and spans[-1][1] == bar and bar - spans[-1][0] < 4
        if joins and song.chords[bar] == song.chords[spans[-1][0]]:
            spans[-1] = (spans[-1][0], bar + 1)
        else:
            spans.append((bar, bar + 1))
    return spans


def transitions(song: Song, channel: Channel, sections: str = "main peak", gain: float = 1.0) -> None:
    """Lead into sections with a bar of rising noise and mark their first beat with a soft cymbal."""
    cymbal = drums.crash(song.rng)
    for bar, place in song.bars(sections):
        if place == 0 and bar > 0:
            begin = song.at(bar - 1)
            channel.add(drums.riser(song.rng, song.at(bar) - begin), begin, 0.35 * gain)
            channel.add(cymbal, song.at(bar), 0.6 * gain, float(song.rng.uniform(-0.3, 0.3)))


def finale(
    song: Song,
    chords: Channel,
    instrument: Instrument,
    low: Channel,
    bass_instrument: Instrument,
    centre: int = 62,
) -> None:
    """End on the tonic chord: a short stab before a cut, a long one before a tail.

    Nothing when the track fades.
    """
    if song.track.ending == "fade":
        return
    seconds = song.tail_s * (0.95 if song.track.ending == "ring" else 0.8)
    end = song.at(song.track.bars)
    for voice, note in enumerate(song.key.chord(0, 3, centre)):
        chords.add(song.make(instrument, note, seconds, 0.375), end, 0.9, 0.3 * (voice - 1))
    low.add(song.make(bass_instrument, song.key.root(0, 31), seconds, 0.25), end, 0.9)
