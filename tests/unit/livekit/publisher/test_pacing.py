"""When packets leave."""

from __future__ import annotations

from itertools import pairwise

from drift.livekit.publisher.pacing import LEAD_TICKS, TICK_SAMPLES, Lane
from mixer.clock import QUANTUM

SIX = [bytes([n]) for n in range(6)]


def left(lane: Lane, ticks: range) -> list[tuple[int, int, bytes]]:
    """Tick, timestamp in ticks, packet."""
    return [(tick, stamp // TICK_SAMPLES, packet) for tick in ticks for stamp, packet in lane.take(tick)]


def test_sixes_leave_one_by_one_with_the_timeline_s_distances() -> None:
    lane, gone = Lane(), []
    for tick in range(600):
        if tick % 6 == 0:
            lane.put(tick // 6 * QUANTUM, SIX, tick)
        gone += left(lane, range(tick, tick + 1))
    assert [tick for tick, _, _ in gone] == list(range(LEAD_TICKS, 600))
    assert all(stamp == tick for tick, stamp, _ in gone)
    assert [packet[0] for _, _, packet in gone] == [n % 6 for n in range(600 - LEAD_TICKS)]
    assert lane.late == 0


def test_who_is_late_by_less_than_the_lead_is_not_noticed() -> None:
    lane, gone = Lane(), []
    delays = [0, 3, 1, 3, 0, 2] * 5
    puts = {6 * n + delay: n for n, delay in enumerate(delays)}
    for tick in range(180):
        if tick in puts:
            lane.put(puts[tick] * QUANTUM, SIX, tick)
        gone += left(lane, range(tick, tick + 1))
    assert [tick for tick, _, _ in gone] == list(range(LEAD_TICKS, 180))
    assert lane.late == 0


def test_what_is_late_leaves_at_once_and_keeps_its_timestamp() -> None:
    lane = Lane()
    lane.put(0, SIX, 0)
    assert len(left(lane, range(10))) == 6
    lane.put(QUANTUM, SIX, 12, 6)  # the first of them was due in tick 9
    assert [(tick, stamp) for tick, stamp, _ in left(lane, range(12, 20))] == [
        (12, 9), (12, 10), (12, 11), (12, 12), (13, 13), (14, 14),
    ]  # fmt: skip
    assert lane.late == 3


def test_after_a_pause_timestamps_have_gone_on_with_the_clock() -> None:
    lane = Lane()
    lane.put(0, SIX, 0)
    left(lane, range(10))
    lane.put(QUANTUM, SIX, 500)  # the timeline stood still meanwhile
    gone = left(lane, range(500, 600))
    assert [tick for tick, _, _ in gone] == [stamp for _, stamp, _ in gone]
    assert gone[0][0] == 500 + LEAD_TICKS
    assert lane.late == 0


def test_a_timeline_that_goes_on_without_us_is_followed() -> None:
    lane = Lane()
    lane.put(0, SIX, 0)
    left(lane, range(10))
    lane.put(50 * QUANTUM, SIX, 300)  # as the clock does
    assert [tick for tick, _, _ in left(lane, range(300, 320))] == list(range(303, 309))


def test_a_room_that_begins_late_is_in_time_soon() -> None:
    lane, gone = Lane(), []
    for tick in range(5, 60):
        if tick == 5:
            lane.put(0, SIX, tick, 5)  # due in tick 0
        elif tick % 6 == 0:
            lane.put(tick // 6 * QUANTUM, SIX, tick)
        gone += left(lane, range(tick, tick + 1))
    assert [tick for tick, _, _ in gone[6:]] == list(range(LEAD_TICKS + 6, 60))


def test_timestamps_grow_whatever_the_timeline_does() -> None:
    lane, stamps = Lane(), []
    for tick, sample in ((0, 10**9), (6, 0), (12, 5 * 10**9), (18, 3 * QUANTUM), (19, 3 * QUANTUM)):
        lane.put(sample, SIX, tick)
        stamps += [stamp for _, stamp, _ in left(lane, range(tick, tick + 6))]
    stamps += [stamp for _, stamp, _ in left(lane, range(25, 60))]
    assert len(stamps) == 30
    assert all(a < b for a, b in pairwise(stamps))
