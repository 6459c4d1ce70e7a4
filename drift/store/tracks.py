"""The library's rows: which files are known, which tracks they hold, which cannot be played."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, func, select, update

from drift.models import Analysis, AudioFacts, Problem, Tags, Track, TrackId, shape_of
from drift.store.analyses import renew_token, values_of, write
from drift.store.engine import Store
from drift.store.schema import analyses, files, tracks
from drift.store.upsert import upsert

_TAGS = tuple(field.name for field in fields(Tags))
_AUDIO = tuple(field.name for field in fields(AudioFacts))
_CHUNK = 500
"""Rows per step of a long read (the event loop runs in between) and per ``IN`` list."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What a scan compares with the file on disk, and what it found there the last time.

    Attributes:
        track_id: None: it cannot be played.
    """

    mtime_ns: int
    size: int
    version: int
    problem: str
    track_id: TrackId | None = None


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """The outcome for one file.

    Attributes:
        version: of the probe that looked at it; 0 asks the next scan to look again.
        track: what it holds, None if it cannot be played.
        problem: why not, "" if it can.
        analysis: of the track; what it leaves out stays as it is.
    """

    path: Path
    mtime_ns: int
    size: int
    version: int
    track: Track | None
    problem: str = ""
    analysis: Analysis | None = None


async def known_files(store: Store, paths: Sequence[Path] | None = None) -> dict[Path, KnownFile]:
    """Every file that a scan has seen, or those of `paths` that one has."""
    columns = (files.c.mtime_ns, files.c.size, files.c.scan_version, files.c.problem, files.c.track_id)
    query = select(files.c.path, *columns)
    known: dict[Path, KnownFile] = {}
    async with store.reading() as connection:
        if paths is None:
            result = await connection.stream(query)
            async for rows in result.partitions(_CHUNK):
                known.update(_known(rows))
        else:
            for start in range(0, len(paths), _CHUNK):
                chunk = paths[start : start + _CHUNK]
                known.update(_known(await connection.execute(query.where(files.c.path.in_(chunk)))))
    return known


def _known(rows: Iterable[Any]) -> dict[Path, KnownFile]:
    return {
        path: KnownFile(mtime_ns, size, version, problem or "", track_id)
        for path, mtime_ns, size, version, problem, track_id in rows
    }


async def save_files(store: Store, batch: Sequence[ScannedFile]) -> None:
    """Insert or replace the rows of `batch`, analyses included, in one transaction.

    Several files may hold the same track: the tags of the last one saved are the track's.
    """
    now = datetime.now(UTC)
    track_rows = {
        file.track.id: asdict(file.track.tags)
        | asdict(file.track.audio)
        | {"id": file.track.id, "art": file.track.art, "added_at": now}
        for file in batch
        if file.track is not None
    }
    file_rows = [
        {
            "path": file.path,
            "mtime_ns": file.mtime_ns,
            "size": file.size,
            "track_id": file.track.id if file.track else None,
            "problem": file.problem or None,
            "scanned_at": now,
            "scan_version": file.version,
        }
        for file in batch
    ]
    heard = {file.track.id: file.analysis for file in batch if file.track and file.analysis}
    if not file_rows:
        return
    async with store.writing() as connection:
        if track_rows:
            await connection.execute(upsert(store, tracks, keep="added_at"), list(track_rows.values()))
        await connection.execute(upsert(store, files), file_rows)
        await write(store, connection, heard)
        await renew_token(store, connection)


async def forget_files(store: Store, paths: Sequence[Path]) -> None:
    """Remove the rows of files that are gone; their tracks stay, for the journeys that played them."""
    if not paths:
        return
    async with store.writing() as connection:
        await connection.execute(
            delete(files).where(files.c.path == bindparam("gone")), [{"gone": path} for path in paths]
        )
        await renew_token(store, connection)


async def problems(store: Store) -> list[Problem]:
    """Every file that cannot be played, by path."""
    query = select(files.c.path, files.c.problem).where(files.c.problem.is_not(None)).order_by(files.c.path)
    async with store.reading() as connection:
        return [Problem(path, reason) for path, reason in await connection.execute(query)]


async def playable_tracks(store: Store, only: Sequence[TrackId] | None = None) -> list[Track]:
    """Every track, or those of `only`, that a file without a problem holds, with the first such path.

    Returns:
        In the order of paths; of `only`, in the order of paths within each 500.
    """
    found: list[Track] = []
    async with store.reading() as connection:
        if only is None:
            result = await connection.stream(_playable())
            async for rows in result.partitions(_CHUNK):
                found.extend(map(_track, rows))
        else:
            for start in range(0, len(only), _CHUNK):
                query = _playable(only[start : start + _CHUNK])
                found.extend(map(_track, await connection.execute(query)))
    return found


async def remembered_tracks(store: Store, ids: Sequence[TrackId]) -> list[Track]:
    """Those of ``ids`` that were ever seen, also those that no file holds any more; without their paths."""
    found: list[Track] = []
    columns = [tracks.c[name] for name in _TAGS + _AUDIO]
    async with store.reading() as connection:
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            query = select(tracks.c.id, tracks.c.art, *columns).where(tracks.c.id.in_(chunk))
            rows = (await connection.execute(query)).all()
            found += [_track((row[0], Path(), row[1], None, None, *row[2:])) for row in rows]
    return found


async def mark_unplayable(store: Store, track: Track, reason: str) -> Track | None:
    """Note that the file of `track` failed while playing; the next scan looks at it again.

    Returns:
        The same track in another of its files, None if it has no other.
    """
    failed = update(files).where(files.c.path == track.path).values(problem=reason, scan_version=0)
    async with store.writing() as connection:
        await connection.execute(failed)
        await renew_token(store, connection)
        row = (await connection.execute(_playable([track.id]))).first()
    return None if row is None else _track(row)


def _playable(only: Sequence[TrackId] | None = None) -> Select[Any]:
    """The columns that `_track` reads. A window function, because PostgreSQL 17 has no ``min(bytea)``."""
    order = func.row_number().over(partition_by=files.c.track_id, order_by=files.c.path)
    held = select(files.c.path, files.c.track_id, order.label("rank")).where(files.c.problem.is_(None))
    if only is not None:
        held = held.where(files.c.track_id.in_(only))
    first = held.subquery()
    edges, tempo = analyses.alias("edges"), analyses.alias("tempo")
    columns = [tracks.c[name] for name in _TAGS + _AUDIO]
    return (
        select(tracks.c.id, first.c.path, tracks.c.art, edges.c.data, tempo.c.data, *columns)
        .join(first, first.c.track_id == tracks.c.id)
        .join(edges, and_(edges.c.track_id == tracks.c.id, edges.c.family == "edges"), isouter=True)
        .join(tempo, and_(tempo.c.track_id == tracks.c.id, tempo.c.family == "tempo"), isouter=True)
        .where(first.c.rank == 1)
        .order_by(first.c.path)
    )


def _track(row: Any) -> Track:
    tags, audio = 5, 5 + len(_TAGS)
    shape = shape_of(values_of(row[3]), values_of(row[4])) if row[3] else None
    return Track(TrackId(row[0]), row[1], Tags(*row[tags:audio]), AudioFacts(*row[audio:]), row[2], shape)
