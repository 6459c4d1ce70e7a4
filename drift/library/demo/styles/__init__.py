"""The styles of the demo library: one module each, with one function that writes the parts of a song."""

from __future__ import annotations

from collections.abc import Callable

from drift.library.demo.song import Song
from drift.library.demo.styles import (
    ambient,
    chiptune,
    dnb,
    downtempo,
    dubtechno,
    house,
    lofi,
    minimal,
    synthwave,
    triphop,
)

ARRANGERS: dict[str, Callable[[Song], None]] = {
    "ambient": ambient.arrange,
    "chiptune": chiptune.arrange,
    "dnb": dnb.arrange,
    "downtempo": downtempo.arrange,
    "dubtechno": dubtechno.arrange,
    "house": house.arrange,
    "lofi": lofi.arrange,
    "minimal": minimal.arrange,
    "synthwave": synthwave.arrange,
    "triphop": triphop.arrange,
}

__all__ = ["ARRANGERS"]
