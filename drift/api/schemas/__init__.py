"""What Drift answers, as pydantic models: for the OpenAPI document, and to hold real answers against.

Handlers make their JSON with plain views, which cost less; tests show that views and models agree.
"""

from drift.api.schemas.base import Answer, ErrorAnswer, RefusedAnswer
from drift.api.schemas.events import Events, Hello
from drift.api.schemas.music import (
    Explored,
    MusicMap,
    Planned,
    Playing,
    Route,
    Similar,
    Track,
    TrackDetail,
    TrackPage,
    Transition,
)
from drift.api.schemas.server import Health, LibraryStatus
from drift.api.schemas.sessions import (
    Created,
    Ended,
    Imported,
    Journey,
    Moved,
    Renamed,
    Requested,
    Reset,
    Session,
    SessionInfo,
    SessionList,
    StateChanged,
    Steered,
    Taken,
)

__all__ = [
    "Answer",
    "Created",
    "Ended",
    "ErrorAnswer",
    "Events",
    "Explored",
    "Health",
    "Hello",
    "Imported",
    "Journey",
    "LibraryStatus",
    "Moved",
    "MusicMap",
    "Planned",
    "Playing",
    "RefusedAnswer",
    "Renamed",
    "Requested",
    "Reset",
    "Route",
    "Session",
    "SessionInfo",
    "SessionList",
    "Similar",
    "StateChanged",
    "Steered",
    "Taken",
    "Track",
    "TrackDetail",
    "TrackPage",
    "Transition",
]
