"""Opens the database: connection settings, migrations, and errors in words."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from drift.errors import DataDirectoryError, DriftError, StoreError

MIGRATIONS = Path(__file__).with_name("migrations")
BUSY_TIMEOUT_S = 10.0
"""How long a write waits for another process's write (``drift scan`` beside a running server)."""

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


class Store:
    """An open database. Made by `open_store`; the subject modules of this package take it as an argument."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._reader = engine
        self._writer = engine.execution_options(drift_writes=True)

    @property
    def dialect(self) -> str:
        """The database's kind: "sqlite" or "postgresql"."""
        return self._reader.dialect.name

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one consistent state for the length of the block.

        Raises:
            StoreError: the database failed.
        """
        with _errors_in_words(self._reader.url):
            async with self._reader.begin() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed at the end of the block, or rolled back by an exception.

        Raises:
            StoreError: the database failed, or another process kept it locked for `BUSY_TIMEOUT_S`.
        """
        with _errors_in_words(self._reader.url):
            async with self._writer.begin() as connection:
                yield connection


@asynccontextmanager
async def open_store(url: str) -> AsyncIterator[Store]:
    """Open the database at `url`, creating it and upgrading its schema as needed.

    Args:
        url: ``sqlite:////path/to/file`` or ``postgresql://...``; the async driver is filled in.

    Raises:
        DataDirectoryError: SQLite's directory or file cannot be created, read or written.
        StoreError: `url` is malformed, its file is no database, a newer Drift has written it, or PostgreSQL's
            driver is missing.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        _prepare_file(parsed)
        engine = create_async_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_S}, hide_parameters=True)
        event.listen(engine.sync_engine, "connect", _configure_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    else:
        engine = _postgresql(parsed)
    try:
        store = Store(engine)
        if store.dialect == "sqlite":
            with _errors_in_words(parsed):
                await _use_wal(engine)
        async with store.writing() as connection:
            await connection.run_sync(migrate)
            if store.dialect == "sqlite":  # a write that changes nothing, to fail now if none is possible
                await connection.exec_driver_sql("PRAGMA user_version = 0")
        yield store
    finally:
        await engine.dispose()


def migrate(connection: Connection) -> None:
    """Upgrade the schema to the newest that this program knows, inside the caller's transaction.

    Raises:
        StoreError: the database has a schema that this program does not know.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    current = set(MigrationContext.configure(connection).get_current_heads())
    if unknown := current - known:
        raise StoreError(
            f"the database has schema {', '.join(sorted(unknown))}, unknown to this version of Drift: "
            "a newer one has written it. Upgrade Drift, or restore the backup made before its upgrade."
        )
    if current != set(scripts.get_heads()):
        command.upgrade(config, "head")


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError("database.url is not a database URL, like postgresql://user@host/drift") from error
    if parsed.get_backend_name() not in _DRIVERS:
        raise StoreError(f"database.url names {parsed.drivername!r}; Drift knows sqlite and postgresql.")
    return parsed.set(drivername=_DRIVERS[parsed.get_backend_name()])


def _postgresql(url: URL) -> AsyncEngine:
    try:
        return create_async_engine(url, pool_pre_ping=True, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise StoreError("PostgreSQL needs one more package: pip install asyncpg.") from error


def _prepare_file(url: URL) -> None:
    """Make sure that the file can be opened: aiosqlite's thread outlives a connection that cannot."""
    directory = Path(url.database or "").parent
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataDirectoryError(f"cannot create the data directory {directory}: {error.strerror}") from error
    with _errors_in_words(url):
        sqlite3.connect(url.database or ":memory:", timeout=BUSY_TIMEOUT_S).close()


async def _use_wal(engine: AsyncEngine) -> None:
    """Let readers work beside a writer. The file remembers it: no connection needs to ask again.

    SQLite does not wait for the lock that the change needs, so a program that opens the same new file would
    make it fail: it is tried again for as long as any other write would wait.
    """
    async with engine.connect() as connection, asyncio.timeout(BUSY_TIMEOUT_S):
        raw: Any = (await connection.get_raw_connection()).driver_connection
        while True:
            try:
                await raw.execute_fetchall("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                await asyncio.sleep(0.05)
            else:
                return


def _configure_sqlite(connection: Any, _record: object) -> None:
    """Settings of each new connection, see https://www.sqlite.org/pragma.html."""
    connection.isolation_level = None  # transactions are begun by _begin_sqlite, not guessed by the driver
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once in a writing transaction: one upgraded later fails without waiting."""
    writes = connection.get_execution_options().get("drift_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _errors_in_words(url: URL) -> Iterator[None]:
    """Turns what SQLAlchemy, SQLite and the network raise into Drift's errors."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise _explain(error, url) from error


def _explain(error: Exception, url: URL) -> DriftError:
    text = str(getattr(error, "orig", None) or error)
    where = url.database or url.render_as_string()
    if "unable to open database file" in text:
        return DataDirectoryError(f"cannot open the database {where}: its directory is not accessible")
    if "readonly database" in text:
        return DataDirectoryError(f"cannot write the database {where}: it, or its directory, is read-only")
    if "not a database" in text:
        return StoreError(f"{where} is not a database: move it away, or set database.url to another file")
    if "database is locked" in text or isinstance(error, TimeoutError):
        return StoreError(f"the database {where} is busy: another program has kept it locked")
    if "disk is full" in text:
        return DataDirectoryError(f"cannot write the database {where}: the disk is full")
    return StoreError(f"the database failed: {text}")
