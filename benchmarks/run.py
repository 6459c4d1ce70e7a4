"""``make bench``: run the named benchmarks, or all; print tables, store JSON, compare with the last run."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
RESULTS = HERE / "results"
BENCHES = ("first_audio", "engine", "library")


def main(names: list[str]) -> int:
    """Run, print, store. Returns the exit status."""
    unknown = set(names) - set(BENCHES)
    if unknown:
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}.")
        return 2
    sys.path.insert(0, str(HERE.parent))
    RESULTS.mkdir(exist_ok=True)
    console = Console()
    for name in names or BENCHES:
        figures: dict[str, float] = importlib.import_module(f"benchmarks.{name}").run()
        stored = RESULTS / f"{name}.json"
        before: dict[str, float] = json.loads(stored.read_text()) if stored.exists() else {}
        table = Table("figure", "now", "last run", "ratio", title=name)
        for figure, value in figures.items():
            last = before.get(figure)
            ratio = f"{value / last:.2f}" if last else ""
            table.add_row(figure, f"{value:.4g}", f"{last:.4g}" if last else "", ratio)
        console.print(table)
        stored.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
