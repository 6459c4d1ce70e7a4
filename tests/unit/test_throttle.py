from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift import throttle
from drift.throttle import Throttle


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_and_then_the_rate() -> None:
    time = Time()
    limit = Throttle(20.0, 40, time)
    assert [limit.wait_s("a") for _ in range(40)] == [0.0] * 40
    assert limit.wait_s("a") == pytest.approx(0.05)
    time.now += 0.05
    assert limit.wait_s("a") == 0
    assert limit.wait_s("a") == pytest.approx(0.05)
    time.now += 2
    assert [limit.wait_s("a") for _ in range(40)] == [0.0] * 40, "as if nothing had been"
    assert limit.wait_s("a") > 0


def test_to_be_refused_costs_nothing() -> None:
    time = Time()
    limit = Throttle(1.0, 1, time)
    assert limit.wait_s("a") == 0
    for _ in range(100):
        assert limit.wait_s("a") == pytest.approx(1)
    time.now += 1
    assert limit.wait_s("a") == 0


def test_others_are_not_affected() -> None:
    limit = Throttle(1.0, 1, Time())
    assert limit.wait_s("a") == 0
    assert limit.wait_s("a") > 0
    assert limit.wait_s("b") == 0


def test_who_has_been_quiet_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "_TIDY_AT", 100)
    time = Time()
    limit = Throttle(1.0, 10, time)
    for number in range(1000):
        limit.wait_s(str(number))
        time.now += 0.1
    assert len(limit) <= 100


def test_forgetting_gives_nothing_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "_TIDY_AT", 2)
    limit = Throttle(1.0, 1, Time())
    for client in "abcdef":
        assert limit.wait_s(client) == 0
    for client in "abcdef":
        assert limit.wait_s(client) > 0


@given(
    st.floats(0.1, 50),
    st.integers(1, 20),
    st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=200),
)
def test_never_more_than_it_says_and_waiting_helps(per_s: float, burst: int, pauses: list[float]) -> None:
    time = Time()
    limit = Throttle(per_s, burst, time)
    allowed: list[float] = []
    for pause in pauses:
        time.now += pause
        wait_s = limit.wait_s("a")
        if wait_s > 0:
            time.now += wait_s
            assert limit.wait_s("a") == 0, "whoever waits as long as told gets through"
        allowed.append(time.now)
    for first in range(len(allowed)):
        for last in range(first, len(allowed)):
            most = burst + (allowed[last] - allowed[first]) * per_s
            assert last - first + 1 <= most + 1e-6


def test_what_is_given_back_does_not_count() -> None:
    limit = Throttle(1.0, 2, Time())
    limit.give_back("never seen")
    for _ in range(100):
        assert limit.wait_s("a") == 0
        limit.give_back("a")
    assert [limit.wait_s("a") > 0 for _ in range(3)] == [False, False, True]


def test_giving_back_after_a_while_gives_no_more_than_there_was() -> None:
    time = Time()
    limit = Throttle(1.0, 2, time)
    assert limit.wait_s("a") == 0
    time.now += 100
    limit.give_back("a")
    assert [limit.wait_s("a") > 0 for _ in range(3)] == [False, False, True]
