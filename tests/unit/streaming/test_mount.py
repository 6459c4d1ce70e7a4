from __future__ import annotations

import asyncio
import io

import av
import pytest
import structlog

from drift.streaming import Variant
from drift.supervisor import Supervisor
from mixer.clock import QUANTUM, QUANTUM_S
from mixer.codecs import FORMATS
from tests.unit.fakes import EMPTY, FakeStation, settle
from tests.unit.streaming.radio import (
    BURST,
    CHUNKED,
    CHUNKED_ICY,
    ICY,
    PLAIN,
    QUANTUM_BYTES,
    TICK_QUANTA,
    TICK_S,
    Radio,
    gapless,
    numbers,
)
from tests.unit.streaming_parser import dechunked, without_icy


async def test_the_burst_comes_at_once_and_then_what_is_due(radio: Radio) -> None:
    _, transport, position = await radio.join()
    assert position == (100 - BURST) * QUANTUM
    assert numbers(transport.data) == list(range((100 - BURST) * 5, 100 * 5))
    await radio.pass_time(3)
    assert numbers(transport.data) == list(range((100 - BURST) * 5, (100 + 3 * TICK_QUANTA) * 5))


async def test_all_listeners_of_a_variant_get_the_same_objects(radio: Radio) -> None:
    transports = [(await radio.join(CHUNKED))[1] for _ in range(20)]
    before = [len(transport.written) for transport in transports]
    await radio.pass_time(2)
    fresh = [transport.written[n:] for transport, n in zip(transports, before, strict=True)]
    assert all(len(objects) == 2 for objects in fresh)
    for tick in zip(*fresh, strict=True):
        assert all(one is tick[0] for one in tick)


async def test_those_who_come_together_share_their_burst(radio: Radio) -> None:
    await radio.join()
    transports = [(await radio.join())[1] for _ in range(3)]
    assert all(transport.written[0] is transports[0].written[0] for transport in transports)


async def test_a_late_joiner_gets_the_latest_burst_and_goes_on_without_a_gap(radio: Radio) -> None:
    await radio.join()
    await radio.pass_time(30)
    _, late, position = await radio.join()
    edge = 100 + 30 * TICK_QUANTA
    assert position == (edge - BURST) * QUANTUM
    assert numbers(late.data) == list(range((edge - BURST) * 5, edge * 5))
    await radio.pass_time(5)
    assert gapless(late.data)


async def test_chunked_and_plain_and_icy_carry_the_same_audio(radio: Radio) -> None:
    _, plain, _ = await radio.join()
    _, framed, _ = await radio.join(CHUNKED)
    _, both, _ = await radio.join(CHUNKED_ICY)
    await radio.pass_time(20)
    every = radio.mount().icy_interval
    audio, titles = without_icy(dechunked(both.data), every)
    assert dechunked(framed.data) == plain.data
    assert plain.data.endswith(audio)
    assert len(audio) > 5 * every
    assert gapless(audio)
    assert set(titles) == {"Untitled"}


async def test_icy_titles_follow_the_music(radio: Radio) -> None:
    radio.station.titles = {0: "first", 120 * QUANTUM: "second"}
    _, transport, _ = await radio.join(ICY)
    await radio.pass_time(20)
    audio, titles = without_icy(transport.data, radio.mount().icy_interval)
    assert gapless(audio)
    assert titles == sorted(titles)
    assert set(titles) == {"first", "second"}


