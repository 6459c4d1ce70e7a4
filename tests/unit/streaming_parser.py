"""Takes streams apart as clients do."""

from __future__ import annotations


def dechunked(stream: bytes) -> bytes:
    """The body of an HTTP/1.1 chunked message (RFC 9112, 7.1), which need not have ended."""
    body, at = b"", 0
    while at < len(stream):
        line = stream.index(b"\r\n", at)
        size = int(stream[at:line], 16)
        at = line + 2 + size + 2
        assert stream[at - 2 : at] == b"\r\n"
        body += stream[line + 2 : at - 2]
    return body


def without_icy(stream: bytes, every: int) -> tuple[bytes, list[str]]:
    """Audio and titles of a stream with ICY metadata."""
    audio, titles, at = b"", [], 0
    while at + every < len(stream):
        audio += stream[at : at + every]
        at += every
        length = stream[at] * 16
        text = stream[at + 1 : at + 1 + length].rstrip(b"\0").decode()
        assert text.startswith("StreamTitle='"), text
        assert text.endswith("';")
        titles.append(text[len("StreamTitle='") : -len("';")])
        at += 1 + length
    return audio + stream[at:], titles
