from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drift.errors import StoreError
from drift.models import Place, SessionId, SessionRecord, StepRecord, TrackId
from drift.store import ScannedFile, Store, open_store, schema
from drift.store import sessions as rows
from drift.store import tracks as track_rows
from drift.store.sessions import Saved
from tests.unit.fakes import track

NOON = datetime(2026, 5, 1, 12, 0, 0, 123_456, tzinfo=UTC)
TRACKS = [track(number) for number in range(3)]
PLAIN = SessionRecord(SessionId("a"), "0123456789abcdef", "named", "Küche 🎵", NOON)
FULL = SessionRecord(
    SessionId("b" * 64),
    "f" * 16,
    "named",
    "日本語 'quoted'; DROP TABLE sessions;--",
    NOON,
    live=False,
    direction="more energetic",
    paused=True,
    requests=(TRACKS[0].id, TrackId("gone"), TRACKS[0].id),
    place=Place(TRACKS[1].id, 2**40, NOON + timedelta(seconds=1), moving=True),
    steps=12_345,
    last_event=2**52,
)
FOLLOWER = SessionRecord(SessionId("c"), "e" * 16, "follower", "c", NOON, SessionId("a"))


def step(number: int, by: str = "chance", direction: str | None = None) -> StepRecord:
    return StepRecord(number, TRACKS[number % 3].id, by, direction)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/drift.db") as opened:
        await track_rows.save_files(opened, [ScannedFile(one.path, 0, 0, 1, one) for one in TRACKS])
        yield opened


def test_columns_follow_the_models() -> None:
    wanted = [field.name for field in fields(SessionRecord)]
    at = wanted.index("place")
    wanted[at : at + 1] = [field.name for field in fields(Place)]
    assert [column.name for column in schema.sessions.c] == wanted
    steps = ["session_id", *(field.name for field in fields(StepRecord))]
    assert [column.name for column in schema.steps.c] == steps


@pytest.mark.parametrize("record", [PLAIN, FULL, FOLLOWER], ids=lambda record: record.id[:5])
async def test_a_record_round_trips(store: Store, record: SessionRecord) -> None:
    await rows.save(store, [Saved(record)])
    assert await rows.find(store, record.id) == record
    assert await rows.every(store) == [record]


async def test_the_latest_record_counts(store: Store) -> None:
    await rows.save(store, [Saved(FULL)])
    bare = replace(PLAIN, id=FULL.id)
    await rows.save(store, [Saved(bare)])
    assert await rows.every(store) == [bare], "nothing is left of what was set before"


async def test_the_oldest_comes_first(store: Store) -> None:
    several = [
        replace(PLAIN, id=SessionId(name), uid=name, created_at=NOON + timedelta(hours=hours))
        for name, hours in (("c", 2), ("a", 3), ("b", 1), ("d", 1))
    ]
    await rows.save(store, [Saved(one) for one in several])
    assert [one.id for one in await rows.every(store)] == ["b", "d", "c", "a"]


async def test_nobody(store: Store) -> None:
    nobody = SessionId("nobody")
    assert await rows.find(store, nobody) is None
    assert await rows.journey(store, nobody, 10) == []
    assert await rows.forget(store, nobody) is False
    assert await rows.every(store) == []
    assert await rows.last_pulse(store) is None


async def test_steps_are_added_and_the_latest_are_read(store: Store) -> None:
    await rows.save(store, [Saved(PLAIN, [step(0), step(1, "direction", "faster")])])
    await rows.save(store, [Saved(PLAIN, [step(2)]), Saved(FULL, [step(0)])])
    assert await rows.journey(store, PLAIN.id, 10) == [step(0), step(1, "direction", "faster"), step(2)]
    assert await rows.journey(store, PLAIN.id, 2) == [step(1, "direction", "faster"), step(2)]
    assert await rows.journey(store, FULL.id, 10) == [step(0)]


async def test_a_step_that_is_written_twice_is_there_once(store: Store) -> None:
    for _ in range(2):
        await rows.save(store, [Saved(PLAIN, [step(0), step(1)])])
    assert await rows.journey(store, PLAIN.id, 10) == [step(0), step(1)]


async def test_a_journey_can_begin_anew(store: Store) -> None:
    await rows.save(store, [Saved(PLAIN, [step(number) for number in range(10)]), Saved(FULL, [step(0)])])
    await rows.save(store, [Saved(PLAIN, [step(8, "request")], from_step=8)])
    assert [one.number for one in await rows.journey(store, PLAIN.id, 100)] == [*range(8), 8]
    assert (await rows.journey(store, PLAIN.id, 1))[0].by == "request"
    await rows.save(store, [Saved(PLAIN, [], from_step=0)])
    assert await rows.journey(store, PLAIN.id, 100) == []
    assert await rows.journey(store, FULL.id, 100) == [step(0)], "others keep theirs"


async def test_what_is_forgotten_takes_its_journey_along(store: Store) -> None:
    await rows.save(store, [Saved(PLAIN, [step(0)]), Saved(FULL, [step(0)])])
    assert await rows.forget(store, PLAIN.id) is True
    assert await rows.forget(store, PLAIN.id) is False
    assert await rows.journey(store, PLAIN.id, 10) == []
    assert [one.id for one in await rows.every(store)] == [FULL.id]
    assert len(await rows.journey(store, FULL.id, 10)) == 1


async def test_all_is_written_or_nothing(store: Store) -> None:
    broken = StepRecord(0, TrackId("no such track"), "chance", None)
    with pytest.raises(StoreError):
        await rows.save(store, [Saved(PLAIN), Saved(FULL, [broken])], NOON)
    assert await rows.every(store) == []
    assert await rows.last_pulse(store) is None


async def test_the_pulse(store: Store) -> None:
    await rows.save(store, [], NOON)
    assert await rows.last_pulse(store) == NOON
    await rows.save(store, [], NOON + timedelta(seconds=2))
    await rows.save(store, [Saved(PLAIN)])
    assert await rows.last_pulse(store) == NOON + timedelta(seconds=2), "None is no moment"


async def test_ten_thousand_at_once(store: Store) -> None:
    several = [
        replace(
            PLAIN, id=SessionId(f"s{number}"), uid=str(number), created_at=NOON + timedelta(seconds=number)
        )
        for number in range(10_000)
    ]
    await rows.save(store, [Saved(one, [step(0)]) for one in several], NOON)
    assert await rows.every(store) == several


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    record=st.builds(
        SessionRecord,
        id=st.just(SessionId("a")),
        uid=st.text("0123456789abcdef", min_size=16, max_size=16),
        kind=st.sampled_from(["master", "named", "follower"]),
        name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=64),
        created_at=st.datetimes(timezones=st.just(UTC)),
        following=st.none() | st.just(SessionId("b")),
        live=st.booleans(),
        direction=st.none() | st.just("faster"),
        paused=st.booleans(),
        requests=st.lists(st.sampled_from([one.id for one in TRACKS])).map(tuple),
        place=st.none()
        | st.builds(
            Place,
            track_id=st.just(TRACKS[0].id),
            into_samples=st.integers(0, 2**62),
            at=st.datetimes(timezones=st.just(UTC)),
            moving=st.booleans(),
        ),
        steps=st.integers(0, 2**31 - 1),
        last_event=st.integers(0, 2**62),
    )
)
async def test_any_record_round_trips(store: Store, record: SessionRecord) -> None:
    await rows.save(store, [Saved(record)])
    assert await rows.find(store, record.id) == record
