"""Drift's command line: ``drift serve|scan|library|journey|sessions|party|codes|config|doctor|version``.

Exit codes: 0 done; 1 something failed, the message says what; 2 the command or a setting is wrong. Commands
that have to do with sessions have more: 3 there is no such session or track; 4 not allowed: a follower cannot
be steered, or it needs a code; 5 conflict: there is a session of that name already, or it must stay.
"""

from __future__ import annotations

import sys
from typing import NoReturn

import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from drift import __version__, names
from drift.commands.client import exit_status
from drift.commands.common import ADDRESS, SETTINGS, configured, err, loading, out, run
from drift.commands.journey import journey
from drift.commands.library import library
from drift.commands.party import codes, party
from drift.commands.sessions import sessions
from drift.config import Config, effective
from drift.errors import DriftError, LibraryError
from drift.library.walk import printable


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Drift: self-hosted radio that you steer."""


cli.add_command(library)
cli.add_command(journey)
cli.add_command(sessions)
cli.add_command(party)
cli.add_command(codes)


_ROOMS = click.option(
    "--session",
    "sessions__names",
    multiple=True,
    metavar="NAME",
    help="Session that is there from the start, beside the master; may be repeated.",
)


@cli.command()
@configured(*SETTINGS, *ADDRESS, _ROOMS)
def serve(config: Config) -> None:
    """Start the radio."""
    with loading():
        from drift import app  # noqa: PLC0415 - `drift version` should not load a web server
        from drift.telemetry import configure_logging  # noqa: PLC0415 - as above

    configure_logging(config.log.level, config.log.format)

    def ready(url: str) -> None:
        out.print(f"\n  Drift {__version__} is on air: [bold]{url}[/]\n", soft_wrap=True)
        out.print(f"  VLC and other players: {url}/stream/master.mp3", soft_wrap=True)
        for room, name in {names.session_id(name): name for name in config.sessions.names}.items():
            out.print(f"  {escape(name)}: {url}/session/{room}, {url}/stream/{room}.mp3", soft_wrap=True)
        out.print("  Ctrl-C stops it.\n")
        sys.stdout.flush()

    run(app.serve(config, ready))


_PROBLEMS = click.option(
    "--problems",
    "list_problems",
    is_flag=True,
    help="List every file that cannot be played, with the reason.",
)


@cli.command()
@configured(*SETTINGS, _PROBLEMS)
def scan(config: Config, list_problems: bool) -> None:
    """Look at new and changed music files."""
    from drift.telemetry import configure_logging  # noqa: PLC0415 - as in serve

    configure_logging(config.log.level, config.log.format)
    run(_scan(config, list_problems))


async def _scan(config: Config, list_problems: bool) -> None:
    with loading():
        from drift import data  # noqa: PLC0415 - as in serve
        from drift.library import Scanner, ScanProgress  # noqa: PLC0415 - as in serve

    demo = data.demo_directory(config)
    roots = [*data.library_roots(config), *([demo] if demo is not None and demo.is_dir() else [])]
    if not roots:
        data.prepare_data_directory(config)
        raise LibraryError("the demo library has not been made yet: `drift serve` makes and scans it")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]}"),
    )
    async with (
        data.opened_store(config) as store,
        Scanner(store, config.data.art, config.library.workers or None) as scanner,
    ):
        with Progress(*columns, console=err, transient=True) as bar:
            task = bar.add_task("Scanning", total=None, left="")

            def show(progress: ScanProgress) -> None:
                left = "" if progress.remaining_s is None else f"{progress.remaining_s / 60:.0f} min left"
                bar.update(task, completed=progress.done, total=progress.total, left=left)

            summary = await scanner.scan(roots, show)
    out.print(
        f"{summary.found} files: {summary.added} new, {summary.updated} changed, "
        f"{summary.unchanged} unchanged, {summary.analysed} analysed anew, {summary.removed} gone, "
        f"{len(summary.problems)} with problems; "
        f"{summary.seconds:.1f} s."
    )
    if list_problems and summary.problems:
        table = Table("file", "problem", box=None, pad_edge=False)
        for problem in summary.problems:
            table.add_row(escape(printable(problem.path)), escape(problem.reason))
        out.print(table)
    elif summary.problems:
        out.print("`drift scan --problems` lists them.")
    if not summary.found:
        folders = ", ".join(printable(root) for root in roots)
        raise LibraryError(f"no music was found in {folders}")


@cli.command(name="config")
@configured(*SETTINGS, *ADDRESS)
def show_config(config: Config) -> None:
    """Print the settings in force, secrets masked."""
    section = ""
    for name, value in effective(config):
        before, _, key = name.partition(".")
        if before != section:
            out.print(f"{chr(10) if section else ''}[{before}]", markup=False)
            section = before
        out.print(f"{key} = {_toml(value)}", markup=False, soft_wrap=True)


@cli.command()
@configured(*SETTINGS, *ADDRESS)
def doctor(config: Config) -> None:
    """Check what Drift needs: port, access, codecs, data directory, library, clock, client."""
    with loading():
        from drift.doctor import examine  # noqa: PLC0415 - as in serve

    findings = list(examine(config))
    for finding in findings:
        mark = "[green]ok  [/]" if finding.ok else "[red]FAIL[/]"
        out.print(f"{mark} {finding.subject}: {escape(finding.text)}", soft_wrap=True)
    if not all(finding.ok for finding in findings):
        sys.exit(1)


@cli.command()
def version() -> None:
    """Print Drift's version."""
    out.print(f"drift {__version__}")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def _fail(message: str, status: int) -> NoReturn:
    err.print(f"[bold red]drift:[/] {escape(message)}", soft_wrap=True)
    sys.exit(status)


def _mixer_errors() -> tuple[type[Exception], ...]:
    """What the mixer raises on purpose; nothing, as long as it has not been loaded, which takes a while."""
    errors = sys.modules.get("mixer.errors")
    return (errors.MixerError,) if errors else ()


def main() -> None:
    """The ``drift`` program."""
    try:
        cli()
    except DriftError as error:
        _fail(str(error), exit_status(error))
    except _mixer_errors() as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
