"""Results as tables on the screen, and as JSON beside the last one."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from benchmarks.figures import Figure, Result

Parameters = dict[str, float]


def read(file: Path, parameters: Parameters) -> dict[str, float]:
    """The values of the last run with the same parameters, by figure; empty when there was none."""
    if not file.exists():
        return {}
    stored: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if stored["parameters"] != parameters:
        return {}
    return {figure["name"]: figure["value"] for figure in stored["figures"]}


def write(file: Path, result: Result, parameters: Parameters) -> None:
    """Store a run's figures."""
    figures = [asdict(figure) | {"ratio": figure.ratio, "ok": figure.ok} for figure in result.figures]
    content = {"parameters": parameters, "peer": result.peer, "notes": result.notes, "figures": figures}
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def table(title: str, result: Result, last: dict[str, float]) -> Table:
    """What is shown: a peer's columns where there is a peer, the last run's where there was one."""
    made = Table(title=title, title_justify="left")
    made.add_column("figure", no_wrap=True)
    made.add_column("value", no_wrap=True)
    if result.peer:
        made.add_column(result.peer)
        made.add_column("x peer")
    for column in ("target", "met?", "last run", "x last"):
        made.add_column(column)
    for figure in result.figures:
        before = last.get(figure.name)
        cells = [figure.name, _shown(figure.value, figure.unit)]
        if result.peer:
            cells += _peer_cells(figure, installed=result.peer_installed)
        cells += [str(figure.target or ""), {True: "yes", False: "[bold red]NO[/]", None: ""}[figure.ok]]
        cells += ["" if before is None else _shown(before), f"{figure.value / before:.2f}" if before else ""]
        made.add_row(*cells)
    if result.notes:
        made.caption = "\n".join(result.notes)
        made.caption_justify = "left"
    return made


def worsened(result: Result, last: dict[str, float]) -> list[str]:
    """The figures that got too much worse since the last run."""
    return [figure.name for figure in result.figures if figure.worsened(last.get(figure.name))]


def missed(result: Result) -> list[str]:
    """The figures that miss their target."""
    return [figure.name for figure in result.figures if figure.ok is False]


def _peer_cells(figure: Figure, *, installed: bool) -> list[str]:
    if figure.ratio is None:
        return ["" if installed else "not installed", ""]
    assert figure.peer is not None
    return [_shown(figure.peer, figure.unit), f"{figure.ratio:.3g}"]


def _shown(value: float, unit: str = "") -> str:
    return f"{value:{'.0f' if abs(value) >= 1000 else '.4g'}} {unit}".rstrip()
