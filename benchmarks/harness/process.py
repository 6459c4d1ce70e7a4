"""Processes under measurement: where they run, and what ``/proc`` says that they use."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_CORES = sorted(os.sched_getaffinity(0))

SERVER_CORE = _CORES[0]
"""Where what is measured runs, and nothing else of the benchmark."""

LOAD_CORE = _CORES[-1]
"""Where load generators and the benchmark itself run."""

_STOP_S = 20
_MUCH = 0.15


def peers_python() -> str:
    """The interpreter that may have librosa and bliss-audio: ``DRIFT_BENCH_PEERS``, else this one."""
    return os.environ.get("DRIFT_BENCH_PEERS", sys.executable)


@contextlib.contextmanager
def pinned(core: int) -> Iterator[None]:
    """Processes that are started within run on ``core``, and so do all their threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def start(command: Sequence[str], core: int, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    """A process on ``core`` with pipes for standard input and output; ``log`` gets its standard error."""
    with pinned(core), log.open("ab") as errors:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=os.environ | environment,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process: the end of its standard input tells it, or, where that is no pipe, a signal."""
    if process.stdin is None:
        process.terminate()
    else:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


@dataclass(frozen=True, slots=True)
class CpuUse:
    """What a process, all its threads together, has used over a while.

    Attributes:
        cores: of CPU time per second.
        others: what was used on the server's core by anything else; much of it makes a server late.
    """

    cores: float
    others: float

    def notes(self, server: str) -> list[str]:
        """A warning where others took so much that delays and gaps need not be the server's own."""
        return [f"Others used {self.others:.0%} of the core of {server}."] if self.others >= _MUCH else []


class CpuMeter:
    """The CPU time that a process on the server's core uses from now on."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._cpu_s = _cpu_s(pid)
        self._core_s = _core_s()
        self._at_s = time.monotonic()

    def read(self) -> CpuUse:
        """What has been used since."""
        passed_s = time.monotonic() - self._at_s
        own_s = _cpu_s(self._pid) - self._cpu_s
        return CpuUse(own_s / passed_s, max(0.0, _core_s() - self._core_s - own_s) / passed_s)


def _cpu_s(pid: int) -> float:
    """User and system time, by all threads, ended ones too; see proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def _core_s() -> float:
    """Time that the server's core was busy, or was withheld by the machine below; see proc(5)."""
    lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    line = next(line for line in lines if line.startswith(f"cpu{SERVER_CORE} "))
    user, nice, system, _idle, _io_wait, irq, soft_irq, steal = map(int, line.split()[1:9])
    return (user + nice + system + irq + soft_irq + steal) / _TICKS_PER_S


def rss_bytes(pid: int) -> int:
    """Resident memory."""
    return _status_bytes(pid, "VmRSS")


def own_memory_bytes(pid: int) -> int:
    """Resident memory that is not of files: what a leak is made of."""
    return _status_bytes(pid, "RssAnon")


def _status_bytes(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    value = next(line for line in lines if line.startswith(f"{name}:"))
    return int(value.split()[1]) * 1024


def connections_possible(wanted: int) -> int:
    """As many of ``wanted`` connections as one process may have; says how to get the rest if it is fewer.

    Raises the limit as far as it may, for the processes that are started from now on, too.
    """
    reserve = 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    target = wanted + reserve if hard == resource.RLIM_INFINITY else min(hard, wanted + reserve)
    if soft != resource.RLIM_INFINITY and soft < target:
        resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
    possible = min(wanted, target - reserve)
    if possible < wanted:
        print(
            f"{wanted} connections need {wanted + reserve} open files in a process, and {hard} are allowed: "
            f"running with {possible}.\n"
            f"For all of them: sudo prlimit --pid $$ --nofile={wanted + reserve} in this shell, then again."
        )
    return possible
