"""What a family of descriptors is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drift.library.analysis.sound import Sound


@dataclass(frozen=True, slots=True)
class Family:
    """Descriptors that are computed together, and versioned together.

    Attributes:
        name: the module's; under it values are stored.
        version: raised when ``describe`` would say something else of an unchanged file: stored values of
            another version are computed anew, those of other families stay.
        describe: finite values by descriptor, always the same names, whatever the sound.
    """

    name: str
    version: int
    describe: Callable[[Sound], Mapping[str, float]]
