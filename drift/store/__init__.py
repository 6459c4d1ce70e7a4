"""What Drift remembers: one database, reached through ``Store``, with a module of functions per subject.

``open_store`` opens it and brings its schema up to date; ``tracks`` reads and writes the library's rows,
``analyses`` what was computed from the tracks' sound.
SQL stays inside this package: callers see the values of ``drift.models``. README.md has the decisions.
"""

from drift.store.analyses import DescribedTrack, Outdated
from drift.store.engine import Store, open_store
from drift.store.tracks import KnownFile, ScannedFile

__all__ = ["DescribedTrack", "KnownFile", "Outdated", "ScannedFile", "Store", "open_store"]
