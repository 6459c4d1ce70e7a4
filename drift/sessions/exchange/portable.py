"""A journey without its library: what each track was, how it sounds, and where it was to lead."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from drift.models import Track
from drift.sessions.journey import Step

MOST_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class PortableStep:
    """One track. Whatever is not known is empty.

    Attributes:
        id: of the audio, as in :class:`drift.models.TrackId`.
        duration_s: 0: not known.
        location: its file, relative to the library's folder.
        direction: where it was to lead.
        features: raw values of descriptors: what another library's track should be like.
    """

    id: str = ""
    title: str = ""
    artist: str = ""
    album: str = ""
    duration_s: float = 0.0
    location: str = ""
    direction: str | None = None
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PortableJourney:
    """Steps in order.

    Attributes:
        name: of the session that it comes from, "": not known.
    """

    name: str
    steps: tuple[PortableStep, ...]


def portable(
    name: str,
    steps: Iterable[Step],
    features: Callable[[Track], Mapping[str, float]],
    location: Callable[[Track], str],
) -> PortableJourney:
    """A journey to be written to a file.

    Args:
        name: of its session.
        steps: as played.
        features: raw values of a track's descriptors; empty where it is not analysed.
        location: a track's file, relative to the library's folder.
    """
    return PortableJourney(name, tuple(_portable(step, features, location) for step in steps))


def _portable(
    step: Step, features: Callable[[Track], Mapping[str, float]], location: Callable[[Track], str]
) -> PortableStep:
    track = step.track
    return PortableStep(
        track.id,
        track.tags.title,
        track.tags.artist,
        track.tags.album,
        round(track.audio.duration_s, 3),
        location(track),
        step.direction,
        {key: float(f"{value:.6g}") for key, value in features(track).items()},
    )


def json_object(text: str) -> dict[str, object]:
    """A JSON object from a file that anybody may have written; anything else is an empty one."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def numbers(found: object) -> dict[str, float]:
    """The finite numbers of a JSON object; anything else is an empty one."""
    if not isinstance(found, dict):
        return {}
    return {
        key: float(value)
        for key, value in found.items()
        if isinstance(value, (int, float)) and math.isfinite(value)
    }
