from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from drift.errors import ConflictError, FollowerError, InvalidError, NotFoundError, TooManyError
from drift.models import SessionId, SessionRecord, TrackId
from drift.sessions import Follower, Session, Wishes
from drift.sessions.memory import record_of
from tests.unit.fakes import FakeMemory, settle
from tests.unit.sessions.house import TRACKS, House


@pytest.fixture
async def house() -> AsyncIterator[House]:
    made = House()
    await made.registry.start()
    yield made
    made.close()


async def events_of(session: Session) -> list[str]:
    """The names of all events so far."""
    text = (await session.events.subscribe(0).take(0)).decode()
    return [line.removeprefix("event: ") for line in text.split("\n") if line.startswith("event: ")]


async def test_the_master_is_there_first(house: House) -> None:
    assert house.ids == ["master"]
    assert house.registry.get("master") is house.registry.get(house.registry.master.uid)
    assert (house.registry.master.kind, len(house.registry)) == ("master", 1)


async def test_a_named_session_has_a_mix_and_events_of_its_own(house: House) -> None:
    session, resumed = await house.registry.create("Küche Nr. 1")
    assert (session.id, session.name, session.kind, resumed) == ("kuche-nr-1", "Küche Nr. 1", "named", False)
    assert session.program is not house.registry.master.program
    assert session.events is not house.registry.master.events
    assert house.ids == ["master", "kuche-nr-1"]
    assert house.registry.steered(session) is session


async def test_of_many_who_want_a_name_one_gets_it(house: House) -> None:
    results = await asyncio.gather(
        *(house.registry.create("Kitchen") for _ in range(100)), return_exceptions=True
    )
    made = [one for one in results if isinstance(one, tuple)]
    refused = [one for one in results if isinstance(one, ConflictError)]
    assert (len(made), len(refused)) == (1, 99)
    assert house.registry.get("kitchen") is made[0][0]


async def test_names_that_mean_the_same_address_are_one_name(house: House) -> None:
    await house.named("Living Room")
    for same in ("living room", " LIVING  room ", "living-room", "Líving Room!"):
        with pytest.raises(ConflictError):
            await house.registry.create(same)


@pytest.mark.parametrize("name", ["", " ", "master", "Create", "---", "a" * 65, "\0", "🎵"])
async def test_what_no_session_can_be_called(house: House, name: str) -> None:
    with pytest.raises(InvalidError):
        await house.registry.create(name)
    assert house.ids == ["master"]


async def test_wishes_are_granted(house: House) -> None:
    session, _ = await house.registry.create("a", Wishes(TRACKS[3].id, "faster"))
    assert session.direction == "faster"
    found = session.on_now()[0]
    assert found is not None
    assert found[1].track.id == TRACKS[3].id


