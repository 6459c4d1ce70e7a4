"""How tracks, clips and transitions look in the API and in events: plain JSON, camelCase."""

from __future__ import annotations

from drift.models import Track
from mixer import Clip, TransitionPlan

Json = dict[str, object]


def track_view(track: Track) -> Json:
    """A track for people and players."""
    return {
        "id": track.id,
        "title": track.tags.title,
        "artist": track.tags.artist,
        "album": track.tags.album,
        "durationS": round(track.audio.length_samples / 48_000, 3),
        "artUrl": f"/api/library/tracks/{track.id}/art" if track.art else None,
        "bpm": track.tags.bpm,
        "key": track.tags.key or None,
        "genre": track.tags.genre or None,
        "year": track.tags.year or None,
    }


def playing_view(clip: Clip, track: Track) -> Json:
    """A track in its place on the timeline; all positions in samples."""
    return {
        "track": track_view(track),
        "startSample": clip.start,
        "endSample": clip.end,
        "sourceStartSample": clip.source_start,
    }


def transition_view(plan: TransitionPlan) -> Json:
    """How one track becomes the next."""
    return {
        "kind": plan.kind,
        "from": plan.outgoing.source.key,
        "to": plan.incoming.source.key,
        "startSample": plan.start,
        "lengthSamples": plan.length,
    }
