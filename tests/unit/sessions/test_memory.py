from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drift.errors import NotFoundError, StoreError
from drift.models import SessionId, TrackId
from drift.sessions import Memory, Session, memory
from drift.sessions.registry import SessionRegistry
from drift.store import ScannedFile, Store, open_store, sessions
from drift.store import tracks as track_rows
from drift.supervisor import Supervisor
from mixer.clock import QUANTUM, QUANTUM_S
from mixer.pcm import SAMPLE_RATE
from tests.support.live import eventually
from tests.unit.sessions.house import TRACKS, House
from tests.unit.studio import BURST

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Life:
    """One run of the program after another over the same store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.playable = {one.id: one for one in TRACKS}
        self.now = NOON
        self.houses: list[House] = []
        self.idle_pause_s = 0.0

    async def begin(self, *names: str) -> SessionRegistry:
        """Start the program; what ran before has been killed."""
        self.memory = Memory(self.store, self.playable.get, lambda: self.now)
        house = House(self.memory, idle_pause_s=self.idle_pause_s)
        house.studio.library.tracks = list(self.playable.values())
        self.houses.append(house)
        await house.registry.start(names)
        return house.registry

    @property
    def house(self) -> House:
        return self.houses[-1]

    def session(self, session_id: str = "a") -> Session:
        found = self.house.registry.get(session_id)
        assert isinstance(found, Session)
        return found

    def pass_time(self, quanta: int, session: Session | None = None) -> None:
        """Time passes, by both clocks, while sessions play. A track has 166 quanta."""
        for _ in range(quanta):
            self.house.clock.advance(QUANTUM_S)
            self.now += timedelta(seconds=QUANTUM_S)
            if session is not None:
                session.program.plan(session.position)
                session.announce()


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    async with open_store(f"sqlite:///{tmp_path}/drift.db") as store:
        await track_rows.save_files(store, [ScannedFile(one.path, 0, 0, 1, one) for one in TRACKS])
        made = Life(store)
        yield made
        for house in made.houses:
            house.close()


def played(session: Session) -> list[TrackId]:
    return [step.track.id for step in session.journey.steps]


def near(session: Session, place: tuple[TrackId, int] | None, quanta: int = 1) -> bool:
    """Whether it is where it was."""
    found = session.place
    return bool(found and place and found[0] == place[0] and abs(found[1] - place[1]) <= quanta * QUANTUM)


def at(session: Session) -> float:
    """Seconds into the track on air."""
    place = session.place
    assert place is not None
    return place[1] / SAMPLE_RATE


async def test_a_killed_session_is_where_it_would_have_been_at_the_last_pulse(life: Life) -> None:
    await life.begin("a")
    before = life.session()
    before.attach()
    life.pass_time(10, before)
    await life.memory.write()
    life.pass_time(8, before)
    await life.memory.write()  # nothing has changed: this is a pulse
    place, uid, journey = before.place, before.uid, played(before)
    assert place is not None
    life.now += timedelta(hours=8)
    await life.begin()
    after = life.session()
    assert (after.uid, played(after), after.state) == (uid, journey, "idle")
    assert near(after, place)
    after.attach()
    life.pass_time(1, after)
    assert played(after) == journey, "it goes on; nothing begins anew"


async def test_what_stands_still_does_not_move_because_others_play(life: Life) -> None:
    await life.begin("a", "b")
    still, moves = life.session("a"), life.session("b")
    still.attach()
    moves.attach()
    life.pass_time(5, still)
    still.detach()
    life.pass_time(5, moves)
    await life.memory.write()
    place = still.place
    life.pass_time(10, moves)
    await life.memory.write()
    await life.begin()
    assert life.session("a").place == place


async def test_a_track_that_ended_since_is_followed_by_another(life: Life) -> None:
    await life.begin("a")
    session = life.session()
    session.attach()
    life.pass_time(2, session)
    await life.memory.write()
    life.pass_time(200)
    await life.memory.write()  # a pulse: by now another track is on, but nobody has told
    await life.begin()
    again = life.session()
    again.attach()
    life.pass_time(60, again)
    journey = played(again)
    assert journey[0] == TRACKS[0].id
    assert len(journey) == 2


async def test_between_two_tracks_it_is_known_which_one_was_on(life: Life) -> None:
    """A change is written when the next track has begun, but before anybody has told so."""
    await life.begin("a")
    session = life.session()
    session.attach()
    life.pass_time(120, session)
    found = session.on_now()[1]
    assert found is not None
    while session.position <= found[0].start:
        life.pass_time(1)
    assert len(played(session)) == 1
    session.rename("Alpha")
    await life.memory.write()
    await life.begin()
    again = life.session()
    place = again.place
    assert place is not None
    assert place[0] == found[1].track.id
    assert at(again) < 1
    assert played(again) == [TRACKS[0].id, TRACKS[1].id]


async def test_what_went_on_after_the_last_listener_left_is_known(life: Life) -> None:
    """Time passes for a while after that, but nobody tells of tracks that begin then."""
    life.idle_pause_s = 30.0
    await life.begin("a")
    session = life.session()
    session.attach()
    life.pass_time(120, session)
    session.detach()
    life.pass_time(100)
    await life.memory.write()
    place = session.place
    assert place is not None
    assert place[0] == TRACKS[1].id
    await life.begin()
    assert near(life.session(), place)
    assert played(life.session()) == [TRACKS[0].id, TRACKS[1].id]


async def test_a_journey_is_neither_lost_nor_doubled_over_many_lives(life: Life) -> None:
    await life.begin("a")
    for _ in range(6):
        session = life.session()
        session.attach()
        life.pass_time(250, session)
        await life.memory.write()
        journey = played(session)
        rows = await sessions.journey(life.store, SessionId("a"), 1000)
        assert [row.track_id for row in rows] == journey
        assert [row.number for row in rows] == list(range(len(journey)))
        await life.begin()
        assert played(life.session()) == journey
        assert life.session().journey.count == len(journey)
    assert len(journey) > 6


async def test_everything_that_can_be_set_comes_back(life: Life) -> None:
    registry = await life.begin("a")
    session = life.session()
    session.attach()
    life.pass_time(3, session)
    session.rename("Küche")
    session.steer("calmer")
    session.play([TRACKS[3].id, TRACKS[1].id], now=False)
    session.pause()
    await registry.follow("a", "Ears")
    await life.memory.write()
    created, place = session.created_at, session.place
    again = await life.begin()
    found = life.session()
    assert (found.name, found.state, found.created_at) == ("Küche", "paused", created)
    assert near(found, place, quanta=BURST)
    assert found.direction == session.direction
    assert found.program.requests == [TRACKS[3].id, TRACKS[1].id]
    follower = again.get("ears")
    assert follower is not None
    assert again.heard(follower) is found
    found.resume()
    found.attach()
    life.pass_time(350, found)
    assert played(found)[1:3] == [TRACKS[3].id, TRACKS[1].id]


async def test_a_pause_before_anything_was_heard_comes_back(life: Life) -> None:
    await life.begin("a")
    session = life.session()
    session.play([TRACKS[3].id], now=True)
    session.pause()
    await life.memory.write()
    await life.begin()
    again = life.session()
    place = again.place
    assert again.state == "paused"
    assert place is not None
    assert place[0] == TRACKS[3].id


async def test_a_reset_forgets_the_journey_for_good(life: Life) -> None:
    await life.begin("a")
    session = life.session()
    session.attach()
    life.pass_time(500, session)
    await life.memory.write()
    assert len(played(session)) > 3
    session.reset()
    life.pass_time(5, session)
    await life.memory.write()
    journey = played(session)
    assert len(journey) == 1
    assert [one.track_id for one in await sessions.journey(life.store, SessionId("a"), 1000)] == journey
    await life.begin()
    assert played(life.session()) == journey


async def test_event_ids_go_on_also_when_the_clock_of_the_machine_has_gone_back(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    await life.begin("a")
    first = life.session().events.publish("renamed", {})
    life.session().rename("b")
    await life.memory.write()
    last = life.session().events.last_id
    monkeypatch.setattr("time.time_ns", lambda: 1)
    await life.begin()
    assert life.session().events.publish("renamed", {}).id > last > first.id


async def test_tracks_that_have_left_the_library_stay_in_the_journey(life: Life) -> None:
    await life.begin("a")
    session = life.session()
    session.attach()
    life.pass_time(300, session)
    session.play([TRACKS[4].id], now=False)
    await life.memory.write()
    journey = played(session)
    for gone in {journey[-1], TRACKS[4].id}:
        del life.playable[gone]
    await life.begin()
    again = life.session()
    assert played(again) == journey
    again.attach()
    life.pass_time(10, again)
    assert played(again)[: len(journey)] == journey
    assert played(again)[-1] in life.playable
    assert again.program.requests == []


async def test_what_was_put_away_stays_away_until_somebody_asks(life: Life) -> None:
    await life.begin("a")
    session = life.session()
    life.house.listen(session, 5)
    place = session.place
    assert await life.house.unload() == ["a"]
    registry = await life.begin()
    assert registry.get("a") is None
    found = await registry.open("a")
    assert isinstance(found, Session)
    assert found.place == place
    await life.memory.write()
    assert (await life.begin()).get("a") is not None, "it is there again, so it is after a restart"


async def test_what_is_put_away_is_written_as_it_is_at_that_moment(life: Life) -> None:
    await life.begin("a")
    session = life.session()
    life.house.listen(session, 5)
    session.rename("Alpha")
    await life.house.unload()
    await life.memory.write()
    record = await life.memory.find(SessionId("a"))
    assert record is not None
    assert (record.name, record.live) == ("Alpha", False)


async def test_what_has_ended_does_not_come_back(life: Life) -> None:
    registry = await life.begin("a")
    life.house.listen(life.session(), 5)
    await life.memory.write()
    await registry.follow("a", "b")
    await registry.end("a")
    await registry.end("b")
    await life.memory.write()
    again = await life.begin()
    assert [entry.id for entry in again] == ["master"]
    with pytest.raises(NotFoundError):
        await again.open("a")
    assert await sessions.journey(life.store, SessionId("a"), 10) == []


async def test_what_changes_while_it_ends_does_not_bring_it_back(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pump goes on until it is removed, and may note a change in the meantime."""
    registry = await life.begin("a")
    session = life.session()
    await life.memory.write()
    forget = sessions.forget

    async def slow(store: Store, session_id: SessionId) -> bool:
        known = await forget(store, session_id)
        session.rename("still here")
        return known

    monkeypatch.setattr(sessions, "forget", slow)
    await registry.end("a")
    await life.memory.write()
    assert await life.memory.find(SessionId("a")) is None
    assert [entry.id for entry in await life.begin()] == ["master"]


