"""Many listeners at once: what each gets, whoever else stalls, comes or goes meanwhile."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drift.streaming import Listener, Variant, fanout
from drift.streaming.tick import LONGEST, SHORTEST
from drift.supervisor import Supervisor
from mixer.clock import QUANTUM, QUANTUM_S, VirtualClock
from tests.unit.fakes import FakeTransport, settle
from tests.unit.streaming.radio import (
    CHUNKED,
    CHUNKED_ICY,
    ICY,
    PLAIN,
    QUANTUM_BYTES,
    TICK_S,
    Radio,
    gapless,
    numbers,
)
from tests.unit.streaming_parser import dechunked, without_icy

STEP_S = QUANTUM_S / 4


class TimedTransport(FakeTransport):
    """Remembers when it was written to."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self.clock = clock
        self.times: list[float] = []

    def write(self, data: bytes) -> None:
        super().write(data)
        self.times.append(self.clock.now())

    @property
    def worst_gap_s(self) -> float:
        return max(after - before for before, after in pairwise(self.times))


def crowd(radio: Radio, count: int) -> list[tuple[Listener, TimedTransport]]:
    """So many listeners, who all come at once."""
    made = []
    for _ in range(count):
        listener, _ = radio.mounts.join(radio.mount(), PLAIN)
        transport = TimedTransport(radio.clock)
        listener.start(transport)
        made.append((listener, transport))
    return made


async def run(radio: Radio, seconds: float) -> None:
    for _ in range(round(seconds / STEP_S)):
        radio.clock.advance(STEP_S)
        await settle()


