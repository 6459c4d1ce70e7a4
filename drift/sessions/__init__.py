"""Sessions: endless mixes that have a place in time, listeners, a journey and events.

``registry`` has them all: the master, named ones, followers. ``session`` is the thing itself, ``program``
what it plays, ``chooser`` decides what comes next, ``journey`` remembers what did. ``commands`` is the way to
steer, ``memory`` what outlives the program, ``views`` how it all looks from outside, ``exchange`` carries
journeys from one library to another.
"""

from drift.sessions.chooser import Chooser, Separation, SteeringChooser
from drift.sessions.commands import Dispatcher
from drift.sessions.journey import Journey, Step
from drift.sessions.memory import Follower, Memory
from drift.sessions.program import Library
from drift.sessions.registry import MASTER, Entry, SessionRegistry, Wishes
from drift.sessions.session import Session

__all__ = [
    "MASTER",
    "Chooser",
    "Dispatcher",
    "Entry",
    "Follower",
    "Journey",
    "Library",
    "Memory",
    "Separation",
    "Session",
    "SessionRegistry",
    "SteeringChooser",
    "Step",
    "Wishes",
]
