"""Whatever is done to sessions, in whatever order: the registry, the store and a simple model agree."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete

from drift.errors import ConflictError, FollowerError, InvalidError, NotFoundError, NotReadyError
from drift.sessions import Dispatcher, Entry, Follower, Memory, Session
from drift.sessions.commands import Command, NextTrack, Pause, Play, Rename, Reset, Resume, Seek, Steer
from drift.store import ScannedFile, Store, open_store, schema
from drift.store import tracks as track_rows
from tests.unit.sessions.house import TRACKS, House

T = TypeVar("T")
IDS = ["a", "b", "c", "d"]
names = st.sampled_from(IDS)
targets = st.sampled_from([*IDS, "master"])
commands: st.SearchStrategy[Command] = st.one_of(
    st.just(NextTrack()),
    st.just(Pause()),
    st.just(Resume()),
    st.just(Reset()),
    st.builds(Steer, st.sampled_from([None, "faster", "calmer"])),
    st.builds(Seek, st.sampled_from([0.0, 1.0, 3.5])),
    st.builds(Rename, st.sampled_from(["Kitchen", "Hall"])),
    st.builds(Play, st.lists(st.sampled_from([one.id for one in TRACKS]), min_size=1).map(tuple)),
)


@dataclass
class Known:
    """What the model knows of a session.

    Attributes:
        target: whom it follows; "": it has a mix of its own.
        live: whether it is there; False: it was put away.
        clients: of a follower.
        last_event: the highest id of its events.
    """

    uid: str
    target: str = ""
    live: bool = True
    clients: int = 0
    journey: list[str] = field(default_factory=list)
    name: str = ""
    direction: str | None = None
    paused: bool = False
    last_event: int = 0


class Machine(RuleBasedStateMachine):
    """The rules; ``runner`` and ``store`` are the test's."""

    runner: ClassVar[asyncio.Runner]
    store: ClassVar[Store]

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Known] = {}
        self.gone: list[Session] = []
        self.uids: set[str] = set()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def at_once(self, step: Any) -> Any:
        """Call what needs a running loop but does not wait."""

        async def call() -> Any:
            await asyncio.sleep(0)
            return step()

        return self.run(call())

    # Beginning and ending

    @initialize()
    def start(self) -> None:
        self.run(self._empty_store())
        self._begin()
        self.known["master"] = Known(self.house.registry.master.uid, name="master")

    async def _empty_store(self) -> None:
        async with self.store.writing() as connection:
            for table in (schema.steps, schema.sessions, schema.pulse):
                await connection.execute(delete(table))

    def _begin(self) -> None:
        async def begin() -> None:
            self.memory = Memory(self.store, {one.id: one for one in TRACKS}.get)
            self.house = House(self.memory)
            self.dispatcher = Dispatcher(
                self.house.registry,
                self.house.studio.metrics,
                self.house.clock.now,
                lambda session: None,
            )
            await self.house.registry.start()

        self.run(begin())

    @rule(clean=st.booleans())
    def restart(self, clean: bool) -> None:
        """Cleanly, or as after kill -9 at a moment when all that had changed was written."""
        self.run(self.memory.write())
        if clean:
            self.run(self.house.registry.close())
        for session in self.house.registry.sessions:
            self._told(session)
        self.at_once(self.house.close)
        self.gone.clear()
        self._begin()
        for one in self.known.values():
            one.clients = 0

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.at_once(self.house.close)

    # What may be done

    def _there(self, session_id: str) -> bool:
        return session_id in self.known and self.known[session_id].live

    def _entry(self, session_id: str) -> Entry:
        found = self.house.registry.get(session_id)
        assert found is not None
        return found

    def _session(self, session_id: str) -> Session:
        found = self._entry(session_id)
        assert isinstance(found, Session)
        return found

    @rule(name=names, twice=st.booleans())
    def create(self, name: str, twice: bool) -> None:
        create = self.house.registry.create
        if self._there(name):
            with pytest.raises(ConflictError):
                self.run(create(name))
            return
        before = self.known.get(name)

        async def several() -> list[Any]:
            return await asyncio.gather(*(create(name) for _ in range(1 + twice)), return_exceptions=True)

        results = self.run(several())
        made = [one for one in results if isinstance(one, tuple)]
        assert len(made) == 1
        session, resumed = made[0]
        assert resumed == (before is not None)
        if before is None:
            assert session.uid not in self.uids
            self.known[name] = Known(session.uid, name=name, last_event=session.events.last_id)
        else:
            before.live = True

    @rule(wished=targets, name=names)
    def follow(self, wished: str, name: str) -> None:
        follow = self.house.registry.follow
        wanted = self.known.get(wished)
        if wanted is None:
            with pytest.raises(NotFoundError):
                self.run(follow(wished, name))
            return
        self._opened(wished)
        followed = wanted.target or wished
        if name == followed:
            with pytest.raises(InvalidError):
                self.run(follow(wished, name))
        elif name in self.known:
            with pytest.raises(ConflictError):
                self.run(follow(wished, name))
        else:
            follower = self.run(follow(wished, name))
            assert follower.target == followed
            self.known[name] = Known(follower.uid, target=followed, name=name)

    def _opened(self, session_id: str) -> None:
        """The model of what asking for a session does."""
        one = self.known[session_id]
        one.live = True
        if one.target in self.known:
            self.known[one.target].live = True

    @rule(name=targets)
    def end(self, name: str) -> None:
        if name == "master":
            with pytest.raises(ConflictError):
                self.run(self.house.registry.end(name))
        elif name not in self.known:
            with pytest.raises(NotFoundError):
                self.run(self.house.registry.end(name))
        else:
            found = self.house.registry.get(name)
            self.run(self.house.registry.end(name))
            if isinstance(found, Session):
                self.gone.append(found)
            del self.known[name]

    @rule(name=targets)
    def open(self, name: str) -> None:
        if name not in self.known:
            with pytest.raises(NotFoundError):
                self.run(self.house.registry.open(name))
            return
        self._opened(name)
        assert self.run(self.house.registry.open(name)).uid == self.known[name].uid

    @rule()
    def unload(self) -> None:
        before: dict[str, Entry] = {entry.id: entry for entry in self.house.registry}
        gone = self.at_once_unload()
        for session_id in gone:
            entry, one = before[session_id], self.known[session_id]
            if isinstance(entry, Follower):
                assert one.clients == 0
                del self.known[session_id]
            else:
                self.gone.append(entry)
                self._told(entry)
                one.live = False
        stay = {session_id for session_id, one in self.known.items() if one.live}
        assert stay == {"master", *(name for name, one in self.known.items() if one.clients)}

    def at_once_unload(self) -> list[str]:
        return list(self.run(self.house.unload()))

    @rule(name=names, come=st.booleans())
    def visit(self, name: str, come: bool) -> None:
        if self._there(name) and (come or self.known[name].clients):
            by = 1 if come else -1
            self.house.visit(self._entry(name), by)
            if self.known[name].target:
                self.known[name].clients += by

    @rule(name=targets, quanta=st.integers(1, 400))
    def listen(self, name: str, quanta: int) -> None:
        if self._there(name) and not self.known[name].target:
            session = self._session(name)
            self.at_once(lambda: self.house.listen(session, quanta))
            self._note(name)

    @rule(name=targets, command=commands)
    def command(self, name: str, command: Command) -> None:
        dispatch = self.dispatcher.dispatch(name, command, client="")
        self.house.clock.advance(1)
        if name not in self.known:
            with pytest.raises(NotFoundError):
                self.run(dispatch)
            return
        self._opened(name)
        if self.known[name].target:
            with pytest.raises(FollowerError) as caught:
                self.run(dispatch)
            assert caught.value.beside == {"followingSession": self.known[name].target}
            return
        try:
            self.run(dispatch)
        except NotReadyError as error:
            raise AssertionError(f"{command} on {name}: {error}") from error
        self._note(name)

    def _note(self, name: str) -> None:
        """What must be there again after anything else."""
        session, one = self._session(name), self.known[name]
        one.journey = [str(step.track.id) for step in session.journey.steps]
        one.name, one.direction = session.name, session.direction
        one.paused = session.state == "paused"

    def _told(self, session: Session) -> None:
        """Before it is written, a session tells what has begun since it was asked last."""
        one = self.known[session.id]
        journey: list[str] = [step.track.id for step in session.journey.steps]
        assert journey[: len(one.journey)] == one.journey
        one.journey = journey

    # What always holds

    @precondition(lambda self: self.known)
    @invariant()
    def the_registry_has_what_the_model_has(self) -> None:
        registry = self.house.registry
        listed = list(registry)
        assert {entry.id: entry.uid for entry in listed} == {
            session_id: one.uid for session_id, one in self.known.items() if one.live
        }
        assert len(registry) == len(listed)
        assert listed[0] is registry.master
        assert len({one.uid for one in self.known.values()}) == len(self.known)
        self.uids |= {one.uid for one in self.known.values()}

    @precondition(lambda self: self.known)
    @invariant()
    def followers_are_heard_as_their_targets_or_not_at_all(self) -> None:
        for entry in self.house.registry:
            if isinstance(entry, Follower):
                target = self.known.get(entry.target)
                if target is not None and target.live and not target.target:
                    assert self.house.registry.heard(entry) is self._session(entry.target)
                else:
                    with pytest.raises(NotFoundError):
                        self.house.registry.heard(entry)

    @precondition(lambda self: self.known)
    @invariant()
    def what_has_ended_is_closed(self) -> None:
        for session in self.gone:
            assert session.events.subscribe().closed_because is not None
            assert session.events.clients == 0
            assert session.listeners == 0
            assert session not in self.house.registry.sessions

    @precondition(lambda self: self.known)
    @invariant()
    def nothing_is_lost(self) -> None:
        for session in self.house.registry.sessions:
            one = self.known[session.id]
            journey: list[str] = [step.track.id for step in session.journey.steps]
            assert journey == one.journey
            assert session.journey.count == len(one.journey)
            assert (session.name, session.direction) == (one.name, one.direction)
            assert (session.state == "paused") == one.paused
            assert session.events.last_id >= one.last_event, "event ids never go back"
            one.last_event = session.events.last_id


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[Machine]]:
    folder = Path(tempfile.mkdtemp(dir=tmp_path_factory.mktemp("machine")))

    async def opened(stack: AsyncExitStack) -> Store:
        store = await stack.enter_async_context(open_store(f"sqlite:///{folder}/drift.db"))
        await track_rows.save_files(store, [ScannedFile(one.path, 0, 0, 1, one) for one in TRACKS])
        return store

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        Machine.runner, Machine.store = runner, runner.run(opened(stack))
        yield Machine
        runner.run(stack.aclose())


def test_any_sequence(machine: type[Machine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
