"""The fixed plan of the demo library: which tracks there are, before any of them is rendered."""

from __future__ import annotations

from dataclasses import dataclass

RATE = 48_000

# Bars of each section, by the total number of bars. Chord loops are four bars, so most sections are
# multiples of four.
FORMS: dict[int, tuple[tuple[str, int], ...]] = {
    22: (("intro", 4), ("main", 8), ("break", 4), ("peak", 4), ("outro", 2)),
    24: (("intro", 4), ("main", 8), ("break", 4), ("peak", 6), ("outro", 2)),
    28: (("intro", 4), ("build", 4), ("main", 8), ("break", 4), ("peak", 4), ("outro", 4)),
    32: (("intro", 4), ("build", 4), ("main", 8), ("break", 4), ("peak", 8), ("outro", 4)),
    36: (("intro", 4), ("build", 4), ("main", 12), ("break", 4), ("peak", 8), ("outro", 4)),
    40: (("intro", 4), ("build", 4), ("main", 12), ("break", 4), ("peak", 12), ("outro", 4)),
    44: (("intro", 8), ("build", 4), ("main", 12), ("break", 4), ("peak", 12), ("outro", 4)),
    56: (("intro", 8), ("build", 8), ("main", 16), ("break", 8), ("peak", 12), ("outro", 4)),
    60: (("intro", 8), ("build", 4), ("main", 16), ("break", 8), ("peak", 16), ("outro", 8)),
}

# Seconds that sound after the last bar: a stab that is cut, a chord that rings out, or nothing after a fade.
TAILS_S = {"cold": 0.7, "ring": 4.5, "fade": 0.0}


@dataclass(frozen=True)
class DemoTrack:
    """One track of the plan; ``bpm`` and ``key`` are what is really played.

    ``swing`` is the delay of every second sixteenth, as a fraction of a sixteenth. ``ending`` is a key of
    ``TAILS_S``.
    """

    index: int
    title: str
    artist: str
    album: str
    style: str
    bpm: float
    key: str
    duration_s: float
    file_name: str
    genre: str
    date: str
    track_number: int
    bars: int
    swing: float
    ending: str


@dataclass(frozen=True)
class _Album:
    style: str
    genre: str
    artist: str
    title: str
    date: str


_ALBUMS = {
    "tides": _Album("ambient", "Ambient", "Paper Lighthouse", "Tides for Beginners", "2021"),
    "moss": _Album("ambient", "Ambient", "Kelp Cathedral", "Moss Parliament", "2019"),
    "lobby": _Album("house", "House", "The Velvet Abacus", "Lobby Music for Giants", "2022"),
    "pollen": _Album("house", "House", "Cardboard Comet", "Pollen Count", "2020"),
    "kettle": _Album("lofi", "Lo-Fi", "Tin Robot Tea Party", "Kettle Logic", "2023"),
    "naps": _Album("lofi", "Lo-Fi", "Paper Lighthouse", "Naps, Vol. 4", "2024"),
    "rapid": _Album("dnb", "Drum and Bass", "Heron Forty Thousand", "Rapid Wading", "2023"),
    "orbit": _Album("dnb", "Drum and Bass", "Cardboard Comet", "Low Orbit Picnic", "2018"),
    "orchard": _Album("chiptune", "Chiptune", "Pixel Orchard 3000", "Eight Bits of Fruit", "2017"),
    "teatime": _Album("chiptune", "Chiptune", "Tin Robot Tea Party", "Insert Biscuit", "2020"),
    "boulevard": _Album("synthwave", "Synthwave", "Heron Forty Thousand", "Flamingo Boulevard", "2021"),
    "cassette": _Album("synthwave", "Synthwave", "Pixel Orchard 3000", "Cassette Weather", "2022"),
    "fog": _Album("dubtechno", "Dub Techno", "Kelp Cathedral", "Fog Ledger", "2020"),
    "harbour": _Album("dubtechno", "Dub Techno", "Department of Slow Trains", "Harbour Timetable", "2024"),
    "siding": _Album("downtempo", "Downtempo", "Department of Slow Trains", "Siding, with Birds", "2019"),
    "grid": _Album("minimal", "Minimal Techno", "The Velvet Abacus", "Counting in Corridors", "2023"),
    "ash": _Album("triphop", "Trip-Hop", "Professor Umbrella Trio", "Soft Rain Regulations", "2018"),
}

