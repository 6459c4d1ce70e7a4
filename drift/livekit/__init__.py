"""LiveKit: the WebRTC server that rooms are heard and talked in, if there is one.

``LiveKit`` asks it, its ``tokens`` let people in, ``Webhooks`` take what it tells. README.md says why.
"""

from importlib import import_module
from typing import TYPE_CHECKING

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

_HOMES = {
    "LARGEST": "webhooks",
    "MANUAL": "tokens",
    "MIX": "tokens",
    "Event": "webhooks",
    "LiveKit": "client",
    "Occupant": "client",
    "Webhooks": "webhooks",
    "participant_of": "tokens",
    "short": "tokens",
}


def __getattr__(name: str) -> object:
    """Import a name on its first use: publisher processes pass through here and call nobody over HTTP."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
