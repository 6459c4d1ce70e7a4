"""The music: finding files, looking at each once, and the list of what can be played.

``Scanner`` fills the store from folders, in worker processes, and shows its progress; ``Catalogue`` is the
in-memory list of playable tracks that sessions choose from. README.md has the data flow and the decisions.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drift.library.catalogue import Catalogue
    from drift.library.library import Library, LibraryStatus
    from drift.library.progress import ScanProgress, ScanSummary
    from drift.library.scanner import Scanner

__all__ = ["Catalogue", "Library", "LibraryStatus", "ScanProgress", "ScanSummary", "Scanner"]

_HOMES = {
    "Catalogue": "catalogue",
    "Library": "library",
    "LibraryStatus": "library",
    "ScanProgress": "progress",
    "ScanSummary": "progress",
    "Scanner": "scanner",
}


def __getattr__(name: str) -> object:
    """Import a name on its first use: worker processes pass through here and need no database."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
