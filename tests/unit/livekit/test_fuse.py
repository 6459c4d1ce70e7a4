from __future__ import annotations

import pytest

from drift.errors import LiveKitError
from drift.livekit.fuse import PAUSE_S, Fuse
from mixer.clock import VirtualClock


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(100.0)


@pytest.fixture
def fuse(clock: VirtualClock) -> Fuse:
    return Fuse(clock.now)


def passes(fuse: Fuse) -> bool:
    try:
        with fuse.passing():
            return True
    except LiveKitError:
        return False


def test_while_all_is_well_many_pass_at_once(fuse: Fuse) -> None:
    with fuse.passing(), fuse.passing():
        assert passes(fuse)


def test_after_a_failure_nothing_is_tried_for_a_moment(fuse: Fuse, clock: VirtualClock) -> None:
    assert fuse.blow("it is down")
    assert not fuse.blow("it is down"), "that is known"
    with pytest.raises(LiveKitError, match="it is down"), fuse.passing():
        pass
    clock.advance(PAUSE_S)
    assert passes(fuse)


def test_then_one_at_a_time_finds_out(fuse: Fuse, clock: VirtualClock) -> None:
    fuse.blow("it is down")
    clock.advance(PAUSE_S)
    with fuse.passing():
        assert not passes(fuse)
    assert passes(fuse), "it has neither failed nor succeeded"
    with fuse.passing():
        assert fuse.mend()
        assert passes(fuse)
    assert not fuse.mend(), "that is known"


def test_requests_that_were_on_their_way_do_not_count_as_trying(fuse: Fuse, clock: VirtualClock) -> None:
    first = fuse.passing()
    first.__enter__()
    fuse.blow("it is down")
    clock.advance(PAUSE_S)
    with fuse.passing():
        first.__exit__(None, None, None)
        assert not passes(fuse)


def test_whatever_happens_to_the_one_that_tries_the_next_may(fuse: Fuse, clock: VirtualClock) -> None:
    fuse.blow("it is down")
    clock.advance(PAUSE_S)
    with pytest.raises(RuntimeError), fuse.passing():
        raise RuntimeError
    assert passes(fuse)
