from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from drift.errors import FollowerError, InvalidError, NotFoundError, NotReadyError, TooManyError
from drift.models import TrackId
from drift.sessions import Dispatcher, Session, commands
from drift.sessions.commands import (
    BURST,
    PER_S,
    Command,
    NextTrack,
    Pause,
    Play,
    Rename,
    Reset,
    Resume,
    Seek,
    Steer,
)
from tests.unit.sessions.house import TRACKS, House

ALL: list[Command] = [
    NextTrack(),
    Steer("faster"),
    Play((TRACKS[3].id,)),
    Seek(10.0),
    Pause(),
    Resume(),
    Reset(),
    Rename("Kitchen"),
]


class Desk:
    """A dispatcher, with what it has told."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.cut: list[str] = []
        self.dispatcher = Dispatcher(
            house.registry,
            house.studio.metrics,
            house.clock.now,
            lambda session: self.cut.append(session.id),
        )

    async def give(self, command: Command, to: str = "a", client: str = "me", key: str = "") -> object:
        return await self.dispatcher.dispatch(to, command, client=client, key=key)

    @property
    def session(self) -> Session:
        found = self.house.registry.get("a")
        assert isinstance(found, Session)
        return found

    def count(self, command: str, outcome: str) -> float:
        value = self.house.studio.metrics.registry.get_sample_value(
            "drift_session_commands_total", {"command": command, "outcome": outcome}
        )
        return value or 0.0

    async def events(self) -> list[str]:
        text = (await self.session.events.subscribe(0).take(0)).decode()
        return [line.removeprefix("event: ") for line in text.split("\n") if line.startswith("event: ")]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    house = House()
    await house.registry.start(("a",))
    yield Desk(house)
    house.close()


def test_every_command_is_tried_here() -> None:
    known = {kind for kind in vars(commands).values() if isinstance(kind, type) and hasattr(kind, "apply")}
    assert known - {Command} == {type(one) for one in ALL}


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.name)
async def test_every_command_happens_is_told_counted_and_noted(desk: Desk, command: Command) -> None:
    desk.house.memory.noted.clear()  # type: ignore[union-attr]
    answer = await desk.give(command)
    assert isinstance(answer, dict)
    assert answer["sessionId"] == "a"
    assert len(answer) > 1
    assert desk.count(command.name, "done") == 1
    assert desk.cut == (["a"] if command.cuts else [])
    if command.name != "resume":  # nothing was paused
        assert await desk.events()
        assert "a" in desk.house.memory.noted  # type: ignore[union-attr]


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.name)
async def test_no_command_steers_a_follower(desk: Desk, command: Command) -> None:
    await desk.house.registry.follow("a", "ears")
    with pytest.raises(FollowerError) as caught:
        await desk.give(command, "ears")
    assert caught.value.beside == {"followingSession": "a"}
    assert await desk.events() == []
    assert desk.cut == []
    assert desk.count(command.name, "forbidden") == 1


@pytest.mark.parametrize("command", ALL, ids=lambda command: command.name)
async def test_no_command_reaches_what_is_not_there(desk: Desk, command: Command) -> None:
    with pytest.raises(NotFoundError):
        await desk.give(command, "nobody")
    assert desk.count(command.name, "not-found") == 1


async def test_a_command_takes_up_what_was_put_away(desk: Desk) -> None:
    uid = desk.session.uid
    assert await desk.house.unload() == ["a"]
    await desk.give(Rename("Kitchen"))
    assert (desk.session.uid, desk.session.name) == (uid, "Kitchen")


@pytest.mark.parametrize(
    ("command", "error", "code"),
    [
        (Steer("sideways"), InvalidError, "invalid"),
        (Play((TrackId("nothing"),)), NotFoundError, "not-found"),
        (Play((TRACKS[0].id, TrackId("nothing"))), NotFoundError, "not-found"),
        (Seek(1e6), InvalidError, "invalid"),
        (Rename("  "), InvalidError, "invalid"),
        (Rename("x" * 65), InvalidError, "invalid"),
        (Rename("a\0b"), InvalidError, "invalid"),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
async def test_what_cannot_be_done_changes_nothing(
    desk: Desk, command: Command, error: type[Exception], code: str
) -> None:
    desk.house.listen(desk.session, 5)
    before, events = desk.session.snapshot(), await desk.events()
    with pytest.raises(error):
        await desk.give(command)
    assert desk.session.snapshot() == before
    assert await desk.events() == events
    assert desk.cut == []
    assert desk.count(command.name, code) == 1


async def test_with_nothing_to_play_commands_say_so_and_nothing_breaks() -> None:
    house = House()
    house.studio.library.tracks.clear()
    await house.registry.start(("a",))
    desk = Desk(house)
    for command in (NextTrack(), Seek(1.0), Pause()):
        with pytest.raises(NotReadyError):
            await desk.give(command)
    for harmless in (Steer(None), Steer("faster"), Resume(), Reset(), Rename("b")):
        await desk.give(harmless)
    assert desk.session.state == "idle"
    house.close()


async def test_who_is_too_fast_waits_and_others_do_not(desk: Desk) -> None:
    for number in range(BURST):
        await desk.give(Rename(f"n{number}"))
    with pytest.raises(TooManyError) as caught:
        await desk.give(Rename("one more"))
    assert 0 < caught.value.retry_after_s <= 1 / PER_S
    assert desk.session.name == f"n{BURST - 1}", "what was refused did not happen"
    await desk.give(Rename("other"), client="you")
    desk.house.clock.advance(caught.value.retry_after_s)
    await desk.give(Rename("again"))
    assert desk.count("rename", "too-many") == 1


async def test_the_same_key_is_the_same_command(desk: Desk) -> None:
    first = await desk.give(NextTrack(), key="k")
    skipped = (await desk.events()).count("skipped")
    assert await desk.give(NextTrack(), key="k") == first
    assert await desk.give(NextTrack(), key="k", client="you") == first
    assert (await desk.events()).count("skipped") == skipped
    assert desk.cut == ["a"]
    await desk.give(NextTrack(), key="other")
    assert desk.cut == ["a", "a"]


async def test_a_key_is_good_for_one_command_of_one_session(desk: Desk) -> None:
    await desk.give(Rename("b"), key="k")
    for other in (Rename("c"), NextTrack()):
        with pytest.raises(InvalidError):
            await desk.give(other, key="k")
    assert desk.session.name == "b"
    await desk.give(Rename("c"), to="master", key="k")
    await desk.house.registry.end("a")
    await desk.house.registry.create("a")
    await desk.give(Rename("d"), key="k")
    assert desk.session.name == "d", "a session made anew has keys of its own"


async def test_a_command_that_failed_may_be_tried_again_with_its_key(desk: Desk) -> None:
    tracks = list(desk.house.studio.library.tracks)
    desk.house.studio.library.tracks.clear()
    with pytest.raises(NotReadyError):
        await desk.give(NextTrack(), key="k")
    desk.house.studio.library.tracks.extend(tracks)
    await desk.give(NextTrack(), key="k")


async def test_at_the_same_moment_the_same_key_is_one_command(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.give(NextTrack(), key="k") for _ in range(10)))
    assert all(answer == answers[0] for answer in answers)
    assert desk.cut == ["a"]


async def test_keys_are_short_and_old_ones_are_forgotten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.give(Rename("b"), key="k" * 128)
    with pytest.raises(InvalidError):
        await desk.give(Rename("b"), key="k" * 129)
    monkeypatch.setattr(commands, "_KEYS", 3)
    for number in range(6):
        await desk.give(Rename(f"n{number}"), key=str(number))
    await desk.give(Rename("new"), key="0")
    assert desk.session.name == "new"
    with pytest.raises(InvalidError):
        await desk.give(Rename("new"), key="5")


async def test_many_at_once_happen_one_after_another(desk: Desk) -> None:
    """Whoever follows the events knows in which order."""
    desk.house.listen(desk.session, 5)
    several: list[Command] = [Steer("faster"), NextTrack(), Pause(), Rename("b"), Resume(), Reset()]
    await asyncio.gather(*(desk.give(one) for one in several))
    told = [name for name in await desk.events() if name not in {"track-started", "next-planned"}]
    assert told.index("direction-changed") < told.index("skipped") < told.index("state-changed")
    assert told.index("state-changed") < told.index("renamed") < told.index("journey-reset")
    assert (desk.session.state, desk.session.direction) == ("idle", None)
