from __future__ import annotations

import pytest

from drift.streaming import Listener, Variant
from drift.streaming.listener import chunked
from tests.unit.fakes import FakeTransport

PLAIN = Variant(icy=False, chunked=False)
BACKLOG = 100
LIMIT_S = 10.0


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport()


async def started(transport: FakeTransport, head: bytes = b"") -> Listener:
    listener = Listener(PLAIN, head)
    listener.start(transport)
    return listener


def test_a_chunk() -> None:
    assert chunked(b"x" * 26) == b"1a\r\n" + b"x" * 26 + b"\r\n"


async def test_what_comes_up_before_the_start_is_sent_first_and_in_order(transport: FakeTransport) -> None:
    listener = Listener(PLAIN, b"head ")
    listener.write(b"one ")
    listener.write(b"two ")
    assert transport.written == []
    listener.start(transport)
    listener.write(b"three")
    assert transport.data == b"head one two three"


async def test_an_empty_head_is_not_written_as_it_would_end_a_chunked_stream(
    transport: FakeTransport,
) -> None:
    listener = Listener(Variant(icy=False, chunked=True), b"")
    listener.start(transport)
    assert transport.written == []


async def test_the_same_object_reaches_the_transport(transport: FakeTransport) -> None:
    listener = await started(transport)
    data = b"shared"
    listener.write(data)
    assert transport.written[0] is data


async def test_nothing_is_written_to_a_transport_that_has_closed_meanwhile(transport: FakeTransport) -> None:
    listener = Listener(PLAIN, b"head")
    transport.closing = True
    listener.start(transport)
    assert listener.gone


async def test_it_just_takes_what_all_take_while_it_keeps_up(transport: FakeTransport) -> None:
    listener = await started(transport)
    data = b"shared"
    transport.waiting = BACKLOG
    assert listener.take(data, BACKLOG)
    assert transport.written[0] is data


async def test_it_does_not_just_take_what_all_take_before_its_start() -> None:
    assert not Listener(PLAIN, b"").take(b"x", BACKLOG)


async def test_it_does_not_just_take_what_all_take_past_the_backlog_or_while_stalled(
    transport: FakeTransport,
) -> None:
    listener = await started(transport)
    transport.waiting = BACKLOG + 1
    assert not listener.take(b"x", BACKLOG)
    listener.may_take(0, BACKLOG, LIMIT_S)
    transport.waiting = BACKLOG // 2
    assert not listener.take(b"x", BACKLOG)
    transport.waiting = 0
    listener.icy_resume_at = 5
    assert not listener.take(b"x", BACKLOG)
    assert transport.written == []


async def test_after_its_end_nothing_more_is_written_whether_it_had_started_or_not(
    transport: FakeTransport,
) -> None:
    listener = await started(transport)
    listener.end("shutdown")
    late = Listener(PLAIN, b"head")
    late.end("shutdown")
    late.write(b"x")
    late.start(transport)
    for one in (listener, late):
        one.write(b"x")
        assert not one.take(b"x", BACKLOG)
    assert transport.data == b"head"


async def test_it_is_passed_over_past_the_backlog_until_most_has_left(transport: FakeTransport) -> None:
    listener = await started(transport)
    transport.waiting = BACKLOG
    assert listener.may_take(0, BACKLOG, LIMIT_S)
    transport.waiting = BACKLOG + 1
    assert not listener.may_take(1, BACKLOG, LIMIT_S)
    assert listener.stalled
    transport.waiting = BACKLOG // 4 + 1
    assert not listener.may_take(2, BACKLOG, LIMIT_S)
    transport.waiting = BACKLOG // 4
    assert listener.may_take(3, BACKLOG, LIMIT_S)
    assert not listener.stalled


async def test_it_is_dropped_past_the_limit_and_not_before(transport: FakeTransport) -> None:
    listener = await started(transport)
    transport.waiting = BACKLOG + 1
    listener.may_take(0, BACKLOG, LIMIT_S)
    aborted = []
    for at in (LIMIT_S, LIMIT_S + 0.1):
        listener.may_take(at, BACKLOG, LIMIT_S)
        aborted.append(transport.aborted)
    assert aborted == [False, True]
    assert listener.ended.result() == "too-slow"


async def test_having_recovered_it_has_the_whole_limit_again(transport: FakeTransport) -> None:
    listener = await started(transport)
    for at in (0, 9, 18, 27):
        transport.waiting = BACKLOG + 1
        assert not listener.may_take(at, BACKLOG, LIMIT_S)
        transport.waiting = 0
        assert listener.may_take(at + 8, BACKLOG, LIMIT_S)
    assert not transport.aborted


async def test_a_listener_that_never_starts_is_bounded_and_dropped_too() -> None:
    listener = Listener(PLAIN, b"")
    listener.write(b"x" * (BACKLOG + 1))
    assert not listener.may_take(0, BACKLOG, LIMIT_S)
    assert not listener.may_take(LIMIT_S + 1, BACKLOG, LIMIT_S)
    assert listener.ended.result() == "too-slow"


async def test_the_first_reason_for_the_end_counts(transport: FakeTransport) -> None:
    listener = await started(transport)
    listener.end("shutdown")
    listener.end("client-left")
    assert listener.ended.result() == "shutdown"
