"""What Drift keeps, and where, as the configuration says: the data directory, the store, the library.

Commands that need no server open these; the composition root does, too.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from drift.config import Config
from drift.errors import DataDirectoryError, LibraryError
from drift.library import Catalogue, Library, Scanner
from drift.store import Store, open_store
from drift.supervisor import Supervisor


def prepare_data_directory(config: Config) -> Path:
    """The data directory, made if need be.

    Raises:
        DataDirectoryError: it cannot be made or written.
    """
    path = config.data.path
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise DataDirectoryError(
            f"the data directory {path} cannot be written: {error.strerror}. "
            "Set another with --data-dir or data.directory."
        ) from error
    return path


@asynccontextmanager
async def opened_store(config: Config) -> AsyncIterator[Store]:
    """The store that the configuration names.

    Raises:
        DataDirectoryError, StoreError: it cannot be used.
    """
    directory = prepare_data_directory(config)
    async with open_store(config.database.url or f"sqlite:///{directory / 'drift.db'}") as store:
        yield store


@asynccontextmanager
async def opened_library(config: Config, store: Store, supervisor: Supervisor) -> AsyncIterator[Library]:
    """The library of the configured folders, not yet loaded.

    Raises:
        LibraryError: a configured folder does not exist or cannot be read.
    """
    data = config.data
    roots = library_roots(config)
    workers = config.library.workers or os.cpu_count() or 1
    catalogue = Catalogue(store)
    async with Scanner(store, data.art, workers, catalogue=catalogue) as scanner:
        yield Library(
            store,
            catalogue,
            scanner,
            supervisor,
            roots=roots,
            demo_directory=demo_directory(config),
            art_directory=data.art,
            workers=workers,
        )


def library_roots(config: Config) -> list[Path]:
    """The configured folders and files, absolute.

    Raises:
        LibraryError: one does not exist or cannot be read.
    """
    roots = [Path(path).expanduser().absolute() for path in config.library.paths]
    for root in roots:
        try:
            root.stat()
        except FileNotFoundError as error:
            raise LibraryError(f"the library folder {root} does not exist") from error
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise LibraryError(f"the library folder {root} cannot be read: {reason}") from error
        if not os.access(root, os.R_OK | (os.X_OK if root.is_dir() else 0)):
            raise LibraryError(f"the library folder {root} cannot be read: permission denied")
    return roots


def demo_directory(config: Config) -> Path | None:
    """Where the demo library belongs; None: it is not wanted."""
    wanted = config.library.demo or not config.library.paths
    return config.data.path / "demo" if wanted else None
