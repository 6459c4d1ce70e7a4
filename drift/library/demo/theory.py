"""Keys, scales and chords, as far as the demo library needs them.

Key names follow one convention, the one that DJ software writes to ``INITIALKEY``: the tonic, then ``m`` for
minor. Each pitch class has one spelling per mode (``Db`` major but ``C#m``): see ``MAJOR_NAMES`` and
``MINOR_NAMES``.
"""

from __future__ import annotations

from dataclasses import dataclass

MAJOR_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MINOR_NAMES = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")

MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
MINOR_SCALE = (0, 2, 3, 5, 7, 8, 10)

# The scale degrees that sound well over every chord of the key.
_MAJOR_PENTATONIC = (0, 1, 2, 4, 5)
_MINOR_PENTATONIC = (0, 2, 3, 4, 6)


@dataclass(frozen=True)
class Key:
    """A tonic pitch class (0 = C ... 11 = B) and a mode."""

    tonic: int
    minor: bool

    @classmethod
    def parse(cls, name: str) -> Key:
        """Read a name of the convention above, such as ``"F#m"`` or ``"Bb"``.

        Raises:
            ValueError: The name is not one of the 24.
        """
        names = MINOR_NAMES if name.endswith("m") else MAJOR_NAMES
        if name not in names:
            raise ValueError(f"{name!r} is not in the list of key names: {', '.join(names)}")
        return cls(names.index(name), minor=names is MINOR_NAMES)

    @property
    def name(self) -> str:
        """The key as it is written to ``INITIALKEY``."""
        return (MINOR_NAMES if self.minor else MAJOR_NAMES)[self.tonic]

    @property
    def scale(self) -> tuple[int, ...]:
        """Semitones of the seven degrees above the tonic."""
        return MINOR_SCALE if self.minor else MAJOR_SCALE

    def pitch(self, degree: int, octave: int) -> int:
        """MIDI note of a scale degree (0 = tonic, 7 = its octave, negative = below)."""
        lift, step = divmod(degree, 7)
        return 12 * (octave + 1 + lift) + self.tonic + self.scale[step]

    def pentatonic(self, step: int, octave: int) -> int:
        """MIDI note of a step on the five-note scale (0 = tonic, 5 = its octave)."""
        lift, index = divmod(step, 5)
        degrees = _MINOR_PENTATONIC if self.minor else _MAJOR_PENTATONIC
        return self.pitch(degrees[index] + 7 * lift, octave)

    def chord(self, degree: int, voices: int = 4, centre: int = 60, spread: bool = False) -> tuple[int, ...]:
        """Stacked thirds on a degree, voiced close around a centre so that successive chords move little.

        Args:
            degree: Root, as a scale degree.
            voices: 3 for a triad, 4 adds the seventh, 5 the ninth.
            centre: MIDI note around which the chord lies.
            spread: Lower the second-highest note by an octave ("drop 2"): wider and softer.

        Returns:
            MIDI notes, ascending.
        """
        low = centre - 7
        notes = sorted(low + (self.pitch(degree + 2 * third, 4) - low) % 12 for third in range(voices))
        if spread and len(notes) >= 3:
            notes[-2] -= 12
        return tuple(sorted(notes))

    def root(self, degree: int, lowest: int = 33) -> int:
        """MIDI note of a chord's root in the octave that starts at ``lowest`` (33 = A1, 55 Hz)."""
        return lowest + (self.pitch(degree, 4) - lowest) % 12

    def nearest(self, note: int, degree: int) -> int:
        """The tone of the triad on ``degree`` that is nearest to a MIDI note."""
        classes = [self.pitch(degree + 2 * third, 4) for third in range(3)]
        candidates = [note + (tone - note + 6) % 12 - 6 for tone in classes]
        return min(candidates, key=lambda candidate: (abs(candidate - note), candidate))


def hz(note: float) -> float:
    """Frequency in Hz of a MIDI note (69 = A4 = 440 Hz), equal temperament."""
    return float(440.0 * 2.0 ** ((note - 69.0) / 12.0))
