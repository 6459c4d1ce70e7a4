"""The pieces that run all the time, each alone: microseconds of CPU. One that gets 1.3 times slower fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, Result

_HERE = Path(__file__).parent
_MAY_WORSEN = 1.3


def run() -> Result:
    """The least CPU time of each piece in ``hot_loop_cases.py``, by pytest-benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "found.json"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--benchmark-quiet"]
        command += ["--benchmark-timer=time.process_time", "--benchmark-min-rounds=20"]
        command += [f"--benchmark-json={found}", str(_HERE / "hot_loop_cases.py")]
        done = subprocess.run(
            command, cwd=_HERE.parent, env=os.environ, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"hot_loop failed:\n{done.stdout}{done.stderr}")
        benchmarks = json.loads(found.read_text(encoding="utf-8"))["benchmarks"]
    return Result(
        [
            Figure(one["extra_info"]["what"], one["stats"]["min"] * 1e6, "us", may_worsen=_MAY_WORSEN)
            for one in benchmarks
        ]
    )
