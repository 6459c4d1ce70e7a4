"""Tags and embedded covers through mutagen, whatever the container; FFmpeg's reading fills the gaps."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from mutagen import FileType, MutagenError
from mutagen.aiff import AIFF
from mutagen.apev2 import APEv2, APEv2File
from mutagen.flac import FLAC, Picture
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from drift.library.walk import printable
from drift.models import Tags

MAX_TEXT = 500
"""Characters kept of one tag: what is longer is lyrics or damage, and every client would have to carry it."""

BPM_RANGE = (20.0, 400.0)
_FRONT_COVER = 3  # ID3v2 APIC picture type, which FLAC has taken over
_MAX_DISC = 999
_MAX_NUMBER = 999

Said = dict[str, list[str]]
"""What one source says: lower-case names (Vorbis comments' where there is a choice) to values."""

_NAMES = {
    "title": ("title",),
    "artist": ("artist",),
    "album": ("album",),
    "album_artist": ("albumartist", "album artist", "album_artist"),
    "genre": ("genre",),
    "date": ("date", "year", "originaldate"),
    "track": ("tracknumber", "track"),
    "disc": ("discnumber", "disc"),
    "disc_total": ("disctotal", "totaldiscs"),
    "bpm": ("bpm", "tbpm", "tempo"),
    "key": ("initialkey", "initial key", "key", "tkey"),
}
_ID3 = {
    "TIT2": "title",
    "TPE1": "artist",
    "TALB": "album",
    "TPE2": "albumartist",
    "TDRC": "date",
    "TDOR": "originaldate",
    "TRCK": "tracknumber",
    "TPOS": "discnumber",
    "TBPM": "bpm",
    "TKEY": "initialkey",
}
_MP4 = {
    "\xa9nam": "title",
    "\xa9ART": "artist",
    "\xa9alb": "album",
    "aART": "albumartist",
    "\xa9gen": "genre",
    "\xa9day": "date",
    "trkn": "tracknumber",
    "disk": "discnumber",
    "tmpo": "bpm",
    "----:com.apple.iTunes:initialkey": "initialkey",
}


def read_tags(path: Path, demuxer: str, codec: str, fallback: Mapping[str, str]) -> tuple[Tags, list[bytes]]:
    """What the file says about itself.

    Args:
        path: the file.
        demuxer: FFmpeg's name of the container, which decides where tags are looked for.
        codec: FFmpeg's name of the codec, for containers that differ by it.
        fallback: FFmpeg's metadata, for what mutagen does not read (RIFF INFO, Matroska).

    Returns:
        The tags, and the embedded pictures as encoded bytes, the front cover first. Broken tags read as none.
    """
    sources: list[Said] = []
    pictures: list[bytes] = []
    for kind, read in _readers(demuxer, codec):
        try:
            opened = kind(path)
            tag = opened.tags if isinstance(opened, FileType) else opened
            said, found = ({}, []) if tag is None else read(tag)
        except MutagenError:
            continue  # no tag of this kind, or a broken one
        except Exception:  # noqa: BLE001, S112 (mutagen meets damage with any exception; the music plays all the same)
            continue
        sources.append(said)
        pictures.extend(found + _front_first(getattr(opened, "pictures", [])))
    sources.append({name.lower(): [value] for name, value in fallback.items()})
    return _tags(sources, path), pictures


def _readers(demuxer: str, codec: str) -> list[tuple[Any, Callable[[Any], tuple[Said, list[bytes]]]]]:
    """Mutagen's class (untyped) and what understands its tags, best first."""
    if demuxer in {"mp3", "aac"}:
        return [(ID3, _from_id3), (APEv2, _from_ape)]
    if demuxer == "flac":
        return [(FLAC, _from_vorbis)]
    if demuxer == "ogg":
        return [({"opus": OggOpus, "flac": OggFLAC}.get(codec, OggVorbis), _from_vorbis)]
    if demuxer.startswith("mov"):
        return [(MP4, _from_mp4)]
    if demuxer in {"wav", "aiff"}:
        return [(WAVE if demuxer == "wav" else AIFF, _from_id3)]
    return [(APEv2File, _from_ape)]


def _from_id3(tag: Any) -> tuple[Said, list[bytes]]:
    said = {name: [str(text) for text in tag[frame].text] for frame, name in _ID3.items() if frame in tag}
    if "TCON" in tag:
        said["genre"] = list(tag["TCON"].genres)  # resolves ID3v1's "(17)"
    frames = sorted(tag.getall("APIC"), key=lambda frame: frame.type != _FRONT_COVER)
    return said, [frame.data for frame in frames]


def _from_vorbis(tag: Any) -> tuple[Said, list[bytes]]:
    said: Said = {}
    for name, value in tag:
        said.setdefault(name.lower(), []).append(value)
    picture: Any = Picture  # untyped
    blocks = [picture(base64.b64decode(block)) for block in said.pop("metadata_block_picture", [])]
    return said, _front_first(blocks)


def _front_first(pictures: Iterable[Any]) -> list[bytes]:
    return [picture.data for picture in sorted(pictures, key=lambda picture: picture.type != _FRONT_COVER)]


def _from_mp4(tag: Mapping[str, Any]) -> tuple[Said, list[bytes]]:
    said = {name: [_mp4_text(value) for value in tag[atom]] for atom, name in _MP4.items() if atom in tag}
    return said, [bytes(cover) for cover in tag.get("covr", [])]


def _mp4_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, tuple):  # (number, total)
        return "/".join(str(part) for part in value)
    return str(value)


