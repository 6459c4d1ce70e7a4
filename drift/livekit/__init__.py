"""LiveKit: the WebRTC server that rooms are heard and talked in, if there is one.

``LiveKit`` asks it, its ``tokens`` let people in, ``Webhooks`` take what it tells. README.md says why.
"""

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