# Album, title, BPM, key, bars, swing, ending. The first rows differ most and are quick: playback starts on
# them.
_ROWS: tuple[tuple[str, str, int, str, int, float, str], ...] = (
    ("lobby", "Elevator to the Mezzanine", 122, "Am", 36, 0.0, "ring"),
    ("kettle", "Second Cup", 82, "F", 24, 0.30, "fade"),
    ("orchard", "Gooseberry Continue", 140, "C", 40, 0.0, "cold"),
    ("boulevard", "Pink Mile", 100, "F#m", 32, 0.0, "ring"),
    ("tides", "Harbour, Before Boats", 72, "D", 22, 0.0, "ring"),
    ("rapid", "Shallow Current", 174, "Em", 56, 0.0, "cold"),
    ("fog", "Ledger of Small Lamps", 118, "Gm", 36, 0.0, "fade"),
    ("ash", "Umbrella Etiquette", 84, "Cm", 24, 0.26, "ring"),
    ("siding", "Platform Sparrows", 94, "G", 28, 0.16, "fade"),
    ("grid", "Forty Identical Doors", 128, "Bbm", 40, 0.10, "cold"),
    ("moss", "The Speaker Is a Fern", 78, "Ebm", 24, 0.0, "fade"),
    ("pollen", "Yellow Weather", 124, "Eb", 40, 0.12, "fade"),
    ("naps", "Quarter Past Blanket", 76, "Bb", 22, 0.26, "ring"),
    ("orbit", "Sandwich Trajectory", 170, "Fm", 56, 0.0, "ring"),
    ("teatime", "Biscuit Select Screen", 126, "Dm", 36, 0.14, "cold"),
    ("cassette", "Rewind the Rain", 108, "Bm", 32, 0.0, "fade"),
    ("harbour", "The 04:10 to Nowhere Pier", 121, "C#m", 40, 0.08, "ring"),
    ("ash", "Puddle Clause", 90, "Gm", 28, 0.22, "cold"),
    ("siding", "Signal Box Garden", 98, "Em", 32, 0.14, "ring"),
    ("lobby", "Marble, Mostly", 126, "Dm", 40, 0.0, "cold"),
    ("tides", "Low Water Lullaby", 70, "A", 22, 0.0, "fade"),
    ("rapid", "Heron Overpass", 172, "F#m", 60, 0.0, "fade"),
    ("grid", "Lift Out of Order", 132, "Am", 44, 0.0, "ring"),
    ("kettle", "Steam Alphabet", 88, "Db", 28, 0.28, "ring"),
    ("orchard", "Plum Dungeon", 150, "Am", 44, 0.0, "ring"),
    ("boulevard", "Lawn Chair Sunset", 92, "E", 28, 0.0, "fade"),
    ("pollen", "Bee Business", 120, "G#m", 36, 0.14, "ring"),
    ("fog", "Invoice for Mist", 116, "B", 36, 0.10, "ring"),
)


def _slug(text: str) -> str:
    words = "".join(char if char.isalnum() else " " for char in text.lower()).split()
    return "-".join(words)


def _plan() -> tuple[DemoTrack, ...]:
    tracks: list[DemoTrack] = []
    numbers: dict[str, int] = {}
    for index, (album_id, title, bpm, key, bars, swing, ending) in enumerate(_ROWS):
        album = _ALBUMS[album_id]
        numbers[album_id] = numbers.get(album_id, 0) + 1
        tracks.append(
            DemoTrack(
                index=index,
                title=title,
                artist=album.artist,
                album=album.title,
                style=album.style,
                bpm=float(bpm),
                key=key,
                duration_s=round(bars * 240.0 / bpm + TAILS_S[ending], 3),
                file_name=f"{index + 1:02d}-{_slug(album.artist)}-{_slug(title)}.opus",
                genre=album.genre,
                date=album.date,
                track_number=numbers[album_id],
                bars=bars,
                swing=swing,
                ending=ending,
            )
        )
    return tuple(tracks)


TRACKS: tuple[DemoTrack, ...] = _plan()
