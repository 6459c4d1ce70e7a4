from __future__ import annotations

from math import inf

from drift.sessions.playhead import Playhead
from mixer.clock import QUANTUM, QUANTUM_S, VirtualClock


def test_it_stands_until_somebody_listens_and_some_time_after_the_last_one() -> None:
    clock = VirtualClock(50.0)
    head = Playhead(clock, 5 * QUANTUM, 30.0)
    clock.advance(1000)
    assert (head.position, head.stops_in_s) == (5 * QUANTUM, 0)
    assert head.start()
    assert head.stops_in_s == inf
    clock.advance(10 * QUANTUM_S)
    assert head.position == 15 * QUANTUM
    head.desert()
    clock.advance(20)
    assert head.stops_in_s == 10
    assert not head.start(), "it had not stopped"
    head.desert()
    clock.advance(1000)
    stood = head.position
    assert head.stops_in_s == 0
    head.stop()
    clock.advance(1000)
    assert head.position == stood
    assert head.start()
    clock.advance(QUANTUM_S)
    assert head.position == stood + QUANTUM


def test_it_can_be_moved_while_it_moves() -> None:
    clock = VirtualClock(50.0)
    head = Playhead(clock, 0, 30.0)
    assert head.move_to(7 * QUANTUM) == 0
    assert head.position == 0
    head.start()
    clock.advance(100 * QUANTUM_S)
    assert head.move_to(40 * QUANTUM) == 60 * QUANTUM
    assert head.position == 40 * QUANTUM
