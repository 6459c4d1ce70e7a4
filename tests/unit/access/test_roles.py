from __future__ import annotations

from drift.access import best, may


def test_what_each_role_may_do() -> None:
    assert may("host") == {"steer", "moderate", "talk", "chat"}
    assert may("collaborator") == {"steer", "talk", "chat"}
    assert may("viewer") == {"chat"}


def test_the_higher_one() -> None:
    assert best(None, "viewer") == "viewer"
    assert best("viewer", "collaborator") == "collaborator"
    assert best("host", "viewer") == best("viewer", "host") == best("host", "collaborator") == "host"
