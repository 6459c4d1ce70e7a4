"""Journeys as extended M3U, in UTF-8: what every player reads, with the rest in comments.

``#EXTINF``, ``#EXTALB`` and ``#PLAYLIST`` are common (https://en.wikipedia.org/wiki/M3U); ``#DRIFT-STEP`` is
Drift's own and holds one JSON object.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import unquote

from drift.errors import InvalidError
from drift.models import full_title
from drift.sessions.exchange.portable import (
    MOST_STEPS,
    PortableJourney,
    PortableStep,
    json_object,
    numbers,
)

_OWN = "#DRIFT-STEP:"


def write(journey: PortableJourney) -> str:
    """A playlist; paths are relative to the library's folder."""
    lines = ["#EXTM3U", f"#PLAYLIST:{_line(journey.name)}"]
    for step in journey.steps:
        own = {"id": step.id, "direction": step.direction, "features": dict(step.features)}
        shown = full_title(step.artist, step.title)
        lines += [f"#EXTINF:{round(step.duration_s) or -1},{_line(shown)}"]
        lines += [f"#EXTALB:{_line(step.album)}"] if step.album else []
        lines += [_OWN + json.dumps(own), _line(step.location)]
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    return " ".join(text.splitlines())


def read(text: str) -> PortableJourney:
    """Any M3U playlist; what it does not say of a track is taken from its file's name.

    Raises:
        InvalidError: it holds no track, or too many.
    """
    name, steps = "", []
    said: dict[str, str] = {}
    for line in map(str.strip, text.splitlines()):
        key, _, value = line.partition(":")
        if key == "#PLAYLIST":
            name = value.strip()
        elif line.startswith("#"):
            said[key] = value.strip()
        elif line:
            steps.append(_step(line, said))
            said = {}
    if not steps:
        raise InvalidError("This is no journey: a playlist without a track.")
    if len(steps) > MOST_STEPS:
        raise InvalidError(f"This journey is too long: it has {len(steps)} tracks, {MOST_STEPS} may be.")
    return PortableJourney(name, tuple(steps))


def _step(location: str, said: dict[str, str]) -> PortableStep:
    seconds, _, shown = said.get("#EXTINF", "").partition(",")
    artist, dash, title = shown.partition(" - ")
    windows = "\\" in location and "/" not in location
    stem = PureWindowsPath(location).stem if windows else PurePosixPath(unquote(location)).stem
    own = json_object(said.get(_OWN[:-1], ""))
    return PortableStep(
        id=str(own.get("id") or ""),
        title=(title if dash else shown).strip() or stem,
        artist=artist.strip() if dash else "",
        album=said.get("#EXTALB", ""),
        duration_s=_seconds(seconds),
        location=location,
        direction=str(own["direction"]) if own.get("direction") else None,
        features=numbers(own.get("features")),
    )


def _seconds(text: str) -> float:
    try:
        return max(0.0, min(float(text.split(" ", maxsplit=1)[0]), 1e6))
    except ValueError:
        return 0.0
