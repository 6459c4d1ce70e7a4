"""``drift library``: what the analysis knows, without a running server."""

from __future__ import annotations

import asyncio
import json
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.table import Table

from drift.commands.common import SETTINGS, configured, loading, out, run
from drift.errors import LibraryError, NotFoundError
from drift.library.walk import printable
from drift.models import Track, TrackId

if TYPE_CHECKING:
    from drift.config import Config
    from drift.library import Library

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_LIMIT = click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="How many.")
_TRACK = click.argument("track", nargs=-1, required=True)
_MOST_LISTED = 10


@click.group()
def library() -> None:
    """Look into the analysed library.

    TRACK is an id (or how it begins), a file, or words of its title, artist and album.
    """


@library.command()
@configured(*SETTINGS, _AS_JSON)
def stats(config: Config, as_json: bool) -> None:
    """Print how much is analysed, and how its features are distributed."""
    run(_with(config, lambda music: _stats(music, as_json)))


@library.command()
@configured(*SETTINGS, _AS_JSON, _TRACK)
def show(config: Config, as_json: bool, track: Sequence[str]) -> None:
    """Print everything that is known of a track."""
    run(_with(config, lambda music: _show(music, " ".join(track), as_json)))


@library.command()
@configured(*SETTINGS, _AS_JSON, _LIMIT, _TRACK)
def similar(config: Config, as_json: bool, limit: int, track: Sequence[str]) -> None:
    """List the tracks that sound most like one."""
    run(_with(config, lambda music: _similar(music, " ".join(track), limit, as_json)))


@library.command()
@configured(*SETTINGS, _AS_JSON, _TRACK)
def explore(config: Config, as_json: bool, track: Sequence[str]) -> None:
    """List the directions that are open from a track, and where they lead."""
    run(_with(config, lambda music: _explore(music, " ".join(track), as_json)))


@library.command()
@configured(
    *SETTINGS,
    _AS_JSON,
    click.option("--steps", type=click.IntRange(1, 500), help="In how many steps."),
    click.option("--minutes", type=click.FloatRange(1, 1440), help="How long the way takes."),
    click.argument("start"),
    click.argument("goal"),
)
def path(
    config: Config, *, as_json: bool, steps: int | None, minutes: float | None, start: str, goal: str
) -> None:
    """Find a smooth way from one track to another (quote names of several words)."""
    if steps is not None and minutes is not None:
        raise click.UsageError("Give --steps or --minutes, not both.")
    run(_with(config, lambda music: _path(music, (start, goal), (steps, minutes), as_json)))


async def _with(config: Config, work: Callable[[Library], Awaitable[None]]) -> None:
    async with _opened(config) as music:
        await work(music)


@asynccontextmanager
async def _opened(config: Config) -> AsyncIterator[Library]:
    """The library as the last scan left it."""
    with loading():
        from drift import data  # noqa: PLC0415 - `drift version` should not load a database
        from drift.supervisor import Supervisor  # noqa: PLC0415 - as above

    async with (
        data.opened_store(config) as store,
        Supervisor() as supervisor,
        data.opened_library(config, store, supervisor) as music,
    ):
        await music.load()
        await music.refresh_index()
        if not music.tracks:
            raise LibraryError("the library is empty: run `drift scan` first")
        yield music


def _find(music: Library, wanted: str, *, analysed: bool = True) -> Track:
    """The one track that is meant.

    Raises:
        NotFoundError: there is none, there are several, or it is not analysed.
    """
    file = Path(wanted).expanduser().absolute()
    by_id = [track for track in music.tracks if len(wanted) >= 4 and track.id.startswith(wanted.lower())]
    found = by_id or [track for track in music.tracks if track.path == file] or music.search(wanted)
    exact = [track for track in found if track.tags.title.casefold() == wanted.casefold()]
    found = exact if len(exact) == 1 else found
    if not found:
        raise NotFoundError(f"there is no track '{wanted}' in the library")
    if len(found) > 1:
        some = "; ".join(f"{track.tags.full_title} ({track.id[:8]})" for track in found[:_MOST_LISTED])
        raise NotFoundError(f"'{wanted}' may be one of {len(found)} tracks: {some}")
    if analysed and found[0].id not in music.index:
        raise NotFoundError(f"'{found[0].tags.title}' is not analysed yet: run `drift scan`")
    return found[0]


def _print_json(document: object) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, pad_edge=False)


