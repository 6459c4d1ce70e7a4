from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Any

import pytest

from drift.access import Doorkeeper, new_codes, new_person
from drift.errors import (
    BannedError,
    ConflictError,
    FullError,
    InvalidError,
    NotFoundError,
    NotJoinedError,
    TooManyError,
    WrongCodeError,
)
from drift.events import Subscription
from drift.models import SessionId
from drift.rooms import rooms as module
from drift.store import Store
from drift.store import rooms as stored
from tests.unit.rooms.company import KITCHEN, Company


async def told(subscription: Subscription) -> list[tuple[str, dict[str, Any]]]:
    """The events that a client has got, without what is greeted."""
    text = (await subscription.take(0)).decode()
    found = []
    for block in text.split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((fields["event"], json.loads(fields["data"])))
    return found


async def test_the_same_person_is_the_same_participant(company: Company) -> None:
    person = new_person()
    first = await company.rooms.join(KITCHEN, person, "Ann", "viewer")
    again = await company.rooms.join(KITCHEN, person, "Anna", "collaborator")
    lower = await company.rooms.join(KITCHEN, person, "Anna", "viewer")
    assert (first.id, first.role) == (again.id, "viewer")
    assert (again.name, again.role, lower.role) == ("Anna", "collaborator", "collaborator"), "never lowered"
    await company.begin(KITCHEN)
    after = await company.rooms.participant(KITCHEN, person)
    assert after == lower, "nor forgotten"


async def test_a_person_has_a_different_id_in_each_room(company: Company) -> None:
    garden = (await company.house.named("garden")).id
    person = new_person()
    first = await company.rooms.join(KITCHEN, person, "Ann", "viewer")
    second = await company.rooms.join(garden, person, "Ann", "host")
    assert first.id != second.id
    assert await company.rooms.role(KITCHEN, person) == "viewer"


async def test_many_joins_of_one_person_at_once_make_one_participant(company: Company) -> None:
    person = new_person()
    several = [company.rooms.join(KITCHEN, person, "Ann", "viewer") for _ in range(20)]
    assert len({one.id for one in await asyncio.gather(*several)}) == 1


async def test_rooms_of_one_session_are_one(company: Company) -> None:
    several = await asyncio.gather(*(company.rooms.room(KITCHEN) for _ in range(20)))
    assert len({id(one) for one in several}) == 1
    name = several[0].livekit_name
    assert "kitchen" not in name
    await company.begin(KITCHEN)
    assert (await company.room()).livekit_name == name


async def test_followers_share_the_room_of_what_they_follow(company: Company) -> None:
    follower = await company.house.registry.follow(KITCHEN, "bath")
    assert await company.rooms.room(follower.id) is await company.room()


async def test_codes_open_and_new_ones_close(company: Company) -> None:
    door = Doorkeeper(company.house.clock.now)
    first, second = new_codes(), new_codes()
    assert await company.rooms.lock(KITCHEN) is None
    await company.rooms.set_codes(KITCHEN, first)
    await company.begin(KITCHEN)

    async def role(code: str) -> str:
        find = partial(company.rooms.lock, KITCHEN)
        return await door.role_of(find, code, client="", session=KITCHEN)

    assert [await role(one) for one in (first.host, first.collaborator, first.viewer)] == [
        "host",
        "collaborator",
        "viewer",
    ]
    await company.rooms.set_codes(KITCHEN, second)
    assert await role(second.viewer) == "viewer"
    with pytest.raises(WrongCodeError):
        await role(first.host)


async def test_a_full_room_takes_those_who_are_there_already(store: Store) -> None:
    company = await Company(store, most=2).begin(KITCHEN)
    ann = await company.join("Ann")
    bob = await company.join("Bob")
    with pytest.raises(FullError):
        await company.join("Cid")
    again = await company.rooms.join(KITCHEN, ann.person, "Ann", "viewer")
    assert again.id == ann.id
    await company.rooms.leave(await company.room(), bob)
    assert (await company.join("Cid")).name == "Cid"
    company.close()


async def test_one_client_cannot_make_a_crowd(company: Company) -> None:
    for _ in range(module.JOINS_BURST):
        await company.join()
    with pytest.raises(TooManyError):
        await company.join()
    company.house.clock.advance(1 / module.JOINS_PER_S)
    await company.join()


async def test_who_has_left_may_come_back_and_may_do_nothing_until_then(company: Company) -> None:
    ann = await company.join()
    room = await company.room()
    await company.rooms.leave(room, ann)
    assert ann.id not in room.presence
    with pytest.raises(NotJoinedError):
        await company.rooms.participant(KITCHEN, ann.person)
    assert await company.rooms.role(KITCHEN, ann.person) is None
    back = await company.rooms.returning(KITCHEN, ann.person)
    assert back is not None
    assert back.role == "host"


