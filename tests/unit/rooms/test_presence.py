from __future__ import annotations

import asyncio

import pytest

from drift.models import ParticipantId
from drift.rooms import presence
from drift.rooms.presence import Presence

ANN, BOB = ParticipantId("ann"), ParticipantId("bob")


class Watch:
    def __init__(self) -> None:
        self.presence = Presence(self.note)
        self.seen: list[tuple[str, bool, bool]] = []

    def note(self, who: ParticipantId) -> None:
        self.seen.append((who, who in self.presence, self.presence.in_livekit(who)))


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    monkeypatch.setattr(presence, "GRACE_S", 0.02)
    return Watch()


async def test_one_person_in_two_tabs_is_there_once_until_both_are_closed(watch: Watch) -> None:
    there = watch.presence
    there.arrive(ANN, "tab 1")
    there.arrive(ANN, "tab 2")
    there.depart(ANN, "tab 1")
    await asyncio.sleep(0.05)
    assert (watch.seen, there.present) == ([("ann", True, False)], [ANN])
    there.depart(ANN, "tab 2")
    assert ANN in there, "the page may only be loading again"
    await asyncio.sleep(0.05)
    assert watch.seen[1:] == [("ann", False, False)]


async def test_who_is_back_soon_was_never_away(watch: Watch) -> None:
    there = watch.presence
    there.arrive(ANN, "tab")
    there.depart(ANN, "tab")
    there.arrive(ANN, "the same page, loaded again")
    await asyncio.sleep(0.05)
    assert watch.seen == [("ann", True, False)]


async def test_who_has_joined_is_there_while_the_page_is_on_its_way(watch: Watch) -> None:
    there = watch.presence
    there.arrive(ANN, presence.JOINING)
    there.arrive(ANN, "tab")
    there.depart(ANN, "tab")
    await asyncio.sleep(0.05)
    assert watch.seen == [("ann", True, False), ("ann", False, False)], "it has come, and has gone"


async def test_the_livekit_room_is_told_of_apart(watch: Watch) -> None:
    there = watch.presence
    there.arrive(ANN, "tab")
    there.arrive(ANN, "livekit:ann#1")
    there.arrive(ANN, "livekit:ann#2")
    there.depart(ANN, "livekit:ann#1")
    there.depart(ANN, "livekit:ann#2")
    assert watch.seen == [("ann", True, False), ("ann", True, True), ("ann", True, False)]


async def test_leaving_is_at_once_and_once(watch: Watch) -> None:
    there = watch.presence
    there.arrive(ANN, "tab")
    there.arrive(BOB, "tab")
    there.leave(ANN)
    there.leave(ANN)
    there.depart(ANN, "tab")
    await asyncio.sleep(0.05)
    assert watch.seen == [("ann", True, False), ("bob", True, False), ("ann", False, False)]
    assert there.present == [BOB]


async def test_nobody_is_told_after_the_end(watch: Watch) -> None:
    watch.presence.arrive(ANN, "tab")
    watch.presence.depart(ANN, "tab")
    watch.presence.close()
    await asyncio.sleep(0.05)
    assert len(watch.presence) == 0
    assert watch.seen == [("ann", True, False)]
