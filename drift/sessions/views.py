"""How tracks, clips and transitions look in the API and in events: plain JSON, camelCase."""

from __future__ import annotations

from collections.abc import Callable

from drift.library.features import Opening, Why
from drift.models import Analysis, Track, TrackId
from drift.sessions.journey import Step
from mixer import Clip, TransitionPlan

Json = dict[str, object]


def track_view(track: Track) -> Json:
    """A track for people and players."""
    return {
        "id": track.id,
        "title": track.tags.title,
        "artist": track.tags.artist,
        "album": track.tags.album,
        "durationS": round(track.audio.duration_s, 3),
        "artUrl": f"/api/library/tracks/{track.id}/art" if track.art else None,
        "bpm": bpm(track),
        "key": track.tags.key or None,
        "genre": track.tags.genre or None,
        "year": track.tags.year or None,
    }


def bpm(track: Track) -> float | None:
    """Its tempo: as measured, else as tagged, None where neither says."""
    measured = round(track.shape.bpm, 1) if track.shape is not None else 0
    return measured or track.tags.bpm


def choice_view(step: Step) -> Json:
    """A planned track, and why it was chosen."""
    return {"next": track_view(step.track), **reason_view(step)}


def reason_view(step: Step) -> Json:
    """Who chose a track, to lead where, by what."""
    return {"by": step.by, "direction": step.direction, "why": why_view(step.why)}


def why_view(why: Why | None) -> Json | None:
    """How a track differs from the one before it, in standard deviations of the library."""
    if why is None:
        return None
    return {
        "moved": round(why.moved, 3),
        "kept": round(why.kept, 3),
        "deltas": {name: round(delta, 3) for name, delta in why.deltas.items()},
        "relaxed": why.relaxed or None,
    }


def playing_view(clip: Clip, step: Step) -> Json:
    """A track in its place on the timeline; all positions in samples."""
    return {
        "track": track_view(step.track),
        **reason_view(step),
        "startSample": clip.start,
        "endSample": clip.end,
        "sourceStartSample": clip.source_start,
    }


def transition_view(plan: TransitionPlan) -> Json:
    """How one track becomes the next, and why so."""
    return {
        "kind": plan.kind,
        "reason": plan.reason,
        "stretch": round(plan.stretch, 5),
        "bassSwap": plan.bass_swap,
        "from": plan.outgoing.source.key,
        "to": plan.incoming.source.key,
        "startSample": plan.start,
        "lengthSamples": plan.length,
    }


def opening_view(opening: Opening, find: Callable[[TrackId], Track | None]) -> Json:
    """A direction that is open, with the tracks that lie there."""
    direction = opening.direction
    found = [(find(candidate.id), candidate) for candidate in opening.candidates]
    return {
        "direction": direction.name,
        "label": opening.label,
        "dimension": direction.dimension,
        "domain": direction.domain,
        "opposite": direction.opposite,
        "candidates": [
            {"track": track_view(track), "why": why_view(candidate.why)}
            for track, candidate in found
            if track is not None
        ],
    }


def detail_view(track: Track, analysis: Analysis) -> Json:
    """Everything that a track's file and its analysis have told; beats are in samples."""
    families = {name: dict(family.values) for name, family in analysis.families.items()}
    audio, shape = track.audio, track.shape
    return {
        **track_view(track),
        "albumArtist": track.tags.album_artist or None,
        "trackNumber": track.tags.track_number or None,
        "codec": audio.codec,
        "sampleRateHz": audio.sample_rate_hz,
        "channels": audio.channels,
        "lengthSamples": audio.length_samples,
        "cueInSamples": audio.cue_in_samples,
        "cueOutSamples": audio.cue_out_samples,
        "loudnessLufs": audio.loudness_lufs,
        "truePeakDbtp": audio.true_peak_dbtp,
        "shape": None
        if shape is None
        else {
            "introSamples": shape.intro_samples,
            "outroSamples": shape.outro_samples,
            "ending": shape.ending,
            "endingSamples": shape.ending_samples,
            "bpm": round(shape.bpm, 3),
            "tempoConfidence": round(shape.tempo_confidence, 3),
        },
        "beats": list(analysis.beats_samples or ()),
        "features": families or None,
    }