async def test_who_is_removed_comes_back_with_a_code_and_the_role_that_it_gives(company: Company) -> None:
    await company.join()
    bob = await company.join("Bob", "collaborator")
    room = await company.room()
    changed: list[str] = []
    company.rooms.on_permissions = lambda _, one: changed.append(f"{one.name} {one.state}")
    await company.rooms.remove(room, bob, ban=False)
    assert changed == ["Bob removed"]
    assert await company.rooms.returning(KITCHEN, bob.person) is None
    back = await company.rooms.join(KITCHEN, bob.person, "Bob", "viewer")
    assert (back.id, back.role, back.state) == (bob.id, "viewer", "joined")


async def test_who_is_banned_stays_out_also_after_a_restart(company: Company) -> None:
    await company.join()
    bob = await company.join("Bob", "viewer")
    await company.rooms.remove(await company.room(), bob, ban=True)
    for _ in range(2):
        with pytest.raises(BannedError):
            await company.rooms.returning(KITCHEN, bob.person)
        with pytest.raises(BannedError):
            await company.rooms.join(KITCHEN, bob.person, "Bobby", "host")
        await company.begin(KITCHEN)


async def test_hosts_are_neither_muted_nor_removed_and_one_stays(company: Company) -> None:
    ann = await company.join()
    room = await company.room()
    with pytest.raises(ConflictError):
        await company.rooms.mute(room, ann, muted=True)
    with pytest.raises(ConflictError):
        await company.rooms.remove(room, ann, ban=True)
    with pytest.raises(ConflictError, match="only host"):
        await company.rooms.promote(room, ann, "viewer")
    bob = await company.join("Bob", "viewer")
    await company.rooms.promote(room, bob, "host")
    assert (await company.rooms.promote(room, ann, "viewer")).role == "viewer"


async def test_participants_of_other_rooms_are_unknown(company: Company) -> None:
    garden = (await company.house.named("garden")).id
    bob = await company.join("Bob", "viewer", garden)
    with pytest.raises(NotFoundError):
        await company.rooms.known(await company.room(), bob.id)


@pytest.mark.parametrize("where", ["nowhere", "", "a/b", "\0", "x" * 500])
async def test_rooms_of_sessions_that_are_not_there(company: Company, where: str) -> None:
    with pytest.raises(NotFoundError):
        await company.rooms.join(SessionId(where), new_person(), "Ann", "viewer")


async def test_a_bad_name_leaves_nothing_behind(company: Company) -> None:
    person = new_person()
    with pytest.raises(InvalidError):
        await company.rooms.join(KITCHEN, person, "\N{ZERO WIDTH SPACE}", "viewer")
    assert await stored.participant_of(company.store, KITCHEN, person) is None


async def test_only_those_inside_are_told_and_each_once(company: Company) -> None:
    ann = await company.join()
    room, hub = await company.room(), company.session().events
    inside, outside = hub.subscribe(inside=True), hub.subscribe()
    with room.watching(ann, inside):
        bob = await company.join("Bob", "viewer")
        await company.rooms.mute(room, bob, muted=True)
        await company.rooms.set_slow(room, 30)
        await company.rooms.leave(room, bob)
        events = await told(inside)
        assert [name for name, _ in events] == ["participant", "participant", "room-settings", "participant"]
        views = [data["participant"] for name, data in events if name == "participant"]
        assert [(one["name"], one["present"], one["muted"]) for one in views] == [
            ("Bob", True, False),
            ("Bob", True, True),
            ("Bob", False, True),
        ]
        assert await told(outside) == []
        missed = hub.subscribe(0)
        assert await told(missed) == [], "nor when they ask for what they missed"
        assert len(await told(hub.subscribe(0, inside=True))) == 5


async def test_who_is_shown_out_learns_why_and_nothing_more(company: Company) -> None:
    await company.join()
    bob = await company.join("Bob", "viewer")
    room, hub = await company.room(), company.session().events
    subscription = hub.subscribe(inside=True)
    with room.watching(bob, subscription):
        await told(subscription)
        await company.rooms.remove(room, bob, ban=True)
        room.tell("chat", {})
        assert await told(subscription) == [("removed", {"reason": "banned"})]


async def test_putting_a_session_away_keeps_its_room_and_ending_it_does_not(company: Company) -> None:
    ann = await company.join()
    await company.say(ann, "hello")
    room, name = await company.room(), (await company.room()).livekit_name
    closed: list[object] = []
    company.rooms.on_close = closed.append
    await company.house.unload()
    assert (closed, company.rooms.open_rooms) == ([room], [])
    again = await company.room()
    assert (again.livekit_name, await company.said()) == (name, ["hello"])
    await company.house.registry.end(KITCHEN)
    assert await stored.find(company.store, KITCHEN) is None
    assert await stored.participant_of(company.store, KITCHEN, ann.person) is None
    await company.house.named(KITCHEN)
    assert await company.said() == []
    assert (await company.room()).livekit_name != name
    assert await company.rooms.role(KITCHEN, ann.person) is None
