"""Sessions: endless mixes that have a place in time, listeners and events.

``session`` is the thing itself, ``chooser`` decides what comes next, ``views`` is how it looks from outside.
"""

from drift.sessions.chooser import Chooser, ShuffleChooser
from drift.sessions.session import Library, Session

__all__ = ["Chooser", "Library", "Session", "ShuffleChooser"]
