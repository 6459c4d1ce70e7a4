from __future__ import annotations

import asyncio
from typing import Any

import pytest

from drift.errors import ForbiddenError, InvalidError, MutedError, NotFoundError, NotJoinedError, TooManyError
from drift.models import Message
from drift.rooms import Room
from drift.store import Store
from drift.store import rooms as stored
from tests.unit.rooms.company import KITCHEN, Company, texts


async def test_messages_are_written_before_they_are_told(company: Company) -> None:
    ann = await company.join()
    room = await company.room()
    told: list[list[str]] = []
    company.rooms.chat.on_message = lambda _, one: told.append([one.text])
    await company.say(ann, "one", "two")
    assert told == [["one"], ["two"]]
    rows = await stored.latest(company.store, KITCHEN, 10)
    assert rows == list(room.messages)
    assert [(one.text, one.name, one.role) for one in rows] == [
        ("one", "Ann", "host"),
        ("two", "Ann", "host"),
    ]


async def test_many_at_once_are_told_in_the_order_of_ids(store: Store) -> None:
    company = await Company(store, messages_burst=100, room_messages_per_s=100).begin(KITCHEN)
    several = [await company.join(f"P{number}", "viewer") for number in range(10)]
    told: list[int] = []
    company.rooms.chat.on_message = lambda _, one: told.append(one.id)
    await asyncio.gather(*(company.say(one, *map(str, range(10))) for one in several))
    assert len(told) == 100
    assert told == sorted(set(told))
    assert [one.id for one in (await company.room()).messages] == told
    company.close()


async def test_the_same_message_again_is_said_once(company: Company) -> None:
    ann = await company.join()
    room = await company.room()
    say = company.rooms.chat.say
    first, new = await say(room, ann, "hello", "1")
    again, anew = await say(room, ann, "hello again", "1")
    assert (again, new, anew) == (first, True, False)
    room.messages.clear()  # as after so many others, or in another run of the program
    assert await say(room, ann, "hello", "1") == (first, False)
    bob = await company.join("Bob")
    other, new = await say(room, bob, "hello", "1")
    assert new, "ids are each author's own"
    assert other.id > first.id


async def test_retrying_is_no_haste(store: Store) -> None:
    company = await Company(store, messages_burst=1).begin(KITCHEN)
    ann = await company.join()
    room = await company.room()
    for _ in range(5):
        message, _ = await company.rooms.chat.say(room, ann, "hello", "1")
    assert texts(room.messages) == [message.text]
    company.close()


async def test_one_who_writes_too_fast_waits_and_others_do_not(store: Store) -> None:
    company = await Company(store, messages_burst=3, messages_per_s=1.0).begin(KITCHEN)
    ann, bob = await company.join(), await company.join("Bob", "viewer")
    await company.say(ann, "1", "2", "3")
    with pytest.raises(TooManyError) as refused:
        await company.say(ann, "4")
    assert 0 < refused.value.retry_after_s <= 1
    await company.say(bob, "5")
    company.house.clock.advance(1.0)
    await company.say(ann, "6")
    assert await company.said() == ["1", "2", "3", "5", "6"]
    company.close()


async def test_a_room_takes_so_much(store: Store) -> None:
    company = await Company(store, messages_burst=100, room_messages_per_s=1.0).begin(KITCHEN)
    ann = await company.join()
    await company.say(ann, *map(str, range(5)))
    with pytest.raises(TooManyError, match="many"):
        await company.say(await company.join("Bob"), "6")
    company.close()


async def test_slow_mode_holds_for_all_but_hosts(company: Company) -> None:
    ann, bob = await company.join(), await company.join("Bob", "collaborator")
    room = await company.room()
    await company.rooms.set_slow(room, 30)
    await company.say(bob, "1")
    company.house.clock.advance(29)
    with pytest.raises(TooManyError, match="Slow mode") as refused:
        await company.say(bob, "2")
    assert refused.value.retry_after_s == pytest.approx(1)
    await company.say(ann, "3", "4")
    company.house.clock.advance(1)
    await company.say(bob, "5")
    await company.begin(KITCHEN)
    assert (await company.room()).record.slow_s == 30


