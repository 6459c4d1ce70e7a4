"""Rooms and LiveKit's kept alike, on virtual time, with a LiveKit server that is a dictionary."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable

import pytest

from drift.access import new_person
from drift.config import LiveKitConfig
from drift.errors import LiveKitError
from drift.livekit import Event
from drift.models import Participant, SessionId
from drift.rooms import Room, Stage
from drift.rooms.outbox import WAITING
from drift.rooms.scene import EXPECT_S, LOOK_S, LOST_S, RETURN_S, STOP_S
from drift.rooms.stage import OVERHEARD
from drift.supervisor import Supervisor
from tests.unit.fakes import settle
from tests.unit.livekit_fakes import FakePublishers, FakeServer
from tests.unit.rooms.company import KITCHEN, Company

TICK_S = 0.5


class House:
    """A company with LiveKit."""

    def __init__(self, company: Company, supervisor: Supervisor, *, manual: bool = False) -> None:
        self.company = company
        self.clock = company.house.clock
        self.metrics = company.house.studio.metrics
        self.server = FakeServer(self.clock)
        self.publishers = FakePublishers()
        self.supervisor = supervisor
        self.open(manual=manual)

    def open(self, *, manual: bool = False) -> None:
        """Drift begins, with a server as it is."""
        self.stage = Stage(
            self.server,
            self.company.rooms,
            self.publishers,
            self.supervisor,
            clock=self.clock,
            metrics=self.metrics,
            manual=manual,
        )
        self.stage.start()

    async def pass_time(self, seconds: float) -> None:
        await settle()
        for _ in range(round(seconds / TICK_S)):
            self.clock.advance(TICK_S)
            await settle()

    async def until(self, true: Callable[[], bool]) -> None:
        """Time passes until something is so; a thread that reads the database may have to do with it."""
        for _ in range(100):
            await self.pass_time(TICK_S)
            if true():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("gave up waiting")

    async def room(self) -> Room:
        return await self.company.room()

    async def enter(self, one: Participant) -> str:
        """Somebody gets a token and connects; whoever looks has seen it. Who it is."""
        room = await self.room()
        token = await self.stage.admit(room, one)
        identity = self.server.enter(room.livekit_name, token)
        await self.pass_time(1.5)
        return identity

    async def mix_joins(self) -> None:
        """The publisher does what it was asked to."""
        room = await self.room()
        connection = await self.publishers.connect(room.livekit_name)
        self.server.enter(room.livekit_name, connection.token)

    @property
    def listeners(self) -> int:
        return self.company.session().listeners

    async def inside(self) -> set[object]:
        """Who counts as being in the LiveKit room."""
        room = await self.room()
        views = (room.participant_view(one) for one in room.participants.values())
        return {view["name"] for view in views if view["inRoom"]}

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
async def house(company: Company) -> AsyncIterator[House]:
    async with Supervisor() as supervisor:
        yield House(company, supervisor)


@pytest.fixture
async def ann(company: Company) -> Participant:
    return await company.join("Ann", "host")


@pytest.fixture
async def bob(company: Company) -> Participant:
    return await company.join("Bob", "collaborator")


async def test_a_token_makes_the_room_and_says_who_its_bearer_is(house: House, ann: Participant) -> None:
    room = await house.room()
    claims = house.server.read(await house.stage.admit(room, ann))
    assert room.livekit_name in house.server.there
    assert claims["sub"].startswith(f"{ann.id}#")
    assert claims["name"] == "Ann"
    assert json.loads(claims["metadata"]) == {"participantId": ann.id, "role": "host"}


async def test_who_connects_is_seen_counted_and_hears_the_mix(house: House, ann: Participant) -> None:
    await house.enter(ann)
    room = await house.room()
    assert await house.inside() == {"Ann"}
    assert house.listeners == 1
    assert house.publishers.on[room.livekit_name][0] is house.company.session()
    assert house.count("drift_livekit_participants") == 1
    assert house.count("drift_livekit_rooms") == 1


async def test_a_webhook_makes_it_faster_than_looking_now_and_then(house: House, ann: Participant) -> None:
    room = await house.room()
    token = await house.stage.admit(room, ann)
    await house.pass_time(EXPECT_S + 2)
    assert len(house.stage) == 0, "nobody came"
    identity = house.server.enter(room.livekit_name, token)
    await house.stage.hear(Event("participant_joined", room.livekit_name, identity))
    await settle()
    assert await house.inside() == {"Ann"}


async def test_without_webhooks_a_late_comer_is_found_in_half_a_minute(
    house: House, ann: Participant
) -> None:
    room = await house.room()
    token = await house.stage.admit(room, ann)
    await house.pass_time(EXPECT_S + 2)
    house.server.enter(room.livekit_name, token)
    await house.pass_time(LOOK_S)
    assert await house.inside() == {"Ann"}


async def test_webhooks_of_rooms_that_are_not_ours_change_nothing(house: House) -> None:
    for event in (
        Event("participant_joined", "foreign", "x"),
        Event("participant_joined", "", ""),
        Event("room_finished", "foreign", ""),
        Event("nonsense", "foreign", "x"),
    ):
        await house.stage.hear(event)
    assert len(house.stage) == 0


async def test_the_mix_is_no_participant(house: House, ann: Participant) -> None:
    await house.enter(ann)
    await house.mix_joins()
    await house.pass_time(3)
    room = await house.room()
    assert house.listeners == 1
    await house.stage.hear(Event("participant_joined", room.livekit_name, "drift"))
    await settle()
    assert ("remove", "drift") not in house.server.asked


async def test_two_tabs_are_one_participant_and_two_listeners(house: House, ann: Participant) -> None:
    first = await house.enter(ann)
    second = await house.enter(ann)
    assert first != second
    assert (house.listeners, await house.inside()) == (2, {"Ann"})
    room = await house.room()
    del house.server.there[room.livekit_name][first]
    await house.pass_time(2)
    assert (house.listeners, await house.inside()) == (1, {"Ann"})


async def test_after_the_last_the_mix_stops_a_little_later(
    house: House, ann: Participant, bob: Participant
) -> None:
    identities = [await house.enter(ann), await house.enter(bob)]
    await house.mix_joins()
    room = await house.room()
    del house.server.there[room.livekit_name][identities[0]]
    await house.pass_time(STOP_S + 2)
    assert room.livekit_name in house.publishers.on, "Bob is there"
    del house.server.there[room.livekit_name][identities[1]]
    await house.stage.hear(Event("participant_left", room.livekit_name, identities[1]))
    await house.pass_time(STOP_S - 1)
    assert (house.listeners, room.livekit_name in house.publishers.on) == (0, True)
    await house.pass_time(2)
    assert room.livekit_name not in house.publishers.on
    await house.pass_time(EXPECT_S)
    assert len(house.stage) == 0


async def test_who_loads_the_page_again_does_not_interrupt_the_mix(house: House, ann: Participant) -> None:
    identity = await house.enter(ann)
    await house.mix_joins()
    room = await house.room()
    del house.server.there[room.livekit_name][identity]
    await house.pass_time(2)
    await house.enter(ann)
    assert (house.listeners, house.publishers.times) == (1, 1)


# Who may not


async def test_a_ban_removes_and_keeps_out(house: House, ann: Participant, bob: Participant) -> None:
    await house.enter(ann)
    room = await house.room()
    token = await house.stage.admit(room, bob)
    house.server.enter(room.livekit_name, token)
    await house.pass_time(2)
    await house.company.rooms.remove(room, bob, ban=True)
    assert await house.inside() == {"Ann"}, "at once"
    await house.pass_time(TICK_S)
    assert len(house.server.people(room.livekit_name)) == 1
    identity = house.server.enter(room.livekit_name, token)  # LiveKit still takes it
    await house.stage.hear(Event("participant_joined", room.livekit_name, identity))
    await house.pass_time(TICK_S)
    assert len(house.server.people(room.livekit_name)) == 1
    assert house.listeners == 1


async def test_who_is_banned_while_drift_looks_does_not_come_back(
    house: House, ann: Participant, bob: Participant
) -> None:
    await house.enter(ann)
    await house.enter(bob)
    room = await house.room()
    house.server.hold = asyncio.Event()
    house.server.enter_as(room.livekit_name, "stranger")  # who is looked at after Bob
    await house.until(lambda: ("remove", "stranger") in house.server.asked)
    await house.company.rooms.remove(room, bob, ban=True)
    house.server.hold.set()
    await settle()
    assert (house.listeners, await house.inside()) == (1, {"Ann"})
    await house.pass_time(1)
    assert len(house.server.people(room.livekit_name)) == 1


async def test_who_is_not_removed_at_first_is_tried_again(
    house: House, ann: Participant, bob: Participant
) -> None:
    await house.enter(ann)
    await house.enter(bob)
    room = await house.room()
    house.server.stubborn = True
    await house.company.rooms.remove(room, bob, ban=False)
    await house.pass_time(3)
    assert house.listeners == 1, "whatever LiveKit does"
    house.server.stubborn = False
    await house.pass_time(2)
    assert len(house.server.people(room.livekit_name)) == 1


async def test_who_leaves_in_drift_leaves_the_livekit_room(house: House, bob: Participant) -> None:
    await house.enter(bob)
    room = await house.room()
    await house.company.rooms.leave(room, bob)
    await house.pass_time(1)
    assert not house.server.people(room.livekit_name)


async def test_unknown_identities_are_removed_but_machines_stay_uncounted(
    house: House, ann: Participant
) -> None:
    await house.enter(ann)
    room = await house.room()
    for identity in ("stranger", f"{'0' * 32}#1", "manual#1"):
        house.server.enter_as(room.livekit_name, identity)
    house.server.enter_as(room.livekit_name, "recorder", person=False)
    await house.until(lambda: len(house.server.people(room.livekit_name)) == 2)
    assert house.server.people(room.livekit_name) > {"recorder"}
    assert house.listeners == 1


async def test_a_participant_of_another_room_is_not_one_here(house: House, ann: Participant) -> None:
    await house.company.house.named("garden")
    other = await house.company.rooms.join(SessionId("garden"), new_person(), "Eve", "host")
    await house.enter(ann)
    room = await house.room()
    house.server.enter_as(room.livekit_name, f"{other.id}#1")
    await house.until(lambda: len(house.server.people(room.livekit_name)) == 1)
    assert await house.inside() == {"Ann"}


async def test_tokens_made_by_hand_count_as_listeners(company: Company) -> None:
    async with Supervisor() as supervisor:
        house = House(company, supervisor, manual=True)
        room = await house.room()
        token = await house.stage.admit_by_hand(room, "Me", "viewer")
        house.server.enter(room.livekit_name, token)
        await house.pass_time(2)
        assert (house.listeners, await house.inside()) == (1, set())


async def test_roles_and_mutes_apply_to_those_inside(house: House, bob: Participant) -> None:
    identity = await house.enter(bob)
    room = await house.room()
    rooms = house.company.rooms

    async def may() -> tuple[bool, bool]:
        await house.pass_time(TICK_S)
        found = house.server.there[room.livekit_name][identity].permission
        return found.can_publish, found.can_publish_data

    assert await may() == (True, True)
    viewer = await rooms.promote(room, bob, "viewer")
    assert await may() == (False, True)
    muted = await rooms.mute(room, viewer, muted=True)
    assert await may() == (False, False)
    await rooms.mute(room, await rooms.promote(room, muted, "collaborator"), muted=False)
    assert await may() == (True, True)
    asked = len(house.server.asked)
    await house.pass_time(10)
    assert ("restrict", identity) not in house.server.asked[asked:], "there is nothing to be done"


async def test_an_old_token_gives_no_role_that_was_taken(house: House, bob: Participant) -> None:
    room = await house.room()
    token = await house.stage.admit(room, bob)
    await house.company.rooms.promote(room, bob, "viewer")
    identity = house.server.enter(room.livekit_name, token)
    await house.pass_time(2)
    assert not house.server.there[room.livekit_name][identity].permission.can_publish


# When something breaks


async def test_livekit_unreachable_gives_a_reason_and_no_token(house: House, ann: Participant) -> None:
    house.server.down = True
    with pytest.raises(LiveKitError, match="down"):
        await house.stage.admit(await house.room(), ann)
    assert len(house.stage) == 0


async def test_a_short_outage_changes_nothing(house: House, ann: Participant) -> None:
    await house.enter(ann)
    await house.mix_joins()
    house.server.down = True
    await house.pass_time(LOST_S - 5)
    house.server.down = False
    await house.pass_time(3)
    assert (house.listeners, await house.inside(), house.publishers.times) == (1, {"Ann"}, 1)


async def test_livekit_crashes_and_comes_back(house: House, ann: Participant) -> None:
    identity = await house.enter(ann)
    await house.mix_joins()
    room = await house.room()
    held = dict(house.server.there[room.livekit_name])
    house.server.down = True
    house.server.restart()
    await house.pass_time(LOOK_S + LOST_S + 2)
    assert (house.listeners, await house.inside()) == (0, set()), "for long enough"
    assert room.livekit_name in house.publishers.on, "they may come back"
    house.server.down = False
    await house.pass_time(3)
    assert room.livekit_name in house.server.there, "the room is there again"
    house.server.there[room.livekit_name][identity] = held[identity]
    await house.pass_time(2)
    assert (house.listeners, await house.inside(), house.publishers.times) == (1, {"Ann"}, 1)


async def test_the_mix_notices_first_that_livekit_has_died(house: House, ann: Participant) -> None:
    await house.enter(ann)
    await house.mix_joins()
    await house.pass_time(EXPECT_S + 5)
    house.server.down = True
    house.server.restart()
    with pytest.raises(LiveKitError):
        await house.mix_joins()
    await house.pass_time(LOST_S + 2)
    assert house.listeners == 0
    house.server.down = False
    await house.pass_time(2)
    assert (await house.room()).livekit_name in house.server.there


async def test_livekit_restarts_between_two_looks(house: House, ann: Participant) -> None:
    await house.enter(ann)
    await house.mix_joins()
    await house.pass_time(EXPECT_S + 5)
    room = await house.room()
    house.server.restart()
    await house.mix_joins()  # the publisher makes its connection anew, and with it the room
    await house.pass_time(3)
    assert house.listeners == 0
    await house.pass_time(STOP_S + 5)
    assert room.livekit_name in house.publishers.on
    await house.pass_time(RETURN_S)
    assert room.livekit_name not in house.publishers.on, "nobody came back"
    assert len(house.stage) == 0


async def test_livekit_restarts_and_nobody_notices_but_the_next_look(house: House, ann: Participant) -> None:
    await house.enter(ann)
    await house.pass_time(EXPECT_S + 5)
    house.server.restart()
    await house.pass_time(LOOK_S)
    room = await house.room()
    assert room.livekit_name in house.server.there
    assert house.listeners == 0


async def test_drift_restarts_while_somebody_is_inside(company: Company) -> None:
    ann = await company.join("Ann", "host")
    async with Supervisor() as supervisor:
        house = House(company, supervisor)
        await house.enter(ann)
    await company.begin(KITCHEN)
    async with Supervisor() as supervisor:
        again = House(company, supervisor)
        again.server.there = house.server.there
        await again.until(lambda: again.listeners == 1)
        assert await again.inside() == {"Ann"}
        assert again.publishers.times == 1


async def test_listeners_are_counted_exactly_whatever_happens(house: House, company: Company) -> None:
    """Connections come and go, LiveKit fails and restarts, Drift is told or not: in the end it is right."""
    chance = random.Random(6)
    people = [await company.join(f"P{number}", "collaborator") for number in range(4)]
    room = await house.room()
    tokens = [await house.stage.admit(room, one) for one in people]

    def come() -> None:
        if room.livekit_name in house.server.there:
            house.server.enter(room.livekit_name, chance.choice(tokens))

    def go() -> None:
        inside = list(house.server.there.get(room.livekit_name, {}))
        if inside:
            del house.server.there[room.livekit_name][chance.choice(inside)]

    def fail() -> None:
        house.server.down = not house.server.down

    for _ in range(300):
        chance.choice(
            [come, come, come, go, go, fail, house.server.restart if chance.random() < 0.2 else go]
        )()
        if chance.random() < 0.3:
            kind = chance.choice(["participant_joined", "participant_left", "room_finished"])
            await house.stage.hear(Event(kind, room.livekit_name, ""))
        await house.pass_time(chance.choice([0.5, 1, 5]))
        assert house.listeners >= 0
    house.server.down = False
    await house.stage.admit(room, people[0])
    come()
    await house.pass_time(LOOK_S + 2)
    inside = house.server.people(room.livekit_name)
    assert house.listeners == len(inside) > 0
    assert await house.inside() == {one.name for one in people if any(one.id in who for who in inside)}
    house.server.there[room.livekit_name].clear()
    await house.pass_time(LOOK_S + RETURN_S + STOP_S + 5)
    assert (house.listeners, await house.inside(), len(house.stage)) == (0, set(), 0)
    assert not house.publishers.on


async def test_a_deleted_session_closes_its_room(house: House, ann: Participant) -> None:
    await house.enter(ann)
    room = await house.room()
    await house.company.house.registry.end(KITCHEN)
    await settle()
    assert room.livekit_name not in house.server.there
    assert (len(house.stage), house.publishers.on) == (0, {})
    assert house.count("drift_livekit_participants") == 0


async def test_a_room_that_could_not_be_closed_is_closed_later(house: House, ann: Participant) -> None:
    await house.enter(ann)
    room = await house.room()
    house.server.down = True
    await house.company.house.registry.end(KITCHEN)
    await house.pass_time(LOOK_S)
    assert room.livekit_name in house.server.there
    house.server.down = False
    await house.pass_time(LOOK_S)
    assert room.livekit_name not in house.server.there


async def test_a_session_with_somebody_in_livekit_is_not_put_away(house: House, ann: Participant) -> None:
    identity = await house.enter(ann)
    assert await house.company.house.unload() == []
    room = await house.room()
    del house.server.there[room.livekit_name][identity]
    await house.pass_time(LOOK_S + RETURN_S + EXPECT_S)
    assert await house.company.house.unload() == [KITCHEN]


# What is said


async def test_messages_reach_the_livekit_room_in_order(house: House, ann: Participant) -> None:
    await house.company.say(ann, "nobody-is-there")
    await house.enter(ann)
    await house.company.say(ann, "one", "two")
    await settle()
    assert [(one["topic"], one["message"], one["name"]) for one in house.server.sent] == [
        ("lk-chat-topic", "one", "Ann"),
        ("lk-chat-topic", "two", "Ann"),
    ]
    assert isinstance(house.server.sent[0]["id"], str)
    assert isinstance(house.server.sent[0]["timestamp"], int)


async def test_of_too_many_messages_the_oldest_are_left_out(house: House, ann: Participant) -> None:
    await house.enter(ann)
    room = await house.room()
    await house.company.say(ann, "x")
    await settle()
    message = room.messages[-1]
    for _ in range(WAITING + 5):
        house.company.rooms.chat.on_message(room, message)
    await settle(4 * WAITING)
    assert house.count("drift_livekit_messages_total", outcome="dropped") == 5
    assert house.count("drift_livekit_messages_total", outcome="sent") == WAITING + 1


async def test_messages_while_livekit_is_down_are_only_counted(house: House, ann: Participant) -> None:
    await house.enter(ann)
    house.server.down = True
    await house.company.say(ann, "hello")
    await settle()
    assert house.count("drift_livekit_messages_total", outcome="failed") == 1
    assert await house.company.said() == ["hello"]


async def test_what_stock_clients_write_is_said_once_and_not_sent_back(
    house: House, bob: Participant
) -> None:
    identity = await house.enter(bob)
    room = await house.room()
    for _ in range(2):
        house.publishers.on_chat(room.livekit_name, identity, "stream-1", "hello")
    house.publishers.on_chat("another room", identity, "stream-2", "lost")
    await house.until(lambda: house.count("drift_livekit_messages_total", outcome="heard") == 2)
    (said,) = room.messages
    assert (said.author, said.name, said.text) == (bob.id, "Bob", "hello")
    assert house.server.sent == []


async def test_what_the_muted_write_elsewhere_is_not_said(house: House, bob: Participant) -> None:
    identity = await house.enter(bob)
    room = await house.room()
    await house.company.rooms.mute(room, bob, muted=True)
    house.publishers.on_chat(room.livekit_name, identity, "1", "hello")
    await house.until(lambda: house.count("drift_livekit_messages_total", outcome="refused") == 1)
    assert not room.messages


async def test_a_flood_from_stock_clients_is_bounded(house: House, bob: Participant) -> None:
    identity = await house.enter(bob)
    room = await house.room()
    for number in range(OVERHEARD + 7):
        house.publishers.on_chat(room.livekit_name, identity, f"{number}", "hello")
    assert house.count("drift_livekit_messages_total", outcome="unheard") == 7


async def test_without_livekit_nothing_is_looked_for(company: Company) -> None:
    async with Supervisor() as supervisor:
        house = House(company, supervisor)
        house.server = FakeServer(house.clock, LiveKitConfig())
        before = len(supervisor)
        house.open()
        assert len(supervisor) == before
        with pytest.raises(LiveKitError, match="not configured"):
            await house.stage.admit(await house.room(), await company.join("Ann"))
