from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from drift.errors import DataDirectoryError, StoreError
from drift.store import open_store
from drift.store.schema import metadata


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/drift.db"


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that others may enter, unlike ``tmp_path``; on leaving, everything in it is writable again."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


async def test_migrations_make_exactly_the_schema(url: str) -> None:
    def differences(connection: Connection) -> Any:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return compare_metadata(context, metadata)

    async with open_store(url) as store, store.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_sqlite_is_set_up(url: str) -> None:
    async with open_store(url) as store, store.reading() as connection:
        settings = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10_000, "synchronous": 1}


async def test_opening_again_keeps_what_was_written(url: str) -> None:
    async with open_store(url) as store, store.writing() as connection:
        await connection.execute(text("CREATE TABLE mine (a INTEGER)"))
    async with open_store(url) as store, store.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM mine"))).scalar_one() == 0


async def test_an_error_rolls_back(url: str) -> None:
    async with open_store(url) as store:
        with pytest.raises(KeyError):  # noqa: PT012 (the block is what is tested)
            async with store.writing() as connection:
                await connection.execute(text("CREATE TABLE mine (a INTEGER)"))
                raise KeyError
        with pytest.raises(StoreError, match="no such table"):
            async with store.reading() as connection:
                await connection.execute(text("SELECT * FROM mine"))


async def test_readers_do_not_wait_for_a_writer(url: str) -> None:
    async with open_store(url) as store, store.writing() as writer:
        await writer.execute(text("CREATE TABLE mine (a INTEGER)"))
        async with asyncio.timeout(2), store.reading() as reader:
            await reader.execute(text("SELECT 1"))


async def test_writers_take_turns(url: str) -> None:
    async with open_store(url) as store:
        async with store.writing() as connection:
            await connection.execute(text("CREATE TABLE mine (a INTEGER)"))
            await connection.execute(text("INSERT INTO mine VALUES (0)"))

        async def add() -> None:
            for _ in range(10):
                async with store.writing() as connection:
                    (value,) = (await connection.execute(text("SELECT a FROM mine"))).one()
                    await connection.execute(text("UPDATE mine SET a = :a"), {"a": value + 1})

        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(add())
        async with store.reading() as connection:
            assert (await connection.execute(text("SELECT a FROM mine"))).scalar_one() == 40


async def test_cancelled_write_frees_the_database(url: str) -> None:
    async with open_store(url) as store:
        with pytest.raises(TimeoutError):  # noqa: PT012 (the block is what is tested)
            async with asyncio.timeout(0.05), store.writing() as connection:
                await connection.execute(text("CREATE TABLE mine (a INTEGER)"))
                await asyncio.sleep(5)
        async with asyncio.timeout(2), store.writing() as connection:
            await connection.execute(text("CREATE TABLE mine (a INTEGER)"))


async def test_two_programs_may_open_a_new_database_at_once(url: str) -> None:
    async def use() -> None:
        async with open_store(url) as store, store.reading() as connection:
            await connection.execute(text("SELECT * FROM tracks"))

    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(use())


@pytest.mark.parametrize("folder", ["new/deep", "with space", "100%", "ünï"])
async def test_the_folder_is_made_whatever_its_name(folder: str, tmp_path: Path) -> None:
    path = tmp_path / folder / "drift.db"
    async with open_store(f"sqlite:///{path}"):
        assert path.exists()


async def test_not_a_database(tmp_path: Path) -> None:
    (tmp_path / "drift.db").write_text("something else\n" * 100)
    with pytest.raises(StoreError, match=r"drift\.db is not a database"):
        async with open_store(f"sqlite:///{tmp_path}/drift.db"):
            pass


async def test_newer_schema(url: str, tmp_path: Path) -> None:
    async with open_store(url):
        pass
    connection = sqlite3.connect(tmp_path / "drift.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="schema 9999, unknown to this version"):
        async with open_store(url):
            pass


async def test_postgresql_without_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(StoreError, match="pip install asyncpg"):
        async with open_store("postgresql://me@127.0.0.1:1/drift"):
            pass


@pytest.mark.parametrize(
    ("url", "reason"), [("mysql://x/y", "knows sqlite and postgresql"), ("nonsense", "not a database URL")]
)
async def test_bad_url(url: str, reason: str) -> None:
    with pytest.raises(StoreError, match=reason):
        async with open_store(url):
            pass


async def test_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataDirectoryError, match="cannot create the data directory"):
        async with open_store(f"sqlite:///{tmp_path}/file/drift.db"):
            pass


async def test_a_directory_in_the_database_s_place(tmp_path: Path) -> None:
    with pytest.raises(DataDirectoryError, match="cannot open the database"):
        async with open_store(f"sqlite:///{tmp_path}"):
            pass


async def test_read_only_directory(public_folder: Path) -> None:
    locked = public_folder / "data"
    locked.mkdir()
    async with open_store(f"sqlite:///{public_folder}/other.db"):
        pass  # what is imported on first use may be out of nobody's reach
    locked.chmod(0o555)
    with _nobody(), pytest.raises(DataDirectoryError, match="cannot open the database"):
        async with open_store(f"sqlite:///{locked}/drift.db"):
            pass


async def test_read_only_file(public_folder: Path) -> None:
    path = public_folder / "drift.db"
    async with open_store(f"sqlite:///{path}"):
        pass
    path.chmod(0o444)
    with _nobody(), pytest.raises(DataDirectoryError, match="read-only"):
        async with open_store(f"sqlite:///{path}"):
            pass


class _nobody:  # noqa: N801 (used as a context manager)
    """Root may write everything: within this, the test is nobody."""

    def __enter__(self) -> None:
        self._root = os.geteuid() == 0
        if self._root:
            os.seteuid(65_534)

    def __exit__(self, *_error: object) -> None:
        if self._root:
            os.seteuid(0)
