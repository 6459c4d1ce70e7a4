from __future__ import annotations

from drift.library.features import Why
from drift.sessions.journey import KEPT_STEPS, Journey, Step
from tests.unit.fakes import track

WHY = Why(moved=1.0, kept=0.2, deltas={"tempo": 1.0}, relaxed="")


def test_the_latest_steps_come_oldest_first() -> None:
    journey = Journey()
    assert journey.latest(5) == []
    for number in range(7):
        journey.append(Step(track(number), "chance"))
    assert [step.track.id for step in journey.latest(3)] == [track(number).id for number in (4, 5, 6)]
    assert len(journey.latest(100)) == 7


def test_it_is_bounded() -> None:
    journey = Journey()
    one = track(1)
    for number in range(KEPT_STEPS + 5):
        journey.append(Step(one, "request", direction=str(number)))
    assert len(journey.steps) == KEPT_STEPS
    assert journey.steps[0].direction == "5"
    assert journey.steps[-1].direction == str(KEPT_STEPS + 4)


def test_reasons_of_long_ago_are_let_go() -> None:
    journey = Journey()
    for _ in range(300):
        journey.append(Step(track(1), "direction", "faster", WHY))
    explained = [step.why is not None for step in journey.steps]
    assert explained == [False] * 200 + [True] * 100
    assert all(step.direction == "faster" for step in journey.steps)
