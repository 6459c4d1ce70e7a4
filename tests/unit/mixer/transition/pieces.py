"""Tracks and clips that are made of nothing but numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from mixer.clock import QUANTUM as Q
from mixer.timeline import Beats, Clip, Source
from mixer.transition import MixSettings, first_clip

SETTINGS = MixSettings(fade_s=5.0, skip_fade_s=1.5)
S = 48_000


def track(length: int = 60 * S, key: str = "a", **shape: Any) -> Source:
    return replace(Source(key, Path(key), 0, length, -16.0, -10.0), **shape)


def beating(
    bpm: float, length: int = 60 * S, key: str = "a", first: float = 10_000.0, **shape: Any
) -> Source:
    """A track with sure beats throughout."""
    grid = Beats(first, 60 * S / bpm)
    known = {"first_beats": grid, "last_beats": grid, "tempo_confidence": 0.9}
    return track(length, key, **{**known, **shape})


def playing(source: Source, start: int = 10 * Q) -> Clip:
    return first_clip(source, start, SETTINGS)
