"""ICY (SHOUTcast) metadata on one grid per mount.

Every ``interval`` audio bytes the stream carries a length byte (in units of 16) and a text. A listener that
joins on a point of the mount's grid can share its bytes with all others: nothing is computed per listener.
"""

from __future__ import annotations

from mixer.codecs import Format
from mixer.pcm import SAMPLE_RATE

_ABOUT = 16_000


def interval(stream_format: Format, kbps: int) -> int:
    """``icy-metaint`` for a format: about 16 kB, and for MP3 whole packets where these have one size."""
    bits = kbps * 1000 * stream_format.codec.packet
    if stream_format.container is not None or bits % (8 * SAMPLE_RATE):
        return _ABOUT
    packet_bytes = bits // (8 * SAMPLE_RATE)
    return packet_bytes * round(_ABOUT / packet_bytes)


def metadata(title: str) -> bytes:
    """A metadata block that shows ``title``, which is cut to what fits into 255 * 16 bytes."""
    clean = title.replace("';", "\N{RIGHT SINGLE QUOTATION MARK};")  # players end the title at the first ';
    clean = "".join(max(character, " ") for character in clean)
    head, tail = b"StreamTitle='", b"';"
    text = (
        head
        + clean.encode(errors="replace")[: 255 * 16 - len(head) - len(tail)].decode(errors="ignore").encode()
        + tail
    )
    blocks = -(-len(text) // 16)
    return bytes([blocks]) + text.ljust(blocks * 16, b"\0")


def insert(data: bytes, offset: int, every: int, block: bytes) -> bytes:
    """``data`` with ``block`` put in at every grid point.

    Args:
        data: audio bytes.
        offset: how many bytes the mount had sent before them.
        every: the interval.
        block: from :func:`metadata`.
    """
    parts = []
    at = 0
    until = every - offset % every
    while at + until <= len(data):
        parts += [data[at : at + until], block]
        at += until
        until = every
    parts.append(data[at:])
    return b"".join(parts)
