"""Owns every background task: names it, logs its failure, ends it at shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import Any

from drift.telemetry import logger

log = logger(__name__)


class Supervisor:
    """Use as an async context manager; leaving it cancels what still runs and waits for it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Supervisor:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def __len__(self) -> int:
        return len(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run ``work`` until it ends or Drift does. A failure is logged; it ends nothing else.

        It is nobody's request: what is said of the one that happens to start it is not said of its logs.
        """
        task = asyncio.get_running_loop().create_task(self._guarded(work, name), name=name, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(
            lambda _: work.close()
        )  # cancelled before its first step, it was never awaited
        return task

    async def stop(self) -> None:
        """Cancel all tasks and wait until they have ended."""
        while self._tasks:
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _guarded(self, work: Coroutine[Any, Any, None], name: str) -> None:
        try:
            await work
        except Exception:
            log.exception("task-failed", task=name)
