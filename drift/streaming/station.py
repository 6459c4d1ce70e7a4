"""What a mount needs of the layers below: a source of packets in time, and how to treat listeners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from drift.models import SessionId
from mixer.codecs import BitRates, Codec


class Station(Protocol):
    """What a mount needs of a session."""

    id: SessionId

    @property
    def position(self) -> int:
        """The live edge in samples."""

    def attach(self) -> None:
        """A listener has come."""

    def detach(self) -> None:
        """A listener has left."""

    def announce(self) -> None:
        """Tell of what has changed at the live edge."""

    def resume_from(self, sample: int) -> None:
        """Let the live edge be at ``sample`` now."""

    def title_at(self, sample: int) -> str:
        """What players show."""

    async def packets(self, codec: Codec, quantum: int, count: int) -> list[list[bytes]]:
        """Packets, a list per quantum."""


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How listeners are treated; units in the names, meanings in ``config.toml``."""

    rates: BitRates
    burst_quanta: int
    backlog_s: float
    slow_limit_s: float
