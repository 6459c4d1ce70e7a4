"""The space of features: where every track is, which directions lead away from it, and ways through it.

Pure numpy; knows nothing of files of music, of the store or of sessions. README.md has the data flow and the
decisions.
"""

from drift.library.features.candidates import Candidate, Why
from drift.library.features.dimensions import DIMENSIONS, DIRECTIONS, Dimension, Direction
from drift.library.features.entries import Entry
from drift.library.features.explore import Opening, explore, richness
from drift.library.features.index import FeatureIndex, Neighbour
from drift.library.features.ladder import step
from drift.library.features.path import arc, path
from drift.library.features.projection import project
from drift.library.features.separation import Recent
from drift.library.features.targets import nearest

__all__ = [
    "DIMENSIONS",
    "DIRECTIONS",
    "Candidate",
    "Dimension",
    "Direction",
    "Entry",
    "FeatureIndex",
    "Neighbour",
    "Opening",
    "Recent",
    "Why",
    "arc",
    "explore",
    "nearest",
    "path",
    "project",
    "richness",
    "step",
]
