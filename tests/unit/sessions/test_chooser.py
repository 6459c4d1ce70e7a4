from __future__ import annotations

import random
from itertools import pairwise

import pytest

from drift.library.features import DIMENSIONS, DIRECTIONS, FeatureIndex
from drift.models import Track, TrackId
from drift.sessions import Separation, SteeringChooser, Step
from tests.unit.fakes import FakeLibrary, track

RANGES = {dimension.descriptor: (0.2, 1.0) for dimension in DIMENSIONS.values()} | {
    "bpm": (70.0, 180.0),
    "tempo_confidence": (0.9, 1.0),
    "centroid_hz": (400.0, 4_000.0),
    "rolloff_hz": (1_000.0, 12_000.0),
}


def analysed(count: int, artists: int = 60) -> FakeLibrary:
    """Tracks with features at random."""
    dice = random.Random(7)
    library = FakeLibrary(*(track(number, artist=f"Artist {number % artists}") for number in range(count)))
    for one in library.tracks:
        library.features[one.id] = {name: dice.uniform(*ends) for name, ends in RANGES.items()}
    return library


def drive(chooser: SteeringChooser, count: int, latest: list[Step] | None = None) -> list[Step]:
    steps = list(latest or [])
    begun = len(steps)
    for _ in range(count):
        step = chooser.next(steps[-chooser.memory :])
        assert step is not None
        steps.append(step)
    return steps[begun:]


def test_a_direction_is_followed_step_by_step() -> None:
    library = analysed(400)
    chooser = SteeringChooser(library, 1)
    steps = [Step(min(library.tracks, key=lambda one: library.features[one.id]["bpm"]), "request")]
    chooser.direction = "faster"
    while chooser.direction:
        steps += drive(chooser, 1, steps)
    steps.pop()
    tempi = [library.features[one.track.id]["bpm"] for one in steps]
    assert tempi == sorted(tempi)
    assert len(set(tempi)) == len(tempi) >= 4
    steps = steps[1:]
    assert {(one.by, one.direction) for one in steps} == {("direction", "faster")}
    assert all(one.why is not None and one.why.moved > 0 for one in steps)


def test_a_direction_that_leads_nowhere_is_let_go() -> None:
    library = analysed(60)
    chooser = SteeringChooser(library, 1)
    chooser.direction = "slower"
    steps = drive(chooser, 50, [Step(library.tracks[0], "request")])
    assert not chooser.direction
    assert {one.by for one in steps} == {"direction", "autopilot"}
    assert len(steps) == 50


def test_without_a_direction_the_autopilot_keeps_one_for_two_to_five_steps() -> None:
    library = analysed(600)
    steps = drive(SteeringChooser(library, 3), 80, [Step(library.tracks[0], "request")])
    runs: list[tuple[str | None, int]] = []
    for one in steps:
        assert one.by == "autopilot"
        if runs and runs[-1][0] == one.direction:
            runs[-1] = (one.direction, runs[-1][1] + 1)
        else:
            runs.append((one.direction, 1))
    assert all(length <= 5 for _, length in runs)
    assert len(steps) / len(runs) > 1.4, "courses end early only where nothing is left that way"
    assert len({name for name, _ in runs}) >= 5
    for (one_name, _), (other, _) in pairwise(runs):
        if one_name is not None and other is not None:
            assert DIRECTIONS[one_name].opposite != other


def test_the_same_seed_drifts_alike_and_another_does_not() -> None:
    library = analysed(200)
    start = [Step(library.tracks[0], "request")]
    one, same, other = (drive(SteeringChooser(library, seed), 20, start) for seed in (5, 5, 6))
    assert [step.track.id for step in one] == [step.track.id for step in same]
    assert [step.track.id for step in one] != [step.track.id for step in other]


def test_artists_and_titles_are_kept_apart() -> None:
    library = analysed(300)
    steps = drive(
        SteeringChooser(library, 1, Separation(4, 0, 40)), 100, [Step(library.tracks[0], "request")]
    )
    names = [step.track.tags.artist for step in steps]
    assert all(name not in names[max(0, place - 4) : place] for place, name in enumerate(names))
    ids = [step.track.id for step in steps]
    assert all(one not in ids[max(0, place - 40) : place] for place, one in enumerate(ids))


def test_requests_come_first_in_their_order_and_what_has_gone_is_left_out() -> None:
    library = analysed(50)
    chooser = SteeringChooser(library, 1)
    wanted = [library.tracks[9].id, TrackId("f" * 32), library.tracks[4].id]
    chooser.request([library.tracks[1].id])
    chooser.request(wanted)
    steps = drive(chooser, 3, [Step(library.tracks[0], "chance")])
    assert [one.track.id for one in steps[:2]] == [wanted[0], wanted[2]]
    assert [one.by for one in steps] == ["request", "request", "autopilot"]


def test_a_track_that_has_gone_is_not_chosen_although_the_index_knows_it() -> None:
    library = analysed(40)
    index = library.index
    gone = {one.id for one in library.tracks[20:]}

    class Stale(FakeLibrary):
        @property
        def index(self) -> FeatureIndex:
            return index

    left = Stale(*library.tracks[:20])
    steps = drive(SteeringChooser(left, 1), 60, [Step(library.tracks[0], "chance")])
    assert not gone & {one.track.id for one in steps}
    assert {one.by for one in steps} == {"autopilot"}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_tiny_library_plays_on(count: int) -> None:
    library = analysed(count)
    steps = drive(SteeringChooser(library, 1), 20)
    assert len(steps) == 20
    if count > 1:
        assert all(one.track.id != other.track.id for one, other in pairwise(steps))


def test_ten_thousand_copies_of_one_track() -> None:
    library = analysed(1)
    values = library.features[library.tracks[0].id]
    library.tracks = [track(number, "One", "Same") for number in range(10_000)]
    library.features = {one.id: values for one in library.tracks}
    steps = drive(SteeringChooser(library, 1), 10)
    assert len({one.track.id for one in steps}) == 10


def test_music_that_is_not_analysed_is_played_by_chance_but_kept_apart() -> None:
    tracks: list[Track] = [track(number, artist=f"Artist {number % 25}") for number in range(100)]
    steps = drive(SteeringChooser(FakeLibrary(*tracks), 1), 60)
    assert {one.by for one in steps} == {"chance"}
    ids = [one.track.id for one in steps]
    repeats = [one for place, one in enumerate(ids) if one in ids[max(0, place - 30) : place]]
    assert repeats == []
    names = [one.track.tags.artist for one in steps]
    near = [name for place, name in enumerate(names) if name in names[max(0, place - 3) : place]]
    assert len(near) <= 2


def test_an_empty_library_has_nothing() -> None:
    chooser = SteeringChooser(FakeLibrary(), 1)
    assert chooser.next([]) is None
    chooser.request([TrackId("a" * 32)])
    assert chooser.next([]) is None


def test_explore_knows_nothing_of_a_track_that_is_not_analysed() -> None:
    library = analysed(30)
    chooser = SteeringChooser(library, 1)
    assert chooser.explore(library.tracks[0].id, [])
    assert chooser.explore(TrackId("f" * 32), []) == []
