"""Journeys as XSPF (https://xspf.org/spec), with Drift's part in ``meta`` elements."""

from __future__ import annotations

import json
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET

from drift.errors import InvalidError
from drift.sessions.exchange.portable import (
    MOST_STEPS,
    PortableJourney,
    PortableStep,
    json_object,
    numbers,
)

_NS = "http://xspf.org/ns/0/"
_ID = "urn:drift:track:"
_DIRECTION, _FEATURES = "urn:drift:direction", "urn:drift:features"


def write(journey: PortableJourney) -> str:
    """A playlist; locations are relative to the library's folder."""
    ET.register_namespace("", _NS)
    root = ET.Element(f"{{{_NS}}}playlist", version="1")
    _add(root, "title", journey.name)
    tracks = ET.SubElement(root, f"{{{_NS}}}trackList")
    for step in journey.steps:
        track = ET.SubElement(tracks, f"{{{_NS}}}track")
        _add(track, "location", quote(step.location))
        _add(track, "identifier", _ID + step.id if step.id else "")
        _add(track, "title", step.title)
        _add(track, "creator", step.artist)
        _add(track, "album", step.album)
        _add(track, "duration", str(round(step.duration_s * 1000)) if step.duration_s else "")
        _add(track, "meta", step.direction or "", rel=_DIRECTION)
        _add(track, "meta", json.dumps(dict(step.features)) if step.features else "", rel=_FEATURES)
    ET.indent(root)
    return ET.tostring(root, "unicode", xml_declaration=True) + "\n"


def _add(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    if text:
        kept = "".join(char for char in text if char.isprintable() or char in "\t ")
        ET.SubElement(parent, f"{{{_NS}}}{name}", attributes).text = kept


def read(text: str) -> PortableJourney:
    """Any XSPF playlist.

    Raises:
        InvalidError: it is not well-formed, not XSPF, holds no track or too many.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise InvalidError("This is no journey: XSPF has no document type, and entities are not read.")
    try:
        root = ET.fromstring(text)  # noqa: S314 - without entities there is nothing to expand
    except (ET.ParseError, ValueError) as error:
        raise InvalidError(f"This is no journey: {error}.") from error
    if root.tag != f"{{{_NS}}}playlist":
        raise InvalidError("This is no journey: it is XML, but not XSPF.")
    tracks = root.findall(f"{{{_NS}}}trackList/{{{_NS}}}track")
    if not tracks:
        raise InvalidError("This is no journey: a playlist without a track.")
    if len(tracks) > MOST_STEPS:
        raise InvalidError(f"This journey is too long: it has {len(tracks)} tracks, {MOST_STEPS} may be.")
    return PortableJourney(_text(root, "title"), tuple(map(_step, tracks)))


def _step(track: ET.Element) -> PortableStep:
    identifier = _text(track, "identifier")
    location = unquote(_text(track, "location"))
    meta = {element.get("rel", ""): element.text or "" for element in track.iter(f"{{{_NS}}}meta")}
    return PortableStep(
        id=identifier.removeprefix(_ID) if identifier.startswith(_ID) else "",
        title=_text(track, "title") or location.rpartition("/")[2].rpartition(".")[0],
        artist=_text(track, "creator"),
        album=_text(track, "album"),
        duration_s=_milliseconds(_text(track, "duration")) / 1000,
        location=location,
        direction=meta.get(_DIRECTION) or None,
        features=numbers(json_object(meta.get(_FEATURES, ""))),
    )


def _text(parent: ET.Element, name: str) -> str:
    return (parent.findtext(f"{{{_NS}}}{name}") or "").strip()


def _milliseconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