class Broken:
    """A store whose disk is full for a while."""

    def __init__(self, store: Store) -> None:
        self.reading, self._store = store.reading, store
        self.dialect = store.dialect
        self.full = False

    @property
    def writing(self) -> Callable[[], object]:
        if self.full:
            raise StoreError("the disk is full")
        return self._store.writing


async def test_what_could_not_be_written_is_written_later(life: Life) -> None:
    broken = Broken(life.store)
    life.store = broken  # type: ignore[assignment]
    registry = await life.begin("a")
    session = life.session()
    await life.memory.write()
    broken.full = True
    life.house.listen(session, 200)
    for _ in range(2):
        with pytest.raises(StoreError):
            await life.memory.write()
    session.rename("Alpha")
    with pytest.raises(StoreError):
        await registry.end("a")
    assert registry.get("a") is session, "it is still there"
    broken.full = False
    await life.memory.write()
    journey = played(session)
    await life.begin()
    assert (life.session().name, played(life.session())) == ("Alpha", journey)


async def test_changes_are_written_soon_and_a_full_disk_ends_nothing(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GATHER_S", "RETRY_S"):
        monkeypatch.setattr(memory, name, 0.01)
    broken = Broken(life.store)
    life.store = broken  # type: ignore[assignment]
    await life.begin("a")
    async with Supervisor() as supervisor:
        supervisor.spawn(life.memory.run(), "write")
        broken.full = True
        life.session().rename("Alpha")
        await asyncio.sleep(0.05)
        broken.full = False

        async def written() -> bool:
            record = await life.memory.find(SessionId("a"))
            return record is not None and record.name == "Alpha"

        await eventually(written, "the new name to be written")


async def test_while_anything_plays_a_pulse_is_written_and_then_no_more(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GATHER_S", "PULSE_S"):
        monkeypatch.setattr(memory, name, 0.01)
    await life.begin("a")
    session = life.session()

    async def pulsing() -> bool:
        pulse = await sessions.last_pulse(life.store)
        return pulse is not None and pulse >= life.now

    async def standing() -> bool:
        record = await life.memory.find(session.id)
        return record is not None and record.place is not None and not record.place.moving

    async with Supervisor() as supervisor:
        supervisor.spawn(life.memory.run(), "write")
        session.attach()
        life.pass_time(2, session)
        for _ in range(3):
            life.now += timedelta(seconds=1)
            await eventually(pulsing, "a pulse")
        session.detach()
        await eventually(standing, "it to be written that it stands still")
        life.now += timedelta(seconds=1)
        await asyncio.sleep(0.2)
        assert await sessions.last_pulse(life.store) < life.now  # type: ignore[operator]
