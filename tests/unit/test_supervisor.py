from __future__ import annotations

import asyncio

import pytest
import structlog

from drift.supervisor import Supervisor


async def test_a_finished_task_is_forgotten() -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("done")

    async with Supervisor() as supervisor:
        await supervisor.spawn(work(), "short")
        assert done == ["done"]
        assert len(supervisor) == 0


async def test_a_failure_is_logged_with_the_tasks_name_and_ends_nothing_else() -> None:
    async def fail() -> None:
        raise ValueError("broken")

    async def wait() -> None:
        await asyncio.Event().wait()

    async with Supervisor() as supervisor:
        other = supervisor.spawn(wait(), "other")
        with structlog.testing.capture_logs() as logs:
            await supervisor.spawn(fail(), "failing")
        assert [(entry["event"], entry["task"]) for entry in logs] == [("task-failed", "failing")]
        assert not other.done()


async def test_stopping_cancels_and_waits_for_the_end() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("cleaned up")

    async with Supervisor() as supervisor:
        task = supervisor.spawn(work(), "long")
        await asyncio.sleep(0)
    assert task.cancelled()
    assert ended == ["cleaned up"]
    assert len(supervisor) == 0


@pytest.mark.filterwarnings("error")
async def test_a_task_stopped_before_its_first_step_leaves_no_warning() -> None:
    began: list[int] = []

    async def work() -> None:
        began.append(1)

    coroutine = work()
    async with Supervisor() as supervisor:
        supervisor.spawn(coroutine, "never begun")
    assert began == []
    with pytest.raises(RuntimeError, match="cannot reuse"):
        coroutine.send(None)


async def test_what_is_spawned_while_stopping_is_stopped_too() -> None:
    supervisor = Supervisor()
    late: list[asyncio.Task[None]] = []

    async def wait() -> None:
        await asyncio.Event().wait()

    async def work() -> None:
        try:
            await wait()
        finally:
            late.append(supervisor.spawn(wait(), "late"))

    supervisor.spawn(work(), "early")
    await asyncio.sleep(0)
    await supervisor.stop()
    assert late[0].cancelled()
    assert len(supervisor) == 0
