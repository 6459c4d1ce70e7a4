"""What a benchmark finds: figures with a unit and, where one is promised, a target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Target:
    """A bound.

    Attributes:
        of_peer: it bounds the value as a multiple of the peer's, not the value itself.
    """

    kind: Literal["<=", ">="]
    bound: float
    of_peer: bool = False

    def met_by(self, value: float) -> bool:
        """Whether ``value`` keeps to it."""
        return value <= self.bound if self.kind == "<=" else value >= self.bound

    def __str__(self) -> str:
        return f"{self.kind} {self.bound:.4g}{' x peer' if self.of_peer else ''}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    Attributes:
        peer: the peer's value, measured alike in the same run; None: there is no peer, or none installed.
        may_worsen: the run fails when the value is this many times the last stored one; for figures of which
            less is better.
    """

    name: str
    value: float
    unit: str = ""
    target: Target | None = None
    peer: float | None = None
    may_worsen: float | None = None

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of the peer's."""
        return self.value / self.peer if self.peer else None

    @property
    def ok(self) -> bool | None:
        """Whether the target is met; None: there is none, or it needs a peer that is not there."""
        if self.target is None:
            return None
        measured = self.ratio if self.target.of_peer else self.value
        return None if measured is None else self.target.met_by(measured)

    def worsened(self, last: float | None) -> bool:
        """Whether it is too much worse than the last stored value."""
        return self.may_worsen is not None and bool(last) and self.value > self.may_worsen * (last or 0)


@dataclass(frozen=True, slots=True)
class Result:
    """All figures of a benchmark.

    Attributes:
        peer: the name of what it is compared with, "": nothing.
        peer_installed: whether that was there.
        notes: what a reader must know about this run.
    """

    figures: list[Figure]
    peer: str = ""
    peer_installed: bool = True
    notes: list[str] = field(default_factory=list)


def at_most(bound: float, *, of_peer: bool = False) -> Target:
    """Less is better."""
    return Target("<=", bound, of_peer)


def at_least(bound: float, *, of_peer: bool = False) -> Target:
    """More is better."""
    return Target(">=", bound, of_peer)
