from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drift.models import Track
from drift.sessions import ShuffleChooser
from tests.unit.fakes import FakeLibrary, track

tracks = st.lists(
    st.tuples(
        st.sampled_from(["", "Ann", "ANN", "Bob", "Cy"]), st.sampled_from(["", "Intro", "intro", "Song"])
    ),
    min_size=1,
    max_size=12,
).map(lambda names: [track(n, artist, title) for n, (artist, title) in enumerate(names)])


def take(chooser: ShuffleChooser, count: int) -> list[Track]:
    chosen = [chooser.next() for _ in range(count)]
    assert None not in chosen
    return [one for one in chosen if one is not None]


@given(library=tracks, seed=st.integers(0, 2**32), artists=st.integers(0, 4), titles=st.integers(0, 6))
def test_every_track_once_per_round(library: list[Track], seed: int, artists: int, titles: int) -> None:
    chooser = ShuffleChooser(FakeLibrary(*library), seed, artists, titles)
    for _ in range(3):
        played = take(chooser, len(library))
        assert sorted(one.id for one in played) == sorted(one.id for one in library)


@given(library=tracks, seed=st.integers(0, 2**32), artists=st.integers(0, 4), titles=st.integers(0, 6))
def test_repeats_are_kept_apart_where_the_round_allows_it(
    library: list[Track], seed: int, artists: int, titles: int
) -> None:
    played = take(ShuffleChooser(FakeLibrary(*library), seed, artists, titles), 3 * len(library))

    def apart(one: Track, before: list[Track], artists: int, titles: int) -> bool:
        near, far = (before[-artists:] if artists else []), (before[-titles:] if titles else [])
        return not (
            (one.tags.artist and one.tags.artist.lower() in {other.tags.artist.lower() for other in near})
            or one.tags.title.lower() in {other.tags.title.lower() for other in far}
        )

    for place, one in enumerate(played):
        before = played[:place]
        left = {other.id for other in library} - {
            other.id for other in played[place // len(library) * len(library) : place]
        }
        choices = [
            other for other in library if other.id in left and other.id not in {b.id for b in before[-1:]}
        ]
        if len(library) > 1 and choices:
            assert one.id != (before[-1].id if before else None)
        for rung in ((artists, titles), (artists, min(1, titles)), (0, min(1, titles))):
            possible = any(
                apart(c, before, *rung)
                for c in choices
                if c.id not in {b.id for b in before[-max(1, rung[1]) :]}
            )
            if possible:
                assert apart(one, before, *rung)
                break


@given(library=tracks, seed=st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_order_however_the_library_lists_it(
    library: list[Track], seed: int
) -> None:
    one, other = (
        ShuffleChooser(FakeLibrary(*library), seed),
        ShuffleChooser(FakeLibrary(*reversed(library)), seed),
    )
    assert take(one, 20) == take(other, 20)


def test_another_seed_gives_another_order() -> None:
    library = FakeLibrary(*(track(n) for n in range(30)))
    assert take(ShuffleChooser(library, 1), 30) != take(ShuffleChooser(library, 2), 30)


def test_artists_are_kept_apart_in_a_library_that_allows_it() -> None:
    library = FakeLibrary(*(track(n, artist=f"Artist {n % 8}") for n in range(80)))
    played = take(ShuffleChooser(library, 5, artist_separation=3), 60)
    for place, one in enumerate(played):
        assert one.tags.artist not in [other.tags.artist for other in played[max(0, place - 3) : place]]


def test_one_track_is_repeated() -> None:
    only = track(1)
    assert take(ShuffleChooser(FakeLibrary(only), 1), 3) == [only] * 3


def test_two_tracks_of_one_title_and_artist_alternate() -> None:
    played = take(ShuffleChooser(FakeLibrary(track(1, "A", "T"), track(2, "A", "T")), 1), 8)
    assert all(one != other for one, other in pairwise(played))


def test_no_track_is_none_and_music_may_come_later() -> None:
    library = FakeLibrary()
    chooser = ShuffleChooser(library, 1)
    assert chooser.next() is None
    library.tracks.append(track(1))
    assert chooser.next() == track(1)
    library.tracks.clear()
    assert chooser.next() is None


def test_a_new_track_joins_the_round_and_a_vanished_one_leaves_it() -> None:
    library = FakeLibrary(*(track(n) for n in range(10)))
    chooser = ShuffleChooser(library, 3)
    first = take(chooser, 4)
    gone = next(one for one in library.tracks if one not in first)
    library.tracks.remove(gone)
    library.tracks.append(track(99))
    rest = take(chooser, 6)
    assert gone not in rest
    assert track(99) in rest
    assert len({one.id for one in first + rest}) == 10


@given(changes=st.lists(st.sets(st.integers(0, 6)), min_size=1, max_size=20), seed=st.integers(0, 99))
def test_whatever_the_library_does_the_choice_is_in_it_and_no_repeat_if_avoidable(
    changes: list[set[int]], seed: int
) -> None:
    library = FakeLibrary()
    chooser = ShuffleChooser(library, seed)
    last: Track | None = None
    for present in changes:
        library.tracks = [track(n) for n in sorted(present)]
        chosen = chooser.next()
        assert (chosen is None) == (not present)
        assert chosen is None or chosen in library.tracks
        assert chosen is None or len(present) == 1 or chosen != last
        last = chosen or last
