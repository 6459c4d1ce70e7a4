"""LiveKit: the WebRTC server that rooms are heard and talked in, if there is one.

``LiveKit`` asks it, its ``tokens`` let people in, ``Webhooks`` take what it tells. README.md says why.
"""

from typing import TYPE_CHECKING

from drift.lazily import by_first_use

if TYPE_CHECKING:
    from drift.livekit.client import LiveKit, Occupant
    from drift.livekit.tokens import MANUAL, MIX, participant_of, short
    from drift.livekit.webhooks import LARGEST, Event, Webhooks

__all__ = [
    "LARGEST",
    "MANUAL",
    "MIX",
    "Event",
    "LiveKit",
    "Occupant",
    "Webhooks",
    "participant_of",
    "short",
]

# Publisher processes pass through here and call nobody over HTTP.
__getattr__ = by_first_use(
    __name__,
    {
        "LARGEST": "webhooks",
        "MANUAL": "tokens",
        "MIX": "tokens",
        "Event": "webhooks",
        "LiveKit": "client",
        "Occupant": "client",
        "Webhooks": "webhooks",
        "participant_of": "tokens",
        "short": "tokens",
    },
)
