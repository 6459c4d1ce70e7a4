"""The values that every layer speaks of. Frozen, without behaviour beyond derived facts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NewType

TrackId = NewType("TrackId", str)
"""A hash of the encoded audio, 32 hex digits: retagging or moving a file keeps its identity."""

SessionId = NewType("SessionId", str)


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file says about itself. Text is stripped, never None; "" means unknown.

    Attributes:
        title: falls back to the file's name without its extension.
        year: four digits, or "".
        track_number: position on the album from 1; disc * 1000 + track on one of several discs; 0: unknown.
        bpm: beats per minute as tagged, None: untagged or nonsense.
        key: as tagged ("Am", "F#", "8A"), "": untagged.
    """

    title: str
    artist: str = ""
    album: str = ""
    album_artist: str = ""
    genre: str = ""
    year: str = ""
    track_number: int = 0
    bpm: float | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """What decoding a whole file once has shown. Sample counts are at 48 000 Hz, as the mixer counts.

    Attributes:
        codec: FFmpeg's name of it, e.g. "mp3", "flac", "pcm_s16le".
        sample_rate_hz: the file's own.
        channels: the file's own.
        length_samples: exact decoded length.
        cue_in_samples: where the first sound is; what is before it is silence.
        cue_out_samples: where the last sound ends; `cue_in_samples < cue_out_samples <= length_samples`.
        loudness_lufs: integrated loudness (EBU R 128) of the 48 kHz stereo rendition; floor -70.
        true_peak_dbtp: of the same rendition; floor -100.
    """

    codec: str
    sample_rate_hz: int
    channels: int
    length_samples: int
    cue_in_samples: int
    cue_out_samples: int
    loudness_lufs: float
    true_peak_dbtp: float


@dataclass(frozen=True, slots=True)
class Track:
    """One playable piece of music.

    Attributes:
        path: one file that holds it (several files with the same audio are one track).
        art: file name of its cover in the data directory's ``art`` folder, "": none.
    """

    id: TrackId
    path: Path
    tags: Tags
    audio: AudioFacts
    art: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that looks like audio and cannot be played, with the reason in words."""

    path: Path
    reason: str
