"""The music: finding files, looking at each once, and the list of what can be played.

``Scanner`` fills the store from folders, in worker processes, and shows its progress; ``Catalogue`` is the
in-memory list of playable tracks that sessions choose from. README.md has the data flow and the decisions.
"""

from typing import TYPE_CHECKING

from drift.lazily import by_first_use

if TYPE_CHECKING:
    from drift.library.catalogue import Catalogue
    from drift.library.library import Library, LibraryStatus
    from drift.library.progress import ScanProgress, ScanSummary
    from drift.library.scanner import Scanner

__all__ = ["Catalogue", "Library", "LibraryStatus", "ScanProgress", "ScanSummary", "Scanner"]

# Worker processes pass through here and need no database.
__getattr__ = by_first_use(
    __name__,
    {
        "Catalogue": "catalogue",
        "Library": "library",
        "LibraryStatus": "library",
        "ScanProgress": "progress",
        "ScanSummary": "progress",
        "Scanner": "scanner",
    },
)