@pytest.mark.parametrize(
    ("wishes", "error"),
    [
        (Wishes(TrackId("nothing")), NotFoundError),
        (Wishes(direction="sideways"), InvalidError),
        (Wishes(TRACKS[0].id, "sideways"), InvalidError),
    ],
)
async def test_wishes_that_cannot_be_met_make_no_session(
    house: House, wishes: Wishes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await house.registry.create("a", wishes)
    assert house.ids == ["master"]
    assert (await house.registry.create("a"))[1] is False


async def test_a_wish_for_one_that_goes_on_is_granted_at_once(house: House) -> None:
    first = await house.named("a")
    house.listen(first, 10)
    assert await house.unload() == ["a"]
    again, resumed = await house.registry.create("a", Wishes(TRACKS[4].id))
    assert resumed
    assert again is not first
    assert again.uid == first.uid
    assert TRACKS[4].id in {step.track.id for _, step in filter(None, again.on_now())}


async def test_there_is_an_end_to_room() -> None:
    house = House(most=3)
    await house.registry.start()
    await house.named("a")
    await house.registry.follow("a", "b")
    for attempt in (house.registry.create("c"), house.registry.follow("a", "c")):
        with pytest.raises(TooManyError) as caught:
            await attempt
        assert caught.value.retry_after_s > 0
    await house.registry.end("b")
    await house.named("c")
    house.close()


# Followers


async def test_a_follower_is_heard_as_what_it_follows(house: House) -> None:
    session = await house.named("a")
    follower = await house.registry.follow("a", "Ears")
    assert (follower.id, follower.name, follower.target) == ("ears", "Ears", "a")
    assert house.registry.heard(follower) is session
    assert house.ids == ["master", "a", "ears"]
    with pytest.raises(FollowerError) as caught:
        house.registry.steered(follower)
    assert caught.value.beside == {"followingSession": "a"}


async def test_who_follows_a_follower_follows_what_that_one_follows(house: House) -> None:
    await house.named("a")
    await house.registry.follow("a", "b")
    assert (await house.registry.follow("b", "c")).target == "a"
    assert (await house.registry.follow("c")).target == "a"
    await house.registry.end("b")
    assert (await house.registry.follow("c", "d")).target == "a", "b is not needed for that"


async def test_nobody_follows_itself_or_in_a_circle(house: House) -> None:
    await house.named("a")
    for target in ("a", "b"):
        with pytest.raises((InvalidError, NotFoundError)):
            await house.registry.follow(target, target)
    await house.registry.follow("a", "b")
    await house.registry.end("a")
    with pytest.raises(InvalidError):
        await house.registry.follow("b", "A")
    assert house.ids == ["master", "b"]


async def test_the_master_can_be_followed_by_either_of_its_ids(house: House) -> None:
    for target in ("master", house.registry.master.uid):
        follower = await house.registry.follow(target)
        assert follower.target == "master"
        assert house.registry.heard(follower) is house.registry.master


async def test_what_cannot_be_followed(house: House) -> None:
    for nobody in ("nobody", "", "../a", "a\0", "x" * 10_000):
        with pytest.raises(NotFoundError):
            await house.registry.follow(nobody, "b")
    assert house.ids == ["master"]


async def test_a_follower_needs_a_free_name(house: House) -> None:
    await house.named("a")
    await house.registry.follow("a", "b")
    for taken in ("a2", "b"):
        if taken == "a2":
            await house.named(taken)
        with pytest.raises(ConflictError):
            await house.registry.follow("a", taken)
    with pytest.raises(InvalidError):
        await house.registry.follow("a", "master")
    with pytest.raises(ConflictError):
        await house.registry.create("b")


async def test_a_follower_does_not_take_the_name_of_one_that_was_put_away(house: House) -> None:
    await house.named("a")
    await house.named("b")
    await house.unload()
    with pytest.raises(ConflictError, match="put away"):
        await house.registry.follow("a", "b")
    assert isinstance(await house.registry.open("b"), Session)


async def test_names_that_are_made_up_fit(house: House) -> None:
    await house.named("x" * 64)
    made = [await house.registry.follow("x" * 64) for _ in range(20)]
    assert len({one.id for one in made}) == 20
    assert all(len(one.id) <= 64 for one in made)


async def test_without_its_target_a_follower_waits_and_then_goes_on(house: House) -> None:
    first = await house.named("a")
    follower = await house.registry.follow("a", "b")
    await house.registry.end("a")
    assert await house.registry.open("b") is follower
    with pytest.raises(NotFoundError, match="not there now"):
        house.registry.heard(follower)
    second = await house.named("a")
    assert house.registry.heard(follower) is second is not first


async def test_a_follower_takes_its_target_up_again(house: House) -> None:
    session = await house.named("a")
    follower = await house.registry.follow("a", "b")
    house.listen(session, 3)
    house.clock.advance(1)
    house.visit(follower, 1)
    await house.unload()
    assert house.ids == ["master", "b"], "somebody is with the follower, in between two connections"
    assert house.registry.heard(await house.registry.open("b")).uid == session.uid


async def test_clients_of_an_earlier_follower_are_not_counted_for_a_later_one(house: House) -> None:
    first = await house.registry.follow("master", "b")
    house.visit(first, 1)
    await house.registry.end("b")
    await house.registry.follow("master", "b")
    house.visit(first, -1)
    assert await house.unload() == ["b"], "nobody is with the later one"
    third = await house.registry.follow("master", "b")
    house.visit(third, 1)
    assert await house.unload() == []


# Opening


async def test_what_was_put_away_is_taken_up_by_whoever_asks(house: House) -> None:
    session = await house.named("a")
    await house.unload()
    assert house.ids == ["master"]
    assert session.events.subscribe(0).closed_because == "unloaded"
    opened = await asyncio.gather(*(house.registry.open("a") for _ in range(20)))
    assert all(one is opened[0] for one in opened), "one session, however many ask at once"
    assert opened[0] is not session
    assert opened[0].uid == session.uid
    assert house.ids == ["master", "a"]


async def test_opening_and_creating_at_once_make_one_session(house: House) -> None:
    await house.named("a")
    await house.unload()
    results = await asyncio.gather(
        house.registry.open("a"), house.registry.create("a"), house.registry.open("a"), return_exceptions=True
    )
    assert house.ids == ["master", "a"]
    assert results[0] is results[2] is house.registry.get("a")
    assert isinstance(results[1], ConflictError)


@pytest.mark.parametrize("nobody", ["", "nobody", "a/b", "..", "%00", "\0", "x" * 5000, "Master", "🎵"])
async def test_what_is_not_there_cannot_be_opened(house: House, nobody: str) -> None:
    with pytest.raises(NotFoundError):
        await house.registry.open(nobody)


# Ending


async def test_the_master_stays(house: House) -> None:
    for same in ("master", house.registry.master.uid):
        with pytest.raises(ConflictError):
            await house.registry.end(same)
    house.clock.advance(1e6)
    assert await house.registry.unload_idle() == []
    assert house.ids == ["master"]
    assert house.registry.master.events.subscribe().closed_because is None


async def test_the_end_is_told_and_final(house: House) -> None:
    session = await house.named("a")
    watching = session.events.subscribe()
    await house.registry.end("a")
    assert b'event: session-ended\ndata: {"reason":"deleted"}' in await watching.take(0)
    assert watching.closed_because == "deleted"
    assert house.ended == ["a"]
    for _ in range(2):
        with pytest.raises(NotFoundError):
            await house.registry.end("a")
    with pytest.raises(NotFoundError):
        await house.registry.open("a")


async def test_of_many_who_end_it_one_does(house: House) -> None:
    await house.named("a")
    results = await asyncio.gather(*(house.registry.end("a") for _ in range(10)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["NoneType", *["NotFoundError"] * 9]
    assert house.ended == ["a"]


async def test_a_session_made_anew_is_another_one(house: House) -> None:
    first = await house.named("a")
    house.listen(first, 50)
    await house.registry.end("a")
    second, resumed = await house.registry.create("a")
    assert not resumed
    assert second.uid != first.uid
    assert second.journey.count == 0


async def test_one_that_was_put_away_can_be_ended(house: House) -> None:
    await house.named("a")
    await house.unload()
    await house.registry.end("a")
    assert (await house.registry.create("a"))[1] is False


async def test_followers_outlive_their_target_and_end_alone(house: House) -> None:
    session = await house.named("a")
    await house.registry.follow("a", "b")
    await house.registry.end("b")
    assert house.ids == ["master", "a"]
    assert session.events.subscribe().closed_because is None, "the target goes on"
    with pytest.raises(NotFoundError):
        await house.registry.open("b")


async def test_what_has_ended_is_written_no_more(house: House) -> None:
    assert isinstance(house.memory, FakeMemory)
    session = await house.named("a")
    assert "a" in house.memory.noted
    await house.registry.end("a")
    house.memory.noted.clear()
    session.rename("b")
    assert house.memory.noted == []


# Putting away


async def test_only_what_nobody_uses_is_put_away() -> None:
    house = House(idle_pause_s=30)
    await house.registry.start()
    heard, watched, playing, touched, unused, paused = [
        await house.named(name) for name in ("heard", "watched", "playing", "touched", "unused", "paused")
    ]
    heard.attach()
    watched.events.subscribe()
    paused.pause()
    house.clock.advance(1790)
    playing.attach()
    playing.detach()
    touched.touch()
    house.clock.advance(10)
    assert await house.registry.unload_idle() == ["unused", "paused"]
    assert house.ids == ["master", "heard", "watched", "playing", "touched"]
    assert await events_of(unused) == ["session-ended"]
    heard.detach()
    house.close()


async def test_followers_are_forgotten_when_nobody_is_with_them(house: House) -> None:
    used = await house.registry.follow("master", "used")
    await house.registry.follow("master", "unused")
    house.visit(used, 1)
    assert await house.unload() == ["unused"]
    with pytest.raises(NotFoundError):
        await house.registry.open("unused")
    house.visit(used, -1)
    assert await house.registry.unload_idle() == [], "it was used just now"
    assert await house.unload() == ["used"]


async def test_who_comes_while_it_is_put_away_keeps_it(house: House) -> None:
    """The write takes a while, and others wait for it before they look again."""
    first, second = await house.named("a"), await house.named("b")
    house.clock.advance(1e6)
    async with asyncio.TaskGroup() as group:
        unloading = group.create_task(house.registry.unload_idle())
        await asyncio.sleep(0)
        second.attach()
    assert unloading.result() == ["a"]
    assert house.registry.get("b") is second
    assert first.events.subscribe(0).closed_because == "unloaded"
    second.detach()


async def test_who_comes_while_it_is_being_written_keeps_it_too() -> None:
    class Slow(FakeMemory):
        async def put_away(self, session: Session) -> None:
            await super().put_away(session)
            session.attach()

    house = House(Slow())
    await house.registry.start()
    session = await house.named("a")
    assert await house.unload() == []
    assert house.registry.get("a") is session
    assert isinstance(house.memory, Slow)
    assert house.memory.noted[-1] == "a", "or it would not be there after a restart"
    session.detach()
    house.close()


async def test_the_journey_outlives_being_put_away(house: House) -> None:
    session = await house.named("a")
    session.steer("faster")
    session.rename("Alpha")
    await house.unload()
    again = await house.registry.open("a")
    assert isinstance(again, Session)
    assert (again.name, again.direction, again.created_at) == ("Alpha", "faster", session.created_at)


# Beginning and ending of the program


async def test_what_was_there_is_there_again() -> None:
    memory = FakeMemory()
    first = House(memory)
    await first.registry.start(("Kitchen",))
    await first.named("away")
    await first.unload()
    await first.registry.create("kitchen")
    await first.registry.follow("kitchen", "ears")
    memory.records |= {SessionId("kitchen"): memory_of(first, "kitchen")}
    again = House(memory)
    await again.registry.start(("Hall",))
    assert again.ids == ["master", "kitchen", "ears", "hall"]
    assert isinstance(again.registry.get("ears"), Follower)
    before, after = first.registry.get("kitchen"), again.registry.get("kitchen")
    assert before is not None
    assert after is not None
    assert before.uid == after.uid
    third = House(memory)
    await third.registry.start(("away", "kitchen", "master"))
    assert third.ids == ["master", "kitchen", "away", "ears"]
    for house in (first, again, third):
        house.close()


def memory_of(house: House, session_id: str) -> SessionRecord:
    """A session's record, as it would have been written."""
    session = house.registry.get(session_id)
    assert isinstance(session, Session)
    return record_of(session, datetime.now(UTC))


async def test_a_configured_name_must_be_one() -> None:
    house = House()
    with pytest.raises(InvalidError):
        await house.registry.start(("a", "list"))
    house.close()


async def test_at_the_end_clients_are_let_go_and_all_is_written(house: House) -> None:
    assert isinstance(house.memory, FakeMemory)
    session = await house.named("a")
    watching = session.events.subscribe()
    house.registry.disconnect()
    assert watching.closed_because == "shutdown"
    assert b"session-ended" not in await watching.take(0), "they shall come back"
    house.memory.noted.clear()
    await house.registry.close()
    assert set(house.memory.noted) == {"master", "a"}
    await settle()


async def test_a_track_asked_for_at_once_begins_the_mix_of_a_new_session(house: House) -> None:
    session = await house.named("a")
    step = session.play([TRACKS[4].id, TRACKS[2].id], now=True)
    found, following = session.on_now()
    assert step is not None
    assert found is not None
    assert following is not None
    assert step.track.id == found[1].track.id == TRACKS[4].id
    assert following[1].track.id == TRACKS[2].id
