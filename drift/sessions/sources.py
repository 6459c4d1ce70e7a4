"""A track as the mixer needs it."""

from __future__ import annotations

from dataclasses import replace

from drift.models import BeatGrid, Track
from mixer import Beats, Source


def source_of(track: Track, before: Track | None) -> Source:
    """What the mixer is told of ``track``.

    Args:
        track: what is to be played.
        before: what plays before it; the two are joined without a gap if they follow one another on an album.
    """
    audio, shape = track.audio, track.shape
    plain = Source(
        track.id,
        track.path,
        audio.cue_in_samples,
        audio.cue_out_samples,
        audio.loudness_lufs,
        audio.true_peak_dbtp,
        length=audio.length_samples,
        continues=before.id if before is not None and follows(before, track) else "",
    )
    if shape is None:
        return plain
    return replace(
        plain,
        ending=shape.ending,
        ending_samples=shape.ending_samples,
        intro=shape.intro_samples,
        outro=shape.outro_samples,
        first_beats=_beats(shape.first_beats),
        last_beats=_beats(shape.last_beats),
        tempo_confidence=shape.tempo_confidence,
    )


def follows(before: Track, track: Track) -> bool:
    """Whether two tracks stand one after another on the same album, in the same folder."""
    one, other = before.tags, track.tags
    return (
        bool(one.album)
        and one.album.casefold() == other.album.casefold()
        and one.album_artist.casefold() == other.album_artist.casefold()
        and before.path.parent == track.path.parent
        and one.track_number > 0
        and other.track_number == one.track_number + 1
    )


def _beats(grid: BeatGrid | None) -> Beats | None:
    return None if grid is None else Beats(grid.beat_samples, grid.period_samples)
