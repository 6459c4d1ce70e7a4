"""What all commands share."""

from __future__ import annotations

import asyncio
import functools
import gc
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from drift.config import load

T = TypeVar("T")

out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)

SETTINGS = [
    click.option("--config", "file", type=click.Path(path_type=Path), help="Settings file (TOML)."),
    click.option("--library", "library__paths", multiple=True, help="Folder with music; may be repeated."),
    click.option(
        "--data-dir", "data__directory", help="Where Drift keeps its database, covers and demo music."
    ),
    click.option("--demo", "library__demo", is_flag=True, default=None, help="Play the demo library too."),
]
ADDRESS = [
    click.option("--host", "server__host", help="Address to listen on (default 127.0.0.1)."),
    click.option(
        "--port", "server__port", type=int, help="Port to listen on (default 8420; 0: any free one)."
    ),
]


def configured(*options: Callable[..., Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command these options; those named like a setting override it, and the command gets a Config."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def load_first(file: Path | None, **given: Any) -> None:
            flags = {
                name.replace("__", "."): value
                for name, value in given.items()
                if "__" in name and value != ()
            }
            rest = {name: value for name, value in given.items() if "__" not in name}
            command(load(file, flags=flags), **rest)

        decorated: Callable[..., None] = load_first
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


@contextmanager
def loading() -> Iterator[None]:
    """While packages are imported: to look for garbage in what stays takes a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run asynchronous work to its end; what it gives."""
    import uvloop  # noqa: PLC0415 - `drift version` should not load it

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