async def test_who_is_muted_writes_nothing_until_heard_again(company: Company) -> None:
    bob = await company.join("Bob", "viewer")
    room = await company.room()
    muted = await company.rooms.mute(room, bob, muted=True)
    with pytest.raises(MutedError):
        await company.say(muted, "1")
    you: Any = room.view(muted, 12.0)["you"]
    assert you["may"] == []
    await company.say(await company.rooms.mute(room, muted, muted=False), "2")
    assert await company.said() == ["2"]


async def test_a_deleted_message_is_gone_from_disk_and_its_place_stays(company: Company) -> None:
    ann, bob = await company.join(), await company.join("Bob", "viewer")
    await company.say(bob, "secret", "mine")
    await company.say(ann, "hello")
    room = await company.room()
    first, second, third = (one.id for one in room.messages)
    with pytest.raises(ForbiddenError):
        await company.rooms.chat.erase(room, third, bob)
    await company.rooms.chat.erase(room, first, ann)
    await company.rooms.chat.erase(room, second, bob)
    await company.rooms.chat.erase(room, second, bob)
    assert await company.said() == ["", "", "hello"]
    await company.begin(KITCHEN)
    after = await company.room()
    assert [(one.text, one.deleted) for one in after.messages] == [("", True), ("", True), ("hello", False)]


async def test_messages_of_other_rooms_cannot_be_deleted(company: Company) -> None:
    garden = (await company.house.named("garden")).id
    ann, bob = await company.join(), await company.join("Bob", "viewer", garden)
    await company.say(bob, "hello")
    (message,) = (await company.room(garden)).messages
    with pytest.raises(NotFoundError):
        await company.rooms.chat.erase(await company.room(), message.id, ann)


async def test_history_is_bounded_in_memory_and_whole_on_disk(store: Store) -> None:
    company = await Company(store, history=3, messages_burst=100).begin(KITCHEN)
    ann = await company.join()
    await company.say(ann, *"abcdefg")
    room = await company.room()
    assert await company.said() == ["e", "f", "g"]
    earlier = company.rooms.chat.earlier
    assert texts(await earlier(room, room.messages[0].id, 3)) == ["b", "c", "d"]
    assert texts(await earlier(room, None, 2)) == ["f", "g"]
    assert await earlier(room, 1, 5) == []
    company.close()


async def test_what_is_said_in_livekit_is_said_here_and_not_told_there_again(company: Company) -> None:
    bob = await company.join("Bob", "viewer")
    room = await company.room()
    out: list[Message] = []

    def note(_: Room, message: Message) -> None:
        out.append(message)

    company.rooms.chat.on_message = note
    said = company.rooms.said_in_livekit
    first = await said(KITCHEN, f"{bob.id}#ab12", "stream-1", "  hello ")
    again = await said(KITCHEN, f"{bob.id}#ab12", "stream-1", "  hello ")
    stranger = await said(KITCHEN, "somebody", "stream-2", "who am I?")
    assert (first.text, first.name, first.author, again) == ("hello", "Bob", bob.id, first)
    assert (stranger.author, stranger.name, stranger.role) == ("livekit:somebody", "somebody", None)
    assert texts(room.messages) == ["hello", "who am I?"]
    assert out == []
    await company.rooms.mute(room, bob, muted=True)
    with pytest.raises(MutedError):
        await said(KITCHEN, f"{bob.id}#ab12", "stream-3", "still here")
    await company.rooms.remove(room, bob, ban=True)
    with pytest.raises(NotJoinedError):
        await said(KITCHEN, f"{bob.id}#ab12", "stream-4", "and here")
    with pytest.raises(InvalidError):
        await said(KITCHEN, "somebody", "stream-5", "x" * 2001)
