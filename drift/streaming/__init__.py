"""From packets to listeners: mounts, their pumps, and HTTP connections that share bytes.

session -> ``mount`` (container, burst, pump) -> ``fanout`` -> ``listener`` (one transport). ``mounts`` finds
them, ``tick`` sets their pace, ``icy`` puts titles into streams, ``hls`` cuts them into ``mpegts`` segments.
README.md has the bounds and decisions.
"""

from drift.streaming.listener import Ended, Listener, Variant
from drift.streaming.mount import Mount
from drift.streaming.mounts import Mounts
from drift.streaming.station import Station, StreamSettings

__all__ = ["Ended", "Listener", "Mount", "Mounts", "Station", "StreamSettings", "Variant"]