async def _stats(music: Library, as_json: bool) -> None:
    index = music.index
    columns: dict[str, list[float]] = {}
    for track_id in index.ids:
        for name, value in index.raw(track_id).items():
            columns.setdefault(name, []).append(value)
    spread = {name: _quartiles(values) for name, values in columns.items()}
    hours = sum(track.audio.duration_s for track in music.tracks) / 3600
    if as_json:
        counts = {"tracks": len(music.tracks), "analysed": len(index), "hours": round(hours, 2)}
        _print_json(counts | {"features": spread})
        return
    out.print(f"{len(music.tracks)} tracks, {hours:.1f} hours; {len(index)} analysed.\n")
    table = _table("feature", "lowest", "quarter", "median", "three quarters", "highest")
    for name, values in spread.items():
        table.add_row(name, *(f"{value:.4g}" for value in values))
    out.print(table)


def _quartiles(values: list[float]) -> list[float]:
    if len(values) < 2:
        return [values[0]] * 5
    return [min(values), *statistics.quantiles(values, n=4), max(values)]


async def _show(music: Library, wanted: str, as_json: bool) -> None:
    from drift.sessions.views import detail_view  # noqa: PLC0415 - as in _opened

    track = _find(music, wanted, analysed=False)
    detail: dict[str, Any] = detail_view(track, await music.analysis(track.id))
    standing = music.index.standardised(track.id) if track.id in music.index else {}
    if as_json:
        _print_json(detail | {"path": printable(track.path), "standardised": standing})
        return
    out.print(f"[bold]{escape(track.tags.full_title)}[/]\n{escape(printable(track.path))}\n")
    beats, shape = detail.pop("beats"), detail.pop("shape") or {}
    families = detail.pop("features") or {}
    table = _table("", "")
    for name, value in {**detail, **shape, "beats": len(beats)}.items():
        table.add_row(name, escape(str(value)))
    out.print(table)
    table = _table("family", "descriptor", "value")
    for family, values in families.items():
        for place, (name, value) in enumerate(values.items()):
            table.add_row("" if place else family, name, f"{value:.5g}")
    out.print()
    out.print(table)
    table = _table("dimension", "standard deviations from the middle")
    for name, value in standing.items():
        table.add_row(name, f"{value:+.2f}")
    out.print()
    out.print(table if standing else "Not analysed yet: run `drift scan`.")


async def _similar(music: Library, wanted: str, limit: int, as_json: bool) -> None:
    track = _find(music, wanted)
    near = [(music.find(one.id), one.distance) for one in music.index.similar(track.id, limit)]
    rows = [(one, distance) for one, distance in near if one is not None]
    if as_json:
        _print_json(
            [{"id": one.id, "name": one.tags.full_title, "distance": distance} for one, distance in rows]
        )
        return
    out.print(f"Most like [bold]{escape(track.tags.full_title)}[/]:")
    table = _table("distance", "track", "album", "id")
    for one, distance in rows:
        table.add_row(f"{distance:.3f}", escape(one.tags.full_title), escape(one.tags.album), one.id[:8])
    out.print(table)


async def _explore(music: Library, wanted: str, as_json: bool) -> None:
    from drift.library import features  # noqa: PLC0415 - as in _opened
    from drift.sessions.views import opening_view  # noqa: PLC0415 - as in _opened

    track = _find(music, wanted)
    recent = features.Recent([track.id], 0, 0, 0)
    openings = await asyncio.to_thread(features.explore, music.index, track.id, recent)
    if as_json:
        _print_json([opening_view(opening, music.find) for opening in openings])
        return
    out.print(f"From [bold]{escape(track.tags.full_title)}[/]:")
    table = _table("direction", "step", "others", "track", "id")
    for opening in openings:
        label = opening.direction.label
        for candidate in opening.candidates[:3]:
            one = music.find(candidate.id)
            if one is not None:
                why = candidate.why
                table.add_row(
                    label, f"{why.moved:+.2f}", f"{why.kept:.2f}", escape(one.tags.full_title), one.id[:8]
                )
                label = ""
    out.print(table)


async def _path(
    music: Library, ends: tuple[str, str], bounds: tuple[int | None, float | None], as_json: bool
) -> None:
    from drift.library import features  # noqa: PLC0415 - as in _opened

    start, goal = (_find(music, one) for one in ends)
    steps, minutes = bounds
    ids: list[TrackId] = await asyncio.to_thread(
        features.path, music.index, start.id, goal.id, steps=steps, minutes=minutes
    )
    way = [track for track in map(music.find, ids) if track is not None]
    if as_json:
        _print_json([{"id": track.id, "name": track.tags.full_title} for track in way])
        return
    table = _table("", "track", "length", "id")
    for number, track in enumerate(way, 1):
        seconds = int(track.audio.duration_s)
        table.add_row(
            str(number), escape(track.tags.full_title), f"{seconds // 60}:{seconds % 60:02d}", track.id[:8]
        )
    out.print(table)
