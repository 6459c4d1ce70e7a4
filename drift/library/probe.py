"""Looks at one file: is it music, what does it say about itself, what does its audio measure.

This runs in worker processes (`drift.library.worker`), because decoders may crash or hang on bad input. It is
a pure function of the file and of the folder that it lies in (for the cover beside it).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from drift.errors import UnplayableError
from drift.library.art import find_art, store_art
from drift.library.decode import DRM, Decoding, samples_of
from drift.library.measure import measure
from drift.library.tags import read_tags
from drift.library.walk import why
from drift.models import Track, TrackId

VERSION = 1
"""Raise it when `probe` would say something else of an unchanged file: the next scan looks at all again."""

_DEMUXERS = "mp3,flac,ogg,mov,wav,w64,aiff,aac,matroska,asf,ape,wv,au,tta"
"""Files are judged by content. Playlists are left out on purpose: they make FFmpeg open other files."""

_NOT_AUDIO = {
    b"PK\x03\x04": "a ZIP archive",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x89PNG": "a PNG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document",
    b"<!DO": "a web page",
    b"<!do": "a web page",
    b"<htm": "a web page",
    b"#EXT": "a playlist",
}
_DRM_SAMPLE_ENTRIES = frozenset({"drms", "drmi", "enca", "aavd"})


Hear = Callable[[NDArray[np.float32]], None]
"""Takes a file's sound: block after block, float32 ``(2, n)`` at 48 kHz."""


def probe(path: Path, art_directory: Path, hear: Hear = lambda _block: None) -> Track:
    """Decode the file at `path` once and describe it.

    Args:
        path: any file, of any name.
        art_directory: where its cover is put, as ``<hash>.<extension>``.
        hear: given the whole sound on the way, also when the file turns out to be unplayable.

    Raises:
        UnplayableError: it cannot be used as a track; the text says why. ``details["transient"]`` is true if
            it is worth another try although the file has not changed.
    """
    _refuse_what_is_no_audio(path)
    with _open(path) as container:
        stream = _stream(container)
        demuxer = container.format.name
        said = dict(container.metadata) | dict(stream.metadata)
        identity, facts = measure(container, stream, hear)
    tags, pictures = read_tags(path, demuxer, facts.codec, said)
    art = find_art(pictures, path)
    return Track(identity, path, tags, facts, store_art(art, art_directory) if art else "")


def listen(path: Path, hear: Hear) -> TrackId:
    """Decode a file that has been probed before, only to hear its sound.

    Returns:
        What it holds now.

    Raises:
        UnplayableError: as `probe`.
    """
    with _open(path) as container:
        decoding = Decoding(container, _stream(container))
        for block in decoding.blocks():
            hear(samples_of(block))
        return decoding.finish()


def _stream(container: InputContainer) -> AudioStream:
    stream = container.streams.best("audio")
    if not isinstance(stream, AudioStream):
        raise UnplayableError("holds no audio that Drift can decode")
    if stream.codec_context.codec_tag in _DRM_SAMPLE_ENTRIES:
        raise UnplayableError(DRM)
    return stream


def _refuse_what_is_no_audio(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise UnplayableError(f"cannot be read: {why(error)}", transient=True) from error
    if not head:
        raise UnplayableError("empty: the file has no content")
    for magic, name in _NOT_AUDIO.items():
        if head.startswith(magic):
            raise UnplayableError(f"not audio: it is {name}, whatever its name says")


def _open(path: Path) -> InputContainer:
    options = {"format_whitelist": _DEMUXERS, "protocol_whitelist": "file"}
    try:
        return av.open(str(path), "r", container_options=options, metadata_errors="replace")
    except OSError as error:
        raise UnplayableError(f"cannot be read: {why(error)}", transient=True) from error
    except (av.FFmpegError, ValueError) as error:
        raise UnplayableError("not audio, or damaged or broken off beyond recognition") from error
