"""What has been computed from the tracks' sound: written family by family, read by who needs what."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from drift.models import Analysis, Descriptors, TrackId
from drift.store.engine import Store
from drift.store.schema import analyses, beats, files, library_state, tracks
from drift.store.upsert import upsert

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Outdated:
    """A track of which families are missing, or of another version.

    Attributes:
        families: each with the version that is there, None: it is missing.
        cues: cue-in and cue-out, in samples.
    """

    families: Mapping[str, int | None]
    cues: tuple[int, int]


@dataclass(frozen=True, slots=True)
class DescribedTrack:
    """A playable track with all that its families say, for the feature index.

    Attributes:
        data: what `objects_of` makes values of, which is work for a thread.
    """

    id: TrackId
    artist: str
    album: str
    title: str
    length_samples: int
    data: str


async def token(store: Store) -> str:
    """Changes with every change of the library; equal ones mean an equal one. "": nothing was written yet."""
    async with store.reading() as connection:
        return (await connection.execute(select(library_state.c.token))).scalar() or ""


async def renew_token(store: Store, connection: AsyncConnection) -> None:
    """Note in the caller's transaction that the library has changed."""
    await connection.execute(upsert(store, library_state), [{"id": 1, "token": secrets.token_hex(16)}])


async def save_analyses(store: Store, batch: Mapping[TrackId, Analysis]) -> None:
    """Insert or replace the families in `batch` in one transaction; what else is there of a track stays."""
    if batch:
        async with store.writing() as connection:
            await write(store, connection, batch)
            await renew_token(store, connection)


async def write(store: Store, connection: AsyncConnection, batch: Mapping[TrackId, Analysis]) -> None:
    """As `save_analyses`, in the caller's transaction."""
    rows = [
        {
            "track_id": track_id,
            "family": family,
            "version": said.version,
            "data": json.dumps(dict(said.values), separators=(",", ":"), allow_nan=False),
        }
        for track_id, analysis in batch.items()
        for family, said in analysis.families.items()
    ]
    if rows:
        await connection.execute(upsert(store, analyses), rows)
    rows = [
        {
            "track_id": track_id,
            "version": analysis.families["tempo"].version,
            "times": _packed(analysis.beats_samples),
        }
        for track_id, analysis in batch.items()
        if analysis.beats_samples is not None
    ]
    if rows:
        await connection.execute(upsert(store, beats), rows)


async def outdated(
    store: Store, versions: Mapping[str, int], only: Sequence[TrackId] | None = None
) -> dict[TrackId, Outdated]:
    """The tracks, or those in `only`, that have not every family of `versions` in exactly this version."""
    if not versions:
        return {}
    if only is None:
        return await _outdated(store, versions, true())
    found: dict[TrackId, Outdated] = {}
    for start in range(0, len(only), _CHUNK):
        found |= await _outdated(store, versions, tracks.c.id.in_(only[start : start + _CHUNK]))
    return found


async def _outdated(
    store: Store, versions: Mapping[str, int], which: ColumnElement[bool]
) -> dict[TrackId, Outdated]:
    current = or_(
        *(
            and_(analyses.c.family == family, analyses.c.version == version)
            for family, version in versions.items()
        )
    )
    lacking = (
        select(tracks.c.id, tracks.c.cue_in_samples, tracks.c.cue_out_samples)
        .join(analyses, and_(analyses.c.track_id == tracks.c.id, current), isouter=True)
        .where(which)
        .group_by(tracks.c.id)
        .having(func.count(analyses.c.family) < len(versions))
    )
    found: dict[TrackId, Outdated] = {}
    async with store.reading() as connection:
        result = await connection.stream(lacking)
        async for rows in result.partitions(_CHUNK):
            there = await _versions(connection, [row[0] for row in rows])
            for track_id, cue_in, cue_out in rows:
                old = there.get(track_id, {})
                wanted = {name: old.get(name) for name in versions if old.get(name) != versions[name]}
                found[track_id] = Outdated(wanted, (cue_in, cue_out))
    return found


async def _versions(connection: AsyncConnection, ids: Sequence[TrackId]) -> dict[TrackId, dict[str, int]]:
    found: dict[TrackId, dict[str, int]] = {}
    query = select(analyses.c.track_id, analyses.c.family, analyses.c.version)
    for track_id, family, version in await connection.execute(query.where(analyses.c.track_id.in_(ids))):
        found.setdefault(track_id, {})[family] = version
    return found


async def described_tracks(store: Store, after: str, limit: int) -> list[DescribedTrack]:
    """The analysed tracks that can be played, in the order of their ids, from the first after `after` on.

    Returns:
        At most `limit` of them; none: there are no more.
    """
    async with store.reading() as connection:
        return [DescribedTrack(*row) for row in await connection.execute(page_query(after, limit))]


def page_query(after: str, limit: int) -> Select[Any]:
    """The rows that `described_tracks` reads."""
    playable = exists().where(files.c.track_id == tracks.c.id, files.c.problem.is_(None))
    page = (
        select(tracks.c.id, tracks.c.artist, tracks.c.album, tracks.c.title, tracks.c.length_samples)
        .where(tracks.c.id > after, playable, exists().where(analyses.c.track_id == tracks.c.id))
        .order_by(tracks.c.id)
        .limit(limit)
        .subquery()
    )
    said = func.aggregate_strings(analyses.c.data, ",")
    return (
        select(*page.c, said)
        .join(analyses, analyses.c.track_id == page.c.id)
        .group_by(*page.c)
        .order_by(page.c.id)
    )


def objects_of(data: str) -> list[dict[str, float]]:
    """The values of each family, as `DescribedTrack` has them."""
    found: list[dict[str, float]] = json.loads(f"[{data}]")
    return found


async def analysis_of(store: Store, track_id: TrackId) -> Analysis:
    """All that is known of one track; no families if nothing is."""
    query = select(analyses.c.family, analyses.c.version, analyses.c.data).where(
        analyses.c.track_id == track_id
    )
    async with store.reading() as connection:
        rows = (await connection.execute(query.order_by(analyses.c.family))).all()
        times = (await connection.execute(select(beats.c.times).where(beats.c.track_id == track_id))).scalar()
    return Analysis(
        {family: Descriptors(version, values_of(data)) for family, version, data in rows},
        None if times is None else _unpacked(times),
    )


def values_of(data: str | None) -> dict[str, float]:
    """The values in a row's JSON; none if there is no row."""
    values: dict[str, float] = json.loads(data) if data else {}
    return values


def _packed(times: Iterable[int]) -> bytes:
    return np.diff(np.fromiter(times, np.int64), prepend=0).astype("<u4").tobytes()


def _unpacked(times: bytes) -> tuple[int, ...]:
    return tuple(np.frombuffer(times, "<u4").cumsum(dtype=np.int64).tolist())
