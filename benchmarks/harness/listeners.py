"""Listeners, by the thousand: the near end of the load generator."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness import process

_SCRIPT = Path(__file__).with_name("load.py")


@dataclass(frozen=True, slots=True)
class Storm:
    """How a server took many connections.

    Attributes:
        seconds: until the last of them had its first audio.
        first_byte_s: from each one's connecting to its first audio.
    """

    seconds: float
    first_byte_s: list[float]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the listeners got in a window of time; a list has one entry for each.

    Attributes:
        rates: bytes per second.
        gaps_s: the longest time without any audio.
        cores: what the load generator itself needed, in cores: near 1, it and not the server is measured.
    """

    rates: list[float]
    gaps_s: list[float]
    cores: float

    def worst_deviation(self, rate: float) -> float:
        """How far the worst listener is from ``rate`` bytes per second, as a fraction of it."""
        return max(abs(one - rate) for one in self.rates) / rate


@dataclass(frozen=True, slots=True)
class Told:
    """How events came to those who watch, while others listened.

    Attributes:
        lags_s: from a command to its event, one for each client and command.
        gaps_s: the longest time without any audio, one for each listener.
        cores: as in :class:`Heard`.
    """

    lags_s: list[float]
    gaps_s: list[float]
    cores: float


class Listeners:
    """All listeners of one load generator; numbered from 0 in the order in which they came."""

    def __init__(self, generator: subprocess.Popen[bytes], log: Path) -> None:
        self._generator = generator
        self._log = log

    def open(self, port: int, paths: Sequence[str], over_s: float = 0) -> Storm:
        """Let one listener come for each path, spread over some seconds; return when all are heard."""
        answer = self._ask(do="open", port=port, paths=list(paths), over_s=over_s)
        if answer["refused"]:
            raise RuntimeError(f"{len(paths) - answer['opened']} listeners were refused: {answer['refused']}")
        return Storm(answer["seconds"], answer["first_byte_s"])

    def measure(self, seconds: float) -> Heard:
        """Listen for a while."""
        return Heard(**self._ask(do="measure", seconds=seconds))

    def command(self, port: int, session: str, count: int, every_s: float) -> Told:
        """Give a session so many commands; take the time until all event clients know."""
        return Told(**self._ask(do="command", port=port, session=session, count=count, every_s=every_s))

    def close(self, indices: Sequence[int]) -> None:
        """Let these listeners leave; the ones after them move up."""
        self._ask(do="close", indices=list(indices))

    def _ask(self, **command: object) -> dict[str, Any]:
        assert self._generator.stdin is not None
        assert self._generator.stdout is not None
        self._generator.stdin.write(json.dumps(command).encode() + b"\n")
        self._generator.stdin.flush()
        line = self._generator.stdout.readline()
        if not line:
            raise RuntimeError(f"the load generator has ended: {self._log.read_text(encoding='utf-8')}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextlib.contextmanager
def listeners(directory: Path) -> Iterator[Listeners]:
    """A load generator on its own core; all its listeners leave at the end. Its log goes to ``directory``."""
    log = directory / "load.log"
    started = process.start([sys.executable, str(_SCRIPT)], process.LOAD_CORE, log)
    try:
        yield Listeners(started, log)
    finally:
        process.stop(started)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that ``percent`` of 100 do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
