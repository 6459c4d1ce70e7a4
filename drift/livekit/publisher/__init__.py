"""The mix in LiveKit rooms, as the packets that sessions have anyway.

``Publishers`` keeps sessions' mixes in rooms, by processes of its own; README.md has the data flow and why.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drift.livekit.publisher.feed import Station
    from drift.livekit.publisher.publishers import Connection, PublisherFigures, Publishers

__all__ = ["Connection", "PublisherFigures", "Publishers", "Station"]

_HOMES = {
    "Connection": "publishers",
    "PublisherFigures": "publishers",
    "Publishers": "publishers",
    "Station": "feed",
}


def __getattr__(name: str) -> object:
    """Import a name on its first use: publisher processes pass through here, and should start soon."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
