"""How much audio is sent at once: little while few listen, more the more do.

Handing bytes to a socket costs the kernel about the same whether there are 8 kB of them or 16 kB, so a longer
tick makes thousands of listeners cheaper; few listeners get their audio sooner.
"""

from __future__ import annotations

SHORTEST = 4
"""Quanta, 0.48 s: while fewer than ``STEP`` listen."""

LONGEST = 8
"""Quanta, 0.96 s: from four times ``STEP`` listeners on. Players that buffer a second never run dry."""

STEP = 500
"""Every so many listeners the tick is a quantum longer."""

_SHORTER_BELOW = 0.8
"""Of the listeners that made it longer: who comes and goes all the time does not change it back and forth."""


def hurried(listeners: int) -> int:
    """Quanta that are sent at once right after a command has changed what is heard; soon twice as many."""
    return 1 if listeners < STEP else 2


def following(tick: int, listeners: int, burst: int) -> int:
    """The length of the tick after one of length ``tick``: the same, or one quantum more or less.

    It grows no longer than ``burst``, which is what a player that has just joined has in hand.
    """
    longer_from = (tick - SHORTEST + 1) * STEP
    if tick < min(LONGEST, burst) and listeners >= longer_from:
        return tick + 1
    if tick > SHORTEST and listeners < (longer_from - STEP) * _SHORTER_BELOW:
        return tick - 1
    return tick
