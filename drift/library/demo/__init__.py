"""A demo library: music that Drift generates when there is none, so that the radio plays at once.

``TRACKS`` is the fixed plan of tracks in ten styles. ``generate`` makes the missing files in a directory
with a few low-priority processes; ``write`` is their unit of work. Each file's ``BPM`` and ``INITIALKEY``
tags are the truth: every beat ``k`` is at sample ``round(k * 60 / bpm * 48000)``, and the harmony starts and
ends on the tonic of the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift.lazily import by_first_use
from drift.library.demo.plan import TRACKS, DemoTrack
from drift.library.demo.processes import generate
from drift.library.demo.shelf import VERSION, adopt, missing

if TYPE_CHECKING:
    from drift.library.demo.files import DEFAULT_SEED, render, write

__all__ = [
    "DEFAULT_SEED",
    "TRACKS",
    "VERSION",
    "DemoTrack",
    "adopt",
    "generate",
    "missing",
    "render",
    "write",
]

# A server passes through here, and leaves the synthesis to its children.
__getattr__ = by_first_use(__name__, {"DEFAULT_SEED": "files", "render": "files", "write": "files"})
