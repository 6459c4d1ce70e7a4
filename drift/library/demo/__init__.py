"""A demo library: music that Drift generates when there is none, so that the radio plays at once.

``TRACKS`` is the fixed plan of tracks in ten styles. ``generate`` makes the missing files in a directory
with a few low-priority processes; ``write`` is their unit of work. Each file's ``BPM`` and ``INITIALKEY``
tags are the truth: every beat ``k`` is at sample ``round(k * 60 / bpm * 48000)``, and the harmony starts and
ends on the tonic of the key.
"""

from __future__ import annotations

from drift.library.demo.files import DEFAULT_SEED, VERSION, missing, render, write
from drift.library.demo.plan import TRACKS, DemoTrack
from drift.library.demo.processes import generate

__all__ = ["DEFAULT_SEED", "TRACKS", "VERSION", "DemoTrack", "generate", "missing", "render", "write"]
