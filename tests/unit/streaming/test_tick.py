from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.streaming.tick import LONGEST, SHORTEST, STEP, following, hurried

BURST = 25
counts = st.integers(0, 20_000)
ticks = st.integers(SHORTEST, LONGEST)


def settled(listeners: int, tick: int = SHORTEST, burst: int = BURST) -> int:
    for _ in range(LONGEST):
        tick = following(tick, listeners, burst)
    return tick


@pytest.mark.parametrize(
    ("listeners", "tick"),
    [(0, 4), (1, 4), (STEP - 1, 4), (STEP, 5), (1000, 6), (4 * STEP, 8), (4000, 8), (1_000_000, 8)],
)
def test_few_get_their_audio_soon_and_thousands_get_it_cheaply(listeners: int, tick: int) -> None:
    assert settled(listeners) == tick


def test_in_a_hurry_even_thousands_get_theirs_soon() -> None:
    assert [hurried(count) for count in (1, STEP - 1, STEP, 10_000)] == [1, 1, 2, 2]


@given(ticks, counts)
def test_it_changes_by_one_quantum_at_a_time_and_stays_within_its_bounds(tick: int, listeners: int) -> None:
    after = following(tick, listeners, BURST)
    assert abs(after - tick) <= 1
    assert SHORTEST <= after <= LONGEST


@given(ticks, counts, counts)
def test_more_listeners_never_make_it_shorter(tick: int, some: int, others: int) -> None:
    fewer, more = sorted((some, others))
    assert following(tick, fewer, BURST) <= following(tick, more, BURST)


@given(st.integers(0, 20_000), ticks, st.lists(st.floats(0.9, 1), max_size=50))
def test_coming_and_going_does_not_make_it_change_back_and_forth(
    most: int, tick: int, shares: list[float]
) -> None:
    seen = [tick]
    for share in shares:
        seen.append(following(seen[-1], int(most * share), BURST))
    assert seen in (sorted(seen), sorted(seen, reverse=True))


@given(ticks, counts)
def test_where_it_settles_it_stays(tick: int, listeners: int) -> None:
    end = settled(listeners, tick)
    assert following(end, listeners, BURST) == end


@pytest.mark.parametrize(("burst", "longest"), [(1, SHORTEST), (4, 4), (6, 6), (8, 8), (66, LONGEST)])
def test_it_grows_no_longer_than_the_burst(burst: int, longest: int) -> None:
    assert settled(10_000, burst=burst) == longest


def test_it_is_monotone_over_all_counts() -> None:
    lengths = [settled(listeners) for listeners in range(0, 6 * STEP, 50)]
    assert all(one <= two for one, two in pairwise(lengths))
