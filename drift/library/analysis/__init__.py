"""What music is like: descriptors, computed from a track's sound alone. Pure functions of numpy arrays.

``sound.Listener`` hears a track while it is decoded and leaves a ``Sound``; each family of descriptors is a
module with a ``VERSION`` and a function ``describe(sound)``, listed in ``FAMILIES``; ``analyse`` asks them.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from types import ModuleType

import numpy as np

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
    said = {name: Descriptors(FAMILIES[name].version, _values(FAMILIES[name], sound)) for name in families}
    return Analysis(said, _beats(sound) if "tempo" in said else None)


def _values(family: Family, sound: Sound) -> dict[str, float]:
    try:
        values = {
            name: sound.place(float(value)) if name in _PLACES else float(value)
            for name, value in family.describe(sound).items()
        }
    except Exception:  # noqa: BLE001 (one family's surprise must not cost the others)
        _log.exception("the family %s failed", family.name)
        return {}
    if wrong := [name for name, value in values.items() if not math.isfinite(value)]:
        _log.error("the family %s says what is not finite: %s", family.name, ", ".join(wrong))
        return {}
    return values


def _beats(sound: Sound) -> tuple[int, ...]:
    try:
        times = np.unique([round(sound.place(time)) for time in tempo.beats(sound)])
    except Exception:  # noqa: BLE001 (as above)
        _log.exception("the beats cannot be found")
        return ()
    return tuple(times[times >= 0].tolist())
