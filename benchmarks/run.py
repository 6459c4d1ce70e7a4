"""``make bench``: run the named benchmarks, or all; print tables, store JSON, compare with the last run.

``name=value`` sets a parameter of the benchmarks that have it:
``make bench ARGS="idle_sessions window_s=20"``.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path

from rich.console import Console

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import report  # noqa: E402 - found through the line above
from benchmarks.figures import Result  # noqa: E402

RESULTS = HERE / "results"
BENCHES = (
    "hot_loop",
    "engine",
    "library",
    "first_audio",
    "sessions_per_core",
    "listeners_per_core",
    "idle_sessions",
    "event_lag",
    "sessions_churn",
    "publisher_cpu",
)
MUSIC = (
    "music.analysis",
    "music.tempo_demo",
    "music.tempo_clicks",
    "music.tempo_real",
    "music.key_demo",
    "music.directions",
    "music.neighbours",
    "music.explore",
    "music.transitions",
    "music.beatmatch",
)
"""How well the music is understood; all of them by the name ``music``."""

ON_DEMAND = ("soak", "music.tempo_weights")
"""Not part of all, because they take long."""

BINDING = ("soak",)
"""To miss a target of these is a failure."""


def main(arguments: list[str]) -> int:
    """Run, print, store. Returns the exit status."""
    wanted = [argument for argument in arguments if "=" not in argument] or list(BENCHES)
    names = [name for one in wanted for name in (MUSIC if one == "music" else (one,))]
    unknown = set(names) - {*BENCHES, *MUSIC, *ON_DEMAND}
    if unknown:
        known = ", ".join((*BENCHES, "music", *MUSIC, *ON_DEMAND))
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there are {known}.")
        return 2
    try:
        given = {
            name: float(value) for name, _, value in (one.partition("=") for one in arguments if "=" in one)
        }
        parameters = {name: _parameters(name, given) for name in names}
    except ValueError as error:
        print(f"A parameter is name=number: {error}.")
        return 2
    unused = set(given) - {name for found in parameters.values() for name in found}
    if unused:
        print(f"None of {', '.join(names)} has a parameter {', '.join(sorted(unused))}.")
        return 2
    return max([_run(name, parameters[name]) for name in names])


def _parameters(bench: str, given: report.Parameters) -> report.Parameters:
    """What a benchmark's ``run`` takes, as given or by default."""
    signature = inspect.signature(importlib.import_module(f"benchmarks.{bench}").run)
    found = {}
    for name, parameter in signature.parameters.items():
        kind = type(parameter.default)
        value = given.get(name, parameter.default)
        if kind(value) != value:
            raise ValueError(f"{name} is a whole number")
        found[name] = kind(value)
    return found


def _run(name: str, parameters: report.Parameters) -> int:
    result: Result = importlib.import_module(f"benchmarks.{name}").run(**parameters)
    file = _file(name, parameters)
    last = report.read(file, parameters)
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(report.table(name, result, last))
    worsened = report.worsened(result, last)
    if worsened:
        console.print(f"[bold red]{name} got worse[/] (the last run stays stored): {', '.join(worsened)}")
        return 1
    report.write(file, result, parameters)
    return 1 if name in BINDING and report.missed(result) else 0


def _file(name: str, parameters: report.Parameters) -> Path:
    """Where results are stored: apart for each set of parameters."""
    usual = _parameters(name, {})
    changed = [f"{key}={value:g}" for key, value in parameters.items() if value != usual[key]]
    return RESULTS / f"{' '.join([name, *changed])}.json"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
