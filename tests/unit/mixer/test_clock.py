import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixer.clock import QUANTUM, VirtualClock, ceil_quantum, nearest_quantum, samples, seconds


def test_a_quantum_is_whole_packets_and_120_ms() -> None:
    assert (QUANTUM % 1152, QUANTUM % 960, seconds(QUANTUM), samples(0.12)) == (0, 0, 0.12, QUANTUM)


@given(st.integers(-(10**12), 10**12))
def test_rounding_to_the_grid(sample: int) -> None:
    up, near = ceil_quantum(sample), nearest_quantum(sample)
    assert up % QUANTUM == near % QUANTUM == 0
    assert 0 <= up - sample < QUANTUM
    assert abs(near - sample) <= QUANTUM // 2


async def test_virtual_time_wakes_sleepers_in_order() -> None:
    clock, woken = VirtualClock(10.0), []

    async def sleeper(when: float) -> None:
        await clock.sleep_until(when)
        woken.append((when, clock.now()))

    async with asyncio.TaskGroup() as group:
        for when in (12.0, 9.0, 11.0, 20.0):
            group.create_task(sleeper(when))
        await asyncio.sleep(0)
        assert woken == []
        clock.advance(2.0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert sorted(woken) == [(9.0, pytest.approx(woken[0][1])), (11.0, 12.0), (12.0, 12.0)]
        clock.advance(8.0)
    assert woken[-1] == (20.0, 20.0)