def _from_ape(tag: Mapping[str, Any]) -> tuple[Said, list[bytes]]:
    said: Said = {}
    pictures: list[bytes] = []
    for name, value in tag.items():
        if name.lower().startswith("cover art"):
            picture = bytes(value.value).partition(b"\0")[2]  # after the file name
            pictures.insert(0 if "front" in name.lower() else len(pictures), picture)
        elif isinstance(value.value, str):
            said[name.lower()] = str(value.value).split("\0")
    return said, pictures


def _tags(sources: list[Said], path: Path) -> Tags:
    def text(field: str) -> str:
        for said in sources:
            for name in _NAMES[field]:
                if found := _clean(said.get(name, [])):
                    return found
        return ""

    return Tags(
        title=text("title") or printable(Path(path.stem)),
        artist=text("artist"),
        album=text("album"),
        album_artist=text("album_artist"),
        genre=text("genre"),
        year=_year(text("date")),
        track_number=_track_number(text("track"), text("disc"), text("disc_total")),
        bpm=_bpm(text("bpm")),
        key=text("key")[:16],
    )


def _clean(values: list[str]) -> str:
    """Several values as one line that any database and any client can hold."""
    texts = [" ".join(re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", " ", value).split()) for value in values]
    return ", ".join(dict.fromkeys(text for text in texts if text))[:MAX_TEXT].strip()


def _year(date: str) -> str:
    found = re.search(r"(?<!\d)[12]\d{3}(?!\d)", date) or re.match(r"[12]\d{3}(?=\d{4}$)", date)
    return found.group() if found else ""


def _track_number(track: str, disc: str, disc_total: str) -> int:
    number, _ = _numbers(track)
    on_disc, total = _numbers(disc)
    total = max(total, _numbers(disc_total)[0])
    if not 0 < number <= _MAX_NUMBER:
        return 0
    several = on_disc > 1 or total > 1
    return on_disc * 1000 + number if several and on_disc <= _MAX_DISC else number


def _numbers(text: str) -> tuple[int, int]:
    """Number and total: (3, 12) of "3/12", (3, 0) of "3", (0, 0) of "A3"."""
    found = re.match(r"0*(\d{1,9})(?:\s*(?:/|of)\s*0*(\d{1,9}))?(?!\d)", text)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


def _bpm(text: str) -> float | None:
    try:
        bpm = float(text.replace(",", "."))
    except ValueError:
        return None
    return bpm if BPM_RANGE[0] <= bpm <= BPM_RANGE[1] else None
