"""Worker processes that look at files: a crash or a hang costs one file and one worker, never the scan."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from drift.errors import LibraryError, UnplayableError
from drift.library import children
from drift.library.worker import Errand, Findings
from drift.models import Analysis, AudioFacts, Descriptors, Tags, Track, TrackId

START_LIMIT_S = 120.0
IDLE_S = 20.0
"""Workers that had nothing to do for this long are ended: each holds some 60 MB."""

_ANSWER_LIMIT_BYTES = 4 << 20  # the beats of a day
_CLOSE_LIMIT_S = 5.0


def time_limit_s(size: int) -> float:
    """How long one file of `size` bytes may take: generous for slow disks and small computers, but finite."""
    return min(60.0 + size / 100_000, 3600.0)


class WorkerPool:
    """Up to `workers` processes, started when there is work and ended when there has been none for a while.

    Use as an async context manager; leaving it ends all processes.
    """

    def __init__(self, workers: int, command: Sequence[str]) -> None:
        """Prepare a pool.

        Args:
            workers: how many processes at most.
            command: program and arguments of one process, which speaks as `drift.library.worker` does.
        """
        self._command = command
        self._slots = asyncio.Semaphore(workers)
        self._idle: list[_Worker] = []
        self._busy = 0
        self._retiring: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._retiring is not None:
            self._retiring.cancel()
        while self._idle:
            await self._idle.pop().close()

    async def run(self, errand: Errand, size: int) -> Findings:
        """Have a worker run `errand`, on a file of `size` bytes. Waits for a free one; cancelling ends it.

        Raises:
            UnplayableError: the file cannot be a track. ``details["lost"]`` is set if the worker crashed, was
                killed or took too long over it: "crashed", "killed", "hung".
            LibraryError: no worker can be started.
        """
        async with self._slots:
            worker = await self._take()
            self._busy += 1
            healthy = False
            try:
                async with asyncio.timeout(time_limit_s(size)):
                    answer = await worker.ask(errand)
                healthy = True
            except TimeoutError as error:
                reason = f"damaged: decoding it did not end within {time_limit_s(size):.0f} s"
                raise UnplayableError(reason, lost="hung") from error
            finally:
                self._busy -= 1
                if healthy:
                    self._give_back(worker)
                else:
                    await worker.kill()
        if "problem" in answer:
            raise UnplayableError(answer["problem"], transient=answer["transient"])
        return _findings(answer, errand.path)

    async def _take(self) -> _Worker:
        if self._retiring is not None:
            self._retiring.cancel()
            self._retiring = None
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            await worker.close()
        return await _Worker.start(self._command)

    def _give_back(self, worker: _Worker) -> None:
        self._idle.append(worker)
        if self._busy == 0:
            if self._retiring is not None:
                self._retiring.cancel()
            self._retiring = asyncio.get_running_loop().call_later(IDLE_S, self._retire)

    def _retire(self) -> None:
        """End the idle workers by closing their input; `_take` or `__aexit__` collects what is left."""
        for worker in self._idle:
            worker.hang_up()


class _Worker:
    """The parent's end of one worker process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._hung_up = False

    @classmethod
    async def start(cls, command: Sequence[str]) -> Self:
        """Start a process and wait until it is ready.

        Raises:
            LibraryError: it cannot be started.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=children.environment(),
                limit=_ANSWER_LIMIT_BYTES,
            )
        except OSError as error:
            raise LibraryError(f"no process can be started to analyse the music: {error}") from error
        worker = cls(process)
        ready = b""
        try:
            async with asyncio.timeout(START_LIMIT_S):
                ready = await worker._stdout.readline()
        except TimeoutError:
            pass  # told below, like one that ended at once
        finally:
            if not ready:
                await worker.kill()
        if not ready:
            raise LibraryError("the process that analyses the music does not start; its message is above")
        return worker

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return not self._hung_up and self._process.returncode is None and not self._stdout.at_eof()

    async def ask(self, errand: Errand) -> dict[str, Any]:
        """The answer to one errand.

        Raises:
            UnplayableError: the process died of it.
        """
        try:
            asked = {"path": str(errand.path), "families": errand.families, "cues": errand.cues}
            self._stdin.write(json.dumps(asked).encode() + b"\n")
            await self._stdin.drain()
            line = await self._stdout.readline()
            answer: dict[str, Any] = json.loads(line)
        except (ConnectionError, ValueError) as error:  # ValueError: no, half or too long an answer
            await self.close()  # no kill: that could reap it unseen, and its exit status be lost
            code = self._process.returncode or 0
            if (
                code == -signal.SIGKILL
            ):  # the kernel's way out of memory shortage, which may hit the wrong one
                raise UnplayableError(
                    "its analysis was killed, perhaps for lack of memory", transient=True, lost="killed"
                ) from error
            name = signal.Signals(-code).name if code < 0 else f"exit status {code}"
            raise UnplayableError(f"damaged: the decoder crashed on it ({name})", lost="crashed") from error
        return answer

    def hang_up(self) -> None:
        """Close its input, upon which it ends."""
        self._hung_up = True
        self._stdin.close()

    async def close(self) -> None:
        """End it and wait until it has ended."""
        self.hang_up()
        try:
            async with asyncio.timeout(_CLOSE_LIMIT_S):
                await self._collect()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it at once."""
        self._hung_up = True
        if self._process.returncode is None:
            self._process.kill()
        await self._collect()

    async def _collect(self) -> None:
        """Read to the end and reap: only then does asyncio let go of the pipes."""
        await self._process.communicate()


def _findings(answer: dict[str, Any], path: Path) -> Findings:
    identity = TrackId(answer["id"])
    said = answer["track"]
    track = None
    families = {name: Descriptors(**family) for name, family in answer["analysis"]["families"].items()}
    beats = answer["analysis"]["beats_samples"]
    analysis = Analysis(families, None if beats is None else tuple(beats))
    if said is not None:
        tags, audio = Tags(**said["tags"]), AudioFacts(**said["audio"])
        track = Track(identity, path, tags, audio, said["art"], analysis.shape)
    return Findings(identity, track, analysis)


def worker_command(art_directory: Path) -> list[str]:
    """The command of a real worker."""
    return [sys.executable, "-m", "drift.library.worker", str(art_directory)]
