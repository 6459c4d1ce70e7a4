"""One file and one worker: what is asked, and what is made of the answer, also of none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from drift.errors import UnplayableError
from drift.library.pool import WorkerPool
from drift.library.probe import VERSION
from drift.library.walk import FileStat
from drift.library.worker import Errand
from drift.models import Analysis, Descriptors, TrackId
from drift.store import Outdated, ScannedFile
from drift.telemetry import logger

log = logger(__name__)

KILLED_ONCE = -1
"""The version of families whose worker was killed, perhaps for another program's hunger: one more try."""


@dataclass(frozen=True, slots=True)
class FirstLook:
    """A new or changed file: measured and analysed."""

    file: FileStat

    @property
    def kind(self) -> str:
        """Files of one kind take about as long per byte."""
        return self.file.path.suffix.lower()


@dataclass(frozen=True, slots=True)
class SecondLook:
    """A known track, of which some families are missing or outdated: only analysed."""

    file: FileStat
    track_id: TrackId
    outdated: Outdated

    @property
    def kind(self) -> str:
        """Files of one kind take about as long per byte."""
        return f"{self.file.path.suffix.lower()} {len(self.outdated.families)}"


@dataclass(frozen=True, slots=True)
class Heard:
    """The outcome of a second look."""

    track_id: TrackId
    analysis: Analysis


async def first_look(pool: WorkerPool, file: FileStat, versions: Mapping[str, int]) -> ScannedFile:
    """Look at a new or changed file. One that a worker dies of gets another chance, without analysis.

    Raises:
        LibraryError: no worker can be started.
    """
    try:
        try:
            found = await pool.run(Errand(file.path, tuple(versions)), file.size)
            analysis = found.analysis
        except UnplayableError as error:
            if not versions or "lost" not in error.details:
                raise
            found = await pool.run(Errand(file.path), file.size)
            analysis = _failed(versions, killed_once=error.details["lost"] == "killed")
            log.warning("analysis-failed", file=str(file.path), reason=str(error))
    except UnplayableError as error:
        version = 0 if error.details.get("transient") else VERSION
        return ScannedFile(file.path, file.mtime_ns, file.size, version, None, str(error))
    return ScannedFile(file.path, file.mtime_ns, file.size, VERSION, found.track, analysis=analysis)


async def second_look(pool: WorkerPool, look: SecondLook, versions: Mapping[str, int]) -> Heard | None:
    """Analyse a known track. Whatever happens, it stays playable; what fails is not tried for ever.

    Returns:
        None: nothing is to be written down. The file has changed or cannot be read; the next scan sees to it.

    Raises:
        LibraryError: no worker can be started.
    """
    families = look.outdated.families
    try:
        found = await pool.run(Errand(look.file.path, tuple(families), look.outdated.cues), look.file.size)
    except UnplayableError as error:
        log.warning("analysis-failed", file=str(look.file.path), reason=str(error))
        lost = error.details.get("lost")
        if error.details.get("transient") and not lost:
            return None
        first_kill = lost == "killed" and KILLED_ONCE not in families.values()
        return Heard(
            look.track_id, _failed({name: versions[name] for name in families}, killed_once=first_kill)
        )
    return Heard(look.track_id, found.analysis) if found.id == look.track_id else None


def _failed(versions: Mapping[str, int], *, killed_once: bool) -> Analysis:
    """An analysis that says that nothing came of it."""
    return Analysis(
        {name: Descriptors(KILLED_ONCE if killed_once else version, {}) for name, version in versions.items()}
    )


def second_looks(
    files: Iterable[tuple[FileStat, TrackId]], outdated: Mapping[TrackId, Outdated]
) -> list[SecondLook]:
    """One for each outdated track, in one of its files."""
    return list(
        {
            track: SecondLook(file, track, outdated[track]) for file, track in files if track in outdated
        }.values()
    )
