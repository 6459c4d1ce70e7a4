"""The mix in LiveKit rooms, as the packets that sessions have anyway.

``Publishers`` keeps sessions' mixes in rooms, by processes of its own; README.md has the data flow and why.
"""

from typing import TYPE_CHECKING

from drift.lazily import by_first_use

if TYPE_CHECKING:
    from drift.livekit.publisher.feed import Station
    from drift.livekit.publisher.publishers import Connection, PublisherFigures, Publishers

__all__ = ["Connection", "PublisherFigures", "Publishers", "Station"]

# Publisher processes pass through here, and should start soon.
__getattr__ = by_first_use(
    __name__,
    {
        "Connection": "publishers",
        "PublisherFigures": "publishers",
        "Publishers": "publishers",
        "Station": "feed",
    },
)
