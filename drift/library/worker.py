"""The worker process: answers one line of JSON on standard output for each line on standard input.

Started by `drift.library.pool` as ``python -m drift.library.worker <art directory>``. It ends when its
standard input does, so it outlives the process that started it by one file at most. JSON and not pickle,
because a decoder that hostile input has taken over must not be able to run code in the server.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from drift.errors import UnplayableError
from drift.library.probe import listen, probe
from drift.models import Analysis, Track, TrackId

NICENESS = 10


@dataclass(frozen=True, slots=True)
class Errand:
    """What a worker is asked.

    Attributes:
        families: the families of descriptors that are wanted.
        cues: cue-in and cue-out of a track that is known already and only to be analysed; None: a new file.
    """

    path: Path
    families: tuple[str, ...] = ()
    cues: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What a worker answers.

    Attributes:
        id: of the audio that the file holds.
        track: None: the errand was about a known one.
        analysis: the families that were wanted, an empty one: none were.
    """

    id: TrackId
    track: Track | None
    analysis: Analysis


def look(errand: Errand, art_directory: Path) -> Findings:
    """Run an errand: decode the file once, and let everything that is wanted hear it.

    Raises:
        UnplayableError: the file cannot be used as a track.
    """
    if not errand.families:
        track = probe(errand.path, art_directory)
        return Findings(track.id, track, Analysis({}))
    from drift.library.analysis import Listener, analyse  # noqa: PLC0415 (half a second that the first errand takes)

    listener = Listener()
    if errand.cues is not None:
        identity = listen(errand.path, listener.push)
        return Findings(identity, None, analyse(listener.finish(*errand.cues), errand.families))
    track = probe(errand.path, art_directory, listener.push)
    sound = listener.finish(track.audio.cue_in_samples, track.audio.cue_out_samples)
    return Findings(track.id, track, analyse(sound, errand.families))


def serve(run: Callable[[Errand], Findings]) -> None:
    """Answer until standard input ends.

    Args:
        run: runs an errand, or raises UnplayableError.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes our input
    os.nice(NICENESS)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not look like an answer
    with contextlib.suppress(BrokenPipeError), answers:
        answers.write(b'{"ready": true}\n')
        answers.flush()
        for line in sys.stdin.buffer:
            answers.write(json.dumps(_answer(run, _errand(json.loads(line)))).encode() + b"\n")
            answers.flush()


def _errand(asked: dict[str, Any]) -> Errand:
    cues = asked["cues"]
    return Errand(Path(asked["path"]), tuple(asked["families"]), tuple(cues) if cues else None)


def _answer(run: Callable[[Errand], Findings], errand: Errand) -> dict[str, object]:
    try:
        found = run(errand)
    except UnplayableError as error:
        return {"problem": _text(str(error)), "transient": bool(error.details.get("transient"))}
    except Exception as error:  # noqa: BLE001 (one file's surprise must not end the scan; its reason is kept)
        return {"problem": _text(f"cannot be analysed: {type(error).__name__}: {error}"), "transient": False}
    track = found.track and {
        "tags": asdict(found.track.tags),
        "audio": asdict(found.track.audio),
        "art": found.track.art,
    }
    return {"id": found.id, "track": track, "analysis": asdict(found.analysis)}


def _text(reason: str) -> str:
    """A reason that any database can hold, whatever bytes a file's name has brought into it."""
    return reason.encode("utf-8", "replace").decode().replace("\0", " ")[:500]


def main() -> None:
    """Serve with the real probe."""
    art_directory = Path(sys.argv[1])
    serve(lambda errand: look(errand, art_directory))


if __name__ == "__main__":
    main()
