"""Rooms: the social side of sessions. Who is there, what they may do, and what they say.

``rooms`` has them all and lets people in and out, ``room`` is one of them, ``presence`` says who is there,
``chat`` what was said; ``words`` makes what people write fit to be shown. ``stage`` keeps LiveKit's rooms and
ours alike, each in a ``scene``.
"""

from drift.rooms.room import Room, message_view
from drift.rooms.rooms import Rooms
from drift.rooms.stage import Stage

__all__ = ["Room", "Rooms", "Stage", "message_view"]
