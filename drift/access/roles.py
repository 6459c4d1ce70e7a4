"""What each role may do."""

from __future__ import annotations

from typing import Literal

from drift.models import Role

Action = Literal["steer", "moderate", "talk", "chat"]
"""Steer the music; manage the session and who is in it; speak; write."""

_MAY: dict[Role, frozenset[Action]] = {
    "viewer": frozenset(["chat"]),
    "collaborator": frozenset(["steer", "talk", "chat"]),
    "host": frozenset(["steer", "moderate", "talk", "chat"]),
}
_UNHEARD: frozenset[Action] = frozenset(["talk", "chat"])
_ASCENDING: tuple[Role, ...] = ("viewer", "collaborator", "host")


def may(role: Role, *, muted: bool = False) -> frozenset[Action]:
    """What a role may do; who is muted neither writes nor speaks."""
    return _MAY[role] - _UNHEARD if muted else _MAY[role]


def best(one: Role | None, other: Role) -> Role:
    """The higher of two roles; None is below all."""
    return other if one is None else max(one, other, key=_ASCENDING.index)
