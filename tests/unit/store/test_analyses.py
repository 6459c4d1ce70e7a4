from __future__ import annotations

import math
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects import postgresql

from drift.models import Analysis, AudioFacts, BeatGrid, Descriptors, Shape, Tags, Track, TrackId, shape_of
from drift.store import Outdated, ScannedFile, Store, analyses, open_store, schema
from drift.store import tracks as rows
from drift.store.upsert import upsert

AUDIO = AudioFacts("mp3", 44_100, 2, 480_000, 480, 479_520, -14.0, -1.0)
EDGES = {"intro_samples": 48_000.0, "outro_samples": 96_000.0, "ending": 2.0, "ending_samples": 12_345.0}
TEMPO = {
    "bpm": 120.5,
    "tempo_confidence": 0.75,
    "first_beat_samples": 1_000.25,
    "first_period_samples": 23_900.5,
    "last_beat_samples": 300_000.0,
    "last_period_samples": 0.0,
}
SHAPE = Shape(48_000, 96_000, "ring", 12_345, 120.5, 0.75, BeatGrid(1_000.25, 23_900.5), None)
VERSIONS = {"tempo": 3, "edges": 2, "colour": 1}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/drift.db") as opened:
        yield opened


def track(number: int = 0) -> Track:
    return Track(
        TrackId(f"{number:032x}"), Path(f"/music/{number:06}.mp3"), Tags("title", "artist", "album"), AUDIO
    )


def analysis(*families: str, beats: tuple[int, ...] | None = None, **versions: int) -> Analysis:
    values: dict[str, dict[str, float]] = {"edges": EDGES, "tempo": TEMPO, "colour": {"red": 0.1}}
    return Analysis(
        {name: Descriptors((VERSIONS | versions)[name], values[name]) for name in families or VERSIONS}, beats
    )


async def save(store: Store, *tracks: Track, said: Analysis | None = None) -> None:
    await rows.save_files(store, [ScannedFile(each.path, 1, 1, 1, each, analysis=said) for each in tracks])


def test_the_shape_that_values_make() -> None:
    assert shape_of(EDGES, TEMPO) == SHAPE
    assert shape_of({}, TEMPO) is None
    assert shape_of(EDGES | {"ending": 7.0}, TEMPO) is None
    assert shape_of(EDGES, {}) == Shape(48_000, 96_000, "ring", 12_345, 0.0, 0.0, None, None)
    assert analysis().shape == SHAPE
    assert analysis("edges").shape is None


async def test_a_file_and_its_analysis_are_saved_together(store: Store) -> None:
    beats = (1_000, *range(25_000, 2**33, 2**32 - 1))
    await save(store, track(), said=analysis(beats=beats))
    assert await analyses.analysis_of(store, track().id) == analysis(beats=beats)
    assert await rows.playable_tracks(store) == [replace(track(), shape=SHAPE)]
    assert await rows.playable_tracks(store, [track().id]) == [replace(track(), shape=SHAPE)]
    assert await rows.playable_tracks(store, [track(9).id]) == []


async def test_nothing_is_known_of_a_track_without_analysis(store: Store) -> None:
    await save(store, track())
    assert await analyses.analysis_of(store, track().id) == Analysis({})
    assert await rows.playable_tracks(store) == [track()]


async def test_families_are_replaced_one_by_one(store: Store) -> None:
    await save(store, track(), said=analysis(beats=()))
    await analyses.save_analyses(store, {track().id: analysis("colour", colour=2)})
    assert await analyses.analysis_of(store, track().id) == analysis(colour=2, beats=())
    await analyses.save_analyses(store, {track().id: Analysis({"edges": Descriptors(2, {})})})
    assert await rows.playable_tracks(store) == [track()]
    await save(store, track())  # looked at again, without analysis: what is known stays
    assert "tempo" in (await analyses.analysis_of(store, track().id)).families