@pytest.mark.parametrize("ticks", range(0, 14, 3))
async def test_icy_joins_on_the_grid_whenever(radio: Radio, ticks: int) -> None:
    await radio.join()
    await radio.pass_time(ticks)
    _, transport, position = await radio.join(ICY)
    await radio.pass_time(10)
    audio, _ = without_icy(transport.data, radio.mount().icy_interval)
    assert gapless(audio)
    assert abs(numbers(audio)[0] // 5 - position // QUANTUM) <= 1


@pytest.mark.parametrize("ticks", [0, 1, 2, 3])
async def test_icy_joins_on_the_grid_even_if_the_burst_has_no_grid_point(ticks: int) -> None:
    async with Supervisor() as supervisor:
        radio = Radio(supervisor, burst=1)
        await radio.join()
        await radio.pass_time(ticks)
        _, transport, _ = await radio.join(ICY)
        await radio.pass_time(10)
        audio, titles = without_icy(transport.data, radio.mount().icy_interval)
        assert gapless(audio)
        assert set(titles) == {"Untitled"}


async def test_icy_is_right_after_the_mount_has_rested(radio: Radio) -> None:
    first, _, _ = await radio.join()
    await radio.pass_time(2)
    radio.mount().leave(first)
    await radio.pass_time(2)
    assert not radio.mount().running
    _, transport, position = await radio.join(ICY)
    await radio.pass_time(10)
    audio, _ = without_icy(transport.data, radio.mount().icy_interval)
    assert gapless(audio)
    assert numbers(audio)[0] == position // QUANTUM * 5


@pytest.mark.parametrize("name", ["opus", "webm", "flac", "aac"])
@pytest.mark.parametrize("variant", [PLAIN, CHUNKED])
async def test_a_late_joiner_can_decode_each_container(radio: Radio, name: str, variant: Variant) -> None:
    await radio.join(variant, name)
    await radio.pass_time(9)
    _, late, _ = await radio.join(variant, name)
    await radio.pass_time(9)
    data = dechunked(late.data) if variant.chunked else late.data
    with av.open(io.BytesIO(data), "r") as container:
        decoded = sum(frame.samples for frame in container.decode(audio=0))
    expected = (BURST + 9 * TICK_QUANTA) * QUANTUM
    assert expected - 3 * QUANTUM < decoded <= expected


async def test_a_slow_listener_is_moved_to_the_live_edge_and_others_see_no_gap(radio: Radio) -> None:
    _, quick, _ = await radio.join()
    _, slow, _ = await radio.join()
    slow.stuck = True
    await radio.pass_time(40)
    most = radio.mount()._fanout._backlog + TICK_QUANTA * QUANTUM_BYTES
    assert slow.waiting <= most  # memory is bounded
    assert radio.metric("skipped_ahead_total") == 1
    slow.drain()
    await radio.pass_time(3)
    assert gapless(quick.data)
    assert not gapless(slow.data)
    assert numbers(slow.data)[-1] == numbers(quick.data)[-1]
    assert radio.mount().listeners == 2


async def test_a_listener_that_takes_nothing_is_dropped_after_the_limit(radio: Radio) -> None:
    _, quick, _ = await radio.join()
    listener, slow, _ = await radio.join()
    slow.stuck = True
    ticks = 0
    while not slow.aborted:
        await radio.pass_time(1)
        ticks += 1
        assert ticks < 200
    assert 30 < ticks * TICK_S - 10 < 32  # ten seconds of backlog, then thirty of patience
    assert listener.ended.result() == "too-slow"
    assert radio.mount().listeners == radio.station.listeners == 1
    assert radio.metric("dropped_total") == 1
    await radio.pass_time(2)
    assert gapless(quick.data)


@pytest.mark.parametrize("stuck_for", [23, 24, 25, 26, 40])
async def test_a_stalled_icy_listener_goes_on_with_its_byte_count_intact(
    radio: Radio, stuck_for: int
) -> None:
    _, transport, _ = await radio.join(ICY)
    transport.stuck = True
    await radio.pass_time(stuck_for)
    transport.drain()
    await radio.pass_time(10)
    audio, titles = without_icy(transport.data, radio.mount().icy_interval)
    assert set(titles) == {"Untitled"}
    found = numbers(audio)
    assert found == sorted(found)
    assert found[-1] >= (100 + (stuck_for + 9) * TICK_QUANTA) * 5 - 5


async def test_who_is_gone_is_removed_and_never_written_to(radio: Radio) -> None:
    _, stays, _ = await radio.join()
    listener, leaves, _ = await radio.join()
    leaves.closing = True  # a write would fail the fake's assertion
    await radio.pass_time(1)
    assert listener.ended.result() == "client-left"
    assert radio.station.listeners == 1
    assert gapless(stays.data)


async def test_the_pump_ends_with_the_last_listener_and_starts_again(radio: Radio) -> None:
    mount = radio.mount()
    listener, _, _ = await radio.join()
    assert len(radio.supervisor) == 1
    mount.leave(listener)
    mount.leave(listener)  # twice is fine
    await radio.pass_time(1)
    assert len(radio.supervisor) == 0
    assert not mount.running
    assert len(mount._recent) == 0
    asked = len(radio.station.asked)
    await radio.pass_time(20)
    assert len(radio.station.asked) == asked
    _, again, _ = await radio.join()
    edge = 100 + 21 * TICK_QUANTA
    assert numbers(again.data) == list(range((edge - BURST) * 5, edge * 5))


async def test_who_joins_before_the_pump_notices_that_it_is_alone_keeps_it(radio: Radio) -> None:
    listener, _, _ = await radio.join()
    radio.mount().leave(listener)
    _, transport, _ = await radio.join()
    await radio.pass_time(5)
    assert gapless(transport.data)
    assert len(radio.supervisor) == 1


async def test_nothing_to_play_is_tried_again_and_shows_as_a_lag(radio: Radio) -> None:
    _, transport, _ = await radio.join()
    before = len(transport.data)
    radio.station.fails = EMPTY
    with structlog.testing.capture_logs() as logs:
        await radio.pass_time(10)
    assert [entry["event"] for entry in logs].count("nothing-to-play") == 1
    assert radio.mount().behind_s > 3
    assert radio.mount().listeners == 1
    assert len(transport.data) == before
    radio.station.fails = None
    await radio.pass_time(3)
    assert gapless(transport.data)
    assert radio.mount().behind_s < 1


async def test_a_long_silence_never_looks_healthy(radio: Radio) -> None:
    await radio.join()
    radio.station.fails = EMPTY
    await radio.pass_time(10)
    for _ in range(100):
        await radio.pass_time(1)
        assert radio.mount().behind_s > 3


async def test_an_underrun_is_counted_once_and_made_good(radio: Radio) -> None:
    _, transport, _ = await radio.join()
    radio.clock.advance((BURST + TICK_QUANTA + 10) * QUANTUM_S)
    await settle()
    assert radio.metric("underruns_total") == 1
    await radio.pass_time(5)
    assert radio.metric("underruns_total") == 1
    assert gapless(transport.data)


async def test_catching_up_is_done_in_pieces(radio: Radio) -> None:
    await radio.join()
    assert max(count for _, count in radio.station.asked) <= 8
    assert sum(count for _, count in radio.station.asked) == BURST


async def test_after_the_machine_has_slept_time_goes_on_where_it_was(radio: Radio) -> None:
    _, transport, _ = await radio.join()
    radio.clock.advance(3600)
    await settle()
    assert radio.station.resumed == [100 * QUANTUM]
    await radio.pass_time(3)
    assert gapless(transport.data)
    assert numbers(transport.data)[-1] < (100 + 4 * TICK_QUANTA) * 5


async def test_a_pump_that_breaks_ends_its_listeners_and_the_next_one_starts_it_anew(radio: Radio) -> None:
    listener, _, _ = await radio.join()
    other, _, _ = await radio.join(name="flac")
    radio.station.fails = RuntimeError("a bug")
    mount = radio.mount()
    with structlog.testing.capture_logs() as logs:
        radio.clock.advance(TICK_S)
        await settle()
    assert "pump-failed" in [entry["event"] for entry in logs]
    assert listener.ended.result() == "fault"
    assert other.ended.result() == "fault"
    assert not mount.running
    assert mount.listeners == radio.station.listeners == 0
    assert mount.fault == "a bug"
    assert radio.metric("pump_faults_total") == 2
    radio.station.fails = None
    _, transport, _ = await radio.join()
    await radio.pass_time(2)
    assert gapless(transport.data)
    assert mount.fault == ""


async def test_a_cancelled_pump_ends_its_listeners() -> None:
    async with Supervisor() as supervisor:
        radio = Radio(supervisor)
        listener, _, _ = await radio.join()
    assert listener.ended.result() == "shutdown"
    assert radio.station.listeners == 0


async def test_end_all(radio: Radio) -> None:
    listeners = [(await radio.join(name=name))[0] for name in FORMATS]
    radio.mounts.end_all("shutdown")
    assert [listener.ended.result() for listener in listeners] == ["shutdown"] * len(FORMATS)
    assert radio.station.listeners == 0
    await radio.pass_time(1)
    assert len(radio.supervisor) == 0


async def test_gauges_add_up_over_sessions_and_return_to_zero(radio: Radio) -> None:
    other = FakeStation(radio.clock)
    other.id = type(other.id)("other")
    mine, _, _ = await radio.join()
    theirs, _ = radio.mounts.join(radio.mounts.of(other, FORMATS["mp3"]), PLAIN)
    assert radio.metric("listeners") == 2
    radio.mount().leave(mine)
    assert radio.metric("listeners") == 1
    radio.mounts.of(other, FORMATS["mp3"]).leave(theirs)
    assert radio.metric("listeners") == 0


async def test_all_bytes_are_counted(radio: Radio) -> None:
    transports = [(await radio.join(variant))[1] for variant in (PLAIN, CHUNKED, ICY)]
    await radio.pass_time(5)
    assert radio.metric("bytes_total") == sum(len(transport.data) for transport in transports)


async def test_memory_of_a_mount_is_bounded(radio: Radio) -> None:
    await radio.join()
    await radio.pass_time(50)
    assert len(radio.mount()._recent) == BURST
    assert len(radio.mount()._bursts) <= 4
    assert len(asyncio.all_tasks()) == 2  # this test and one pump


async def test_in_a_hurry_audio_comes_quantum_by_quantum_and_stays_whole(radio: Radio) -> None:
    _, transport, _ = await radio.join()
    await radio.pass_time(2)
    mount = radio.mounts.of(radio.station, FORMATS["mp3"])
    radio.mounts.hurry(radio.station)
    await settle()
    before = len(transport.written)
    for _ in range(6):
        radio.clock.advance(QUANTUM_S)
        await settle()
    assert len(transport.written) - before >= 6
    await radio.pass_time(3)
    assert gapless(transport.data)
    assert mount.running


async def test_after_a_hurry_ticks_are_short_for_a_minute(radio: Radio) -> None:
    for _ in range(600):
        await radio.join()
    await radio.pass_time(4)
    mount = radio.mounts.of(radio.station, FORMATS["mp3"])
    assert mount.tick_quanta > TICK_QUANTA
    radio.mounts.hurry(radio.station)
    await radio.pass_time(20)
    assert mount.tick_quanta == TICK_QUANTA, "thousands get theirs at the usual shortest tick"
    await radio.pass_time(130)
    assert mount.tick_quanta > TICK_QUANTA


async def test_after_a_hurry_ticks_are_half_as_long_where_few_listen(radio: Radio) -> None:
    await radio.join()
    mount = radio.mounts.of(radio.station, FORMATS["mp3"])
    radio.mounts.hurry(radio.station)
    await radio.pass_time(20)
    assert mount.tick_quanta == TICK_QUANTA // 2
    await radio.pass_time(130)
    assert mount.tick_quanta == TICK_QUANTA


async def test_a_dropped_session_leaves_no_mount(radio: Radio) -> None:
    listener, _, _ = await radio.join()
    radio.mounts.drop(radio.station, "session-ended")
    assert list(radio.mounts) == []
    assert listener.ended.result() == "session-ended"
    await radio.pass_time(1)
    assert radio.station.listeners == 0
