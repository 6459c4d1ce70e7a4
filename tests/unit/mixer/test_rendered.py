from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixer.clock import QUANTUM as Q
from mixer.pcm import Block
from mixer.rendered import Rendered

BEFORE = 4 * Q
KEPT = 16
PCM = np.random.default_rng(1).normal(0, 0.1, (2, 60 * Q)).astype(np.float32)


class Mix:
    """Renders noise, counts how often each quantum is asked for, and fails when told to."""

    def __init__(self) -> None:
        self.times: Counter[int] = Counter()
        self.fails = False

    def truth(self, start: int, n: int) -> Block:
        return PCM[:, BEFORE + start : BEFORE + start + n]

    def render(self, start: int, n: int) -> Block:
        if self.fails:
            raise RuntimeError("broken")
        self.times.update(range(start // Q, -(-(start + n) // Q)))
        return self.truth(start, n).copy()


def rendered(shared: bool = True) -> tuple[Mix, Rendered]:
    mix = Mix()
    made = Rendered(mix.render)
    made.shared = shared
    return mix, made


@given(
    asked=st.lists(st.tuples(st.integers(-4 * Q, 30 * Q), st.integers(0, 25 * Q)), min_size=1, max_size=12),
    shared=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_whatever_is_asked_for_it_is_what_rendering_gives(
    asked: list[tuple[int, int]], shared: list[bool]
) -> None:
    mix, made = rendered()
    for (start, n), made.shared in zip(asked, shared, strict=False):
        block = made.block(start, n)
        assert block.shape == (2, n)
        assert np.array_equal(block, mix.truth(start, n))


@given(steps=st.lists(st.integers(1, 4), min_size=1, max_size=12), behind=st.integers(0, 4 * Q))
def test_several_that_run_side_by_side_render_each_quantum_once(steps: list[int], behind: int) -> None:
    mix, made = rendered()
    at = 0
    for quanta in steps:
        made.block(at - behind, quanta * Q)
        made.block(at - 1_152 * 2, quanta * Q)
        made.block(at, quanta * Q)
        at += quanta * Q
    assert set(mix.times.values()) == {1}


def test_only_the_missing_part_is_rendered() -> None:
    mix, made = rendered()
    made.block(2 * Q, 2 * Q)
    made.block(6 * Q, Q)
    made.block(Q + 1, 7 * Q)
    assert mix.times == dict.fromkeys(range(1, 9), 1)


def test_alone_it_renders_just_what_is_asked_for_and_keeps_nothing() -> None:
    mix, made = rendered(shared=False)
    made.block(Q + 5, 10)
    made.block(Q + 5, 10)
    assert mix.times == {1: 2}
    made.shared = True
    made.block(Q, Q)
    assert mix.times == {1: 3}


def test_what_is_kept_is_bounded_and_can_be_forgotten() -> None:
    mix, made = rendered()
    for quantum in range(KEPT + 1):
        made.block(quantum * Q, Q)
    made.block(Q, KEPT * Q)
    assert set(mix.times.values()) == {1}
    made.block(0, Q)
    assert mix.times[0] == 2
    made.forget()
    made.block(KEPT * Q, Q)
    assert mix.times[KEPT] == 2


def test_more_than_is_kept_can_be_asked_for_at_once() -> None:
    mix, made = rendered()
    made.block(5 * Q, 3 * Q)
    assert np.array_equal(made.block(7, 40 * Q), mix.truth(7, 40 * Q))
    assert set(mix.times.values()) == {1}
    assert len(made._kept) == KEPT


def test_a_failure_keeps_nothing_wrong_and_is_tried_again() -> None:
    mix, made = rendered()
    made.block(0, 2 * Q)
    mix.fails = True
    with pytest.raises(RuntimeError):
        made.block(Q, 3 * Q)
    assert np.array_equal(made.block(100, Q), mix.truth(100, Q))
    mix.fails = False
    assert np.array_equal(made.block(Q, 3 * Q), mix.truth(Q, 3 * Q))
    assert set(mix.times.values()) == {1}


def test_nobody_can_spoil_what_others_get() -> None:
    _, made = rendered()
    first = made.block(0, 2 * Q).copy()
    made.block(0, 2 * Q)[:] = 0
    assert np.array_equal(made.block(0, 2 * Q), first)