async def test_a_thousand_listeners_of_which_a_hundred_read_nothing(radio: Radio) -> None:
    everyone = crowd(radio, 1000)
    stuck = [transport for _, transport in everyone[::10]]
    others = [transport for at, (_, transport) in enumerate(everyone) if at % 10]
    for transport in stuck:
        transport.stuck = True
    bound = radio.mount()._fanout._backlog + LONGEST * QUANTUM_BYTES
    await run(radio, (10 - 3) + 30 - 1)  # the backlog, which the burst has begun to fill; the patience
    assert radio.mount().listeners == 1000
    assert max(transport.waiting for transport in stuck) <= bound
    await run(radio, 3)
    assert all(transport.aborted for transport in stuck)
    assert {listener.ended.result() for listener, _ in everyone[::10]} == {"too-slow"}
    assert radio.metric("dropped_total") == radio.metric("skipped_ahead_total") == 100
    assert radio.mount().listeners == radio.station.listeners == 900
    assert max(transport.worst_gap_s for transport in others) < radio.mount().tick_quanta * QUANTUM_S + STEP_S
    assert gapless(others[0].data)
    assert all(transport.written == others[0].written for transport in others)
    assert numbers(others[0].data)[-1] >= (radio.station.position // QUANTUM - LONGEST) * 5


async def test_the_tick_follows_the_number_of_listeners_and_no_quantum_is_lost(radio: Radio) -> None:
    stays = crowd(radio, 1)[0][1]
    await run(radio, 2)
    assert radio.mount().tick_quanta == SHORTEST
    many = crowd(radio, 2000)
    await run(radio, 8)
    assert radio.mount().tick_quanta == LONGEST
    assert stays.worst_gap_s < LONGEST * QUANTUM_S + STEP_S
    assert stays.worst_gap_s > (LONGEST - 1) * QUANTUM_S + STEP_S
    for listener, _ in many:
        radio.mount().leave(listener)
    await run(radio, 8)
    assert radio.mount().tick_quanta == SHORTEST
    assert stays.times[-1] - stays.times[-2] < SHORTEST * QUANTUM_S + STEP_S
    assert gapless(stays.data)


async def test_what_a_tick_costs_does_not_make_the_next_one_late(
    radio: Radio, monkeypatch: pytest.MonkeyPatch
) -> None:
    packets = radio.station.packets

    async def slowly(*what: object) -> list[list[bytes]]:
        await radio.clock.sleep_until(radio.clock.now() + 0.9 * QUANTUM_S)
        return await packets(*what)  # type: ignore[arg-type]

    monkeypatch.setattr(radio.station, "packets", slowly)
    transport = crowd(radio, 1)[0][1]
    await run(radio, 10)
    steady = [after - before for before, after in pairwise(transport.times[5:])]
    assert max(steady) < SHORTEST * QUANTUM_S + STEP_S
    assert gapless(transport.data)


async def test_others_have_their_turn_between_slices(radio: Radio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout, "SLICE", 10)
    everyone = crowd(radio, 30)
    await settle()
    before = [len(transport.written) for _, transport in everyone]
    radio.clock.advance(TICK_S)
    served: list[int] = []
    for _ in range(20):
        await asyncio.sleep(0)
        served.append(
            sum(len(transport.written) - n for (_, transport), n in zip(everyone, before, strict=True))
        )
    assert {10, 20, 30} <= set(served)


# A tick that is interrupted

VARIANTS = (PLAIN, CHUNKED, ICY, CHUNKED_ICY)


class Connection(FakeTransport):
    """``finished``: the end of the stream has been written to it; anything after that would break it."""

    finished = False

    def write(self, data: bytes) -> None:
        assert not self.finished
        super().write(data)


class Client:
    """A listener of the property test. Its methods are what can happen to it at any moment."""

    def __init__(self, radio: Radio, variant: Variant) -> None:
        self.radio = radio
        self.variant = variant
        self.transport = Connection()
        self.listener, _ = radio.mounts.join(radio.mount(), variant)
        self.started = self.left = self.was_stuck = False

    def start(self) -> None:
        if not self.started:
            self.started = True
            self.listener.start(self.transport)
            self.transport.finished = self.left

    def leave(self) -> None:
        self.radio.mount().leave(self.listener, "session-ended")
        self.transport.finished = self.started
        self.left = True

    def vanish(self) -> None:
        if self.started:
            self.transport.closing = self.left = True

    def stick(self) -> None:
        self.transport.stuck = self.was_stuck = True

    def drain(self) -> None:
        self.transport.drain()

    def audio(self) -> list[int]:
        data = dechunked(self.transport.data) if self.variant.chunked else self.transport.data
        return numbers(without_icy(data, self.radio.mount().icy_interval)[0] if self.variant.icy else data)

    def check(self) -> None:
        found = self.audio()
        assert found == sorted(set(found))
        assert not found or self.was_stuck or len(found) == found[-1] - found[0] + 1


HAPPENINGS = ["tick", "turn", "turn", "join", "start", "leave", "vanish", "stick", "drain"]


async def live_through(radio: Radio, script: list[tuple[str, int]]) -> list[Client]:
    clients = [Client(radio, VARIANTS[at % 4]) for at in range(8)]
    for what, number in script:
        if what == "tick":
            radio.clock.advance(TICK_S)
        elif what == "turn":
            await asyncio.sleep(0)
        elif what == "join":
            clients.append(Client(radio, VARIANTS[number % 4]))
        else:
            getattr(clients[number % len(clients)], what)()
    for client in clients:
        client.drain()
        client.start()
    for _ in range(6):
        radio.clock.advance(TICK_S)
        await settle(60)
    return clients


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 30)), max_size=80))
def test_nobody_gets_bytes_twice_or_out_of_order_whatever_happens_between_slices(
    script: list[tuple[str, int]],
) -> None:
    async def scenario() -> None:
        async with Supervisor() as supervisor:
            radio = Radio(supervisor)
            radio.mount()._fanout._backlog = 40 * QUANTUM_BYTES  # so that a short script stalls some
            clients = await live_through(radio, script)
            for client in clients:
                client.check()
            present = [client for client in clients if not client.left]
            assert radio.mount().listeners == radio.station.listeners == len(present)
            assert len({client.audio()[-1] for client in present}) <= 1  # all are at the live edge

    with patch.object(fanout, "SLICE", 2):
        asyncio.run(scenario())
