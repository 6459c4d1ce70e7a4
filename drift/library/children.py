"""What the library's child processes start with."""

from __future__ import annotations

import os
from pathlib import Path

import drift


def environment() -> dict[str, str]:
    """Ours, with Drift to be found, and one thread each: there is a process per core already."""
    search = filter(None, [str(Path(drift.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(search),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
