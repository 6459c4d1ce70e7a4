"""What music is like: descriptors, computed from a track's sound alone. Pure functions of numpy arrays.

``sound.Listener`` hears a track while it is decoded and leaves a ``Sound``; each family of descriptors is a
module with a ``VERSION`` and a function ``describe(sound)``, listed in ``FAMILIES``; ``analyse`` asks them.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType

from drift.library.analysis import (
    chords,
    dynamics,
    edges,
    onsets,
    pulse,
    spectrum,
    tempo,
    timbre,
    tonality,
    tuning,
)
from drift.library.analysis.family import Family
from drift.library.analysis.sound import Listener, Sound
from drift.models import Analysis, Descriptors

__all__ = ["FAMILIES", "Family", "Listener", "Sound", "analyse"]

_log = logging.getLogger(__name__)

_PLACES = frozenset({"first_beat_samples", "last_beat_samples"})
"""Descriptors that are positions in the track."""

_MODULES = (tempo, onsets, pulse, tonality, tuning, chords, spectrum, dynamics, timbre, edges)


def _named(module: ModuleType) -> Family:
    return Family(module.__name__.rpartition(".")[2], module.VERSION, module.describe)


FAMILIES = {family.name: family for family in map(_named, _MODULES)}
"""All families, by name."""


def analyse(sound: Sound, families: Iterable[str]) -> Analysis:
    """Ask the named families; "tempo" gives the beats as well.

    A family that fails, or says what is not finite, is logged and has no values: the others count.
    """
    beats: list[float] = []

    def tempo_and_beats(sound: Sound) -> Mapping[str, float]:
        values, times = tempo.described(sound)
        beats.extend(times.tolist())
        return values

    said = {}
    for name in families:
        family = FAMILIES[name]
        describe = tempo_and_beats if name == "tempo" else family.describe
        said[name] = Descriptors(family.version, _values(name, describe, sound))
    return Analysis(said, _placed(beats, sound) if "tempo" in said else None)


def _values(family: str, describe: Callable[[Sound], Mapping[str, float]], sound: Sound) -> dict[str, float]:
    try:
        values = {
            name: sound.place(float(value)) if name in _PLACES else float(value)
            for name, value in describe(sound).items()
        }
    except Exception:  # noqa: BLE001 (one family's surprise must not cost the others)
        _log.exception("the family %s failed", family)
        return {}
    if wrong := [name for name, value in values.items() if not math.isfinite(value)]:
        _log.error("the family %s says what is not finite: %s", family, ", ".join(wrong))
        return {}
    return values


def _placed(beats: Iterable[float], sound: Sound) -> tuple[int, ...]:
    """Beats in the track, as whole samples, each once."""
    return tuple(sorted({place for beat in beats if (place := round(sound.place(beat))) >= 0}))
