"""A registry of real sessions on virtual time, whose memory is a stand-in or the real one."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from drift.models import SessionId
from drift.sessions import Entry, Memory, Session, SessionRegistry
from mixer.clock import QUANTUM_S
from tests.unit.fakes import FakeMemory, track
from tests.unit.studio import Studio

TRACKS = [track(number, artist=f"Artist {number}", seconds=20) for number in range(5)]
_STEP = 4
UNLOAD_AFTER_S = 1800.0


class House:
    """Sessions that play nothing that could be heard: their tracks have no files."""

    def __init__(
        self, memory: Memory | FakeMemory | None = None, *, most: int = 100, idle_pause_s: float = 0.0
    ) -> None:
        self.studio = Studio(TRACKS, idle_pause_s=idle_pause_s)
        self.clock = self.studio.clock
        self.memory = memory or FakeMemory()
        self.made: list[Session] = []
        self.ended: list[SessionId] = []
        self._visits: dict[str, list[AbstractContextManager[None]]] = {}
        self.registry = SessionRegistry(
            self._make,
            self.memory,  # type: ignore[arg-type]
            self.clock,
            unload_after_s=UNLOAD_AFTER_S,
            most=most,
        )
        self.registry.on_end.append(lambda session: self.ended.append(session.id))

    def _make(
        self, session_id: SessionId, *, name: str, uid: str = "", created_at: datetime | None = None
    ) -> Session:
        session = self.studio.make(session_id, name=name, uid=uid, created_at=created_at)
        self.made.append(session)
        return session

    @property
    def ids(self) -> list[str]:
        return [entry.id for entry in self.registry]

    async def named(self, name: str) -> Session:
        """A new session."""
        return (await self.registry.create(name))[0]

    def visit(self, entry: Entry, by: int) -> None:
        """A client comes, or one that came leaves."""
        if by > 0:
            stay = self.registry.visiting(entry, lambda _: None)
            stay.__enter__()
            self._visits.setdefault(entry.uid, []).append(stay)
        else:
            self._visits[entry.uid].pop().__exit__(None, None, None)

    def listen(self, session: Session, quanta: int) -> None:
        """A listener comes, time passes, and the listener leaves."""
        session.attach()
        for passed in range(0, quanta, _STEP):
            self.clock.advance(QUANTUM_S * min(_STEP, quanta - passed))
            session.program.plan(session.position)
            session.announce()
        session.detach()

    async def unload(self) -> list[SessionId]:
        """So much time passes that what nobody uses is put away."""
        self.clock.advance(UNLOAD_AFTER_S + 1)
        return await self.registry.unload_idle()

    def close(self) -> None:
        """Let go of all sessions."""
        for session in self.made:
            session.close()
