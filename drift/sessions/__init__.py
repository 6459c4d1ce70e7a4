"""Sessions: endless mixes that have a place in time, listeners, a journey and events.

``session`` is the thing itself, ``chooser`` decides what comes next, ``journey`` remembers, ``views`` is how
it looks from outside, ``exchange`` carries journeys from one library to another.
"""

from drift.sessions.chooser import Chooser, Separation, SteeringChooser
from drift.sessions.journey import Journey, Step
from drift.sessions.session import Library, Session

__all__ = ["Chooser", "Journey", "Library", "Separation", "Session", "SteeringChooser", "Step"]