async def test_values_that_are_not_finite_are_refused(store: Store) -> None:
    await save(store, track())
    wrong = Analysis({"colour": Descriptors(1, {"red": math.nan})})
    with pytest.raises(ValueError, match="JSON"):
        await analyses.save_analyses(store, {track().id: wrong})


async def test_outdated(store: Store) -> None:
    await save(store, *(track(number) for number in range(4)))
    await save(store, track(0), said=analysis())
    await save(store, track(1), said=analysis(tempo=1))
    await save(store, track(2), said=analysis("edges"))
    cues = (AUDIO.cue_in_samples, AUDIO.cue_out_samples)
    expected = {
        track(1).id: Outdated({"tempo": 1}, cues),
        track(2).id: Outdated({"tempo": None, "colour": None}, cues),
        track(3).id: Outdated({"tempo": None, "edges": None, "colour": None}, cues),
    }
    assert await analyses.outdated(store, VERSIONS) == expected
    assert await analyses.outdated(store, VERSIONS, [track(0).id, track(1).id]) == {
        track(1).id: expected[track(1).id]
    }
    assert await analyses.outdated(store, VERSIONS, []) == {}
    assert await analyses.outdated(store, {}) == {}


async def test_a_failed_family_is_not_outdated(store: Store) -> None:
    await save(
        store, track(), said=Analysis({name: Descriptors(version, {}) for name, version in VERSIONS.items()})
    )
    assert await analyses.outdated(store, VERSIONS) == {}
    assert await analyses.outdated(store, VERSIONS | {"colour": 2}) != {}


async def test_pages_of_described_tracks(store: Store) -> None:
    await save(store, *(track(number) for number in range(5)), said=analysis())
    await save(store, track(5))  # not analysed
    gone = track(3)
    await rows.forget_files(store, [gone.path])
    await save(store, replace(track(1), path=Path("/music/twin.mp3")))
    first = await analyses.described_tracks(store, "", 3)
    assert [one.id for one in first] == [track(number).id for number in (0, 1, 2)]
    assert (first[0].artist, first[0].album, first[0].title) == ("artist", "album", "title")
    assert first[0].length_samples == AUDIO.length_samples
    assert sorted(map(len, analyses.objects_of(first[0].data))) == [1, 4, 6]
    second = await analyses.described_tracks(store, first[-1].id, 3)
    assert [one.id for one in second] == [track(4).id]
    assert await analyses.described_tracks(store, second[-1].id, 3) == []


async def test_the_token_changes_with_the_library(store: Store) -> None:
    seen = [await analyses.token(store)]
    assert seen == [""]

    async def changed() -> bool:
        seen.append(await analyses.token(store))
        return seen[-1] not in seen[:-1]

    await save(store, track())
    assert await changed()
    assert not await changed()
    await analyses.save_analyses(store, {})
    await rows.save_files(store, [])
    await rows.forget_files(store, [])
    assert not await changed()
    await analyses.save_analyses(store, {track().id: analysis()})
    assert await changed()
    await rows.mark_unplayable(store, track(), "broke")
    assert await changed()
    await rows.forget_files(store, [track().path])
    assert await changed()


async def test_many_rows(store: Store) -> None:
    many = [track(number) for number in range(1_200)]
    await save(store, *many, said=analysis())
    assert await rows.playable_tracks(store) == [replace(each, shape=SHAPE) for each in many]
    found = await analyses.outdated(store, VERSIONS | {"tempo": 4})
    assert found.keys() == {each.id for each in many}
    assert await analyses.outdated(store, VERSIONS | {"tempo": 4}, [each.id for each in many]) == found


def test_postgresql_understands_the_statements() -> None:
    class Elsewhere(Store):
        def __init__(self) -> None:
            pass

        dialect = "postgresql"

    def words(statement: Any) -> str:
        dialect: Any = postgresql
        return str(statement.compile(dialect=dialect.dialect()))

    assert "string_agg(" in words(analyses.page_query("", 10))
    assert "ON CONFLICT (track_id, family) DO UPDATE" in words(upsert(Elsewhere(), schema.analyses))
