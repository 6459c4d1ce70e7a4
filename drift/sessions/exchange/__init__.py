"""Journeys as files: JSON, M3U8 and XSPF, out of one library and into another.

``portable`` is what a journey is away from its library; ``as_json``, ``m3u`` and ``xspf`` write and read it;
``match`` finds its tracks again: the same audio, the same tags, or else what sounds most like it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from drift.errors import InvalidError
from drift.sessions.exchange import as_json, m3u, xspf
from drift.sessions.exchange.match import Match, match
from drift.sessions.exchange.portable import PortableJourney, PortableStep, portable

__all__ = ["FORMATS", "FileFormat", "Match", "PortableJourney", "PortableStep", "match", "portable", "read"]


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A kind of file that a journey can be."""

    mime: str
    write: Callable[[PortableJourney], str]
    read: Callable[[str], PortableJourney]


FORMATS = {
    "json": FileFormat("application/json", as_json.write, as_json.read),
    "m3u": FileFormat("audio/x-mpegurl; charset=utf-8", m3u.write, m3u.read),
    "xspf": FileFormat("application/xspf+xml", xspf.write, xspf.read),
}
"""By file extension."""


def read(content: bytes) -> PortableJourney:
    """A journey from a file of any of the formats, told by its content.

    Raises:
        InvalidError: it is none of them, or a damaged one.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # M3U files of old
    start = text.lstrip()[:1]
    kind = {"{": "json", "<": "xspf"}.get(start, "m3u")
    if not start or "\0" in text:
        raise InvalidError("This is no journey: it is empty, or not text.", formats=sorted(FORMATS))
    return FORMATS[kind].read(text)
