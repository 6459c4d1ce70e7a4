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
from dataclasses import asdict
from pathlib import Path

from drift.errors import UnplayableError
from drift.library.probe import probe
from drift.models import Track

NICENESS = 10


def serve(look_at: Callable[[Path], Track]) -> None:
    """Answer until standard input ends.

    Args:
        look_at: returns the track that a file holds, or raises UnplayableError.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes our input
    os.nice(NICENESS)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not look like an answer
    with contextlib.suppress(BrokenPipeError), answers:
        answers.write(b'{"ready": true}\n')
        answers.flush()
        for line in sys.stdin.buffer:
            answers.write(json.dumps(_answer(look_at, Path(json.loads(line)))).encode() + b"\n")
            answers.flush()


def _answer(look_at: Callable[[Path], Track], path: Path) -> dict[str, object]:
    try:
        track = look_at(path)
    except UnplayableError as error:
        return {"problem": _text(str(error)), "transient": bool(error.details.get("transient"))}
    except Exception as error:  # noqa: BLE001 (one file's surprise must not end the scan; its reason is kept)
        return {"problem": _text(f"cannot be analysed: {type(error).__name__}: {error}"), "transient": False}
    return {"id": track.id, "tags": asdict(track.tags), "audio": asdict(track.audio), "art": track.art}


def _text(reason: str) -> str:
    """A reason that any database can hold, whatever bytes a file's name has brought into it."""
    return reason.encode("utf-8", "replace").decode().replace("\0", " ")[:500]


def main() -> None:
    """Serve with the real probe."""
    art_directory = Path(sys.argv[1])
    serve(lambda path: probe(path, art_directory))


if __name__ == "__main__":
    main()
