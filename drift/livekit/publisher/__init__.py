"""The mix in LiveKit rooms, as the packets that sessions have anyway.

``Publishers`` keeps sessions' mixes in rooms, by processes of its own; README.md has the data flow and why.
"""

from drift.livekit.publisher.feed import Station
from drift.livekit.publisher.publishers import Connection, PublisherFigures, Publishers

__all__ = ["Connection", "PublisherFigures", "Publishers", "Station"]
