"""Keys that Drift has made for itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from drift.store.engine import Store
from drift.store.schema import secrets


async def kept_secret(store: Store, name: str, value: bytes) -> bytes:
    """The key of this name; `value` becomes it if there is none. Programs that ask at once get the same.

    Raises:
        StoreError: the database failed.
    """
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[store.dialect](secrets)
    async with store.writing() as connection:
        await connection.execute(insert.values(name=name, value=value).on_conflict_do_nothing())
        found = await connection.execute(select(secrets.c.value).where(secrets.c.name == name))
        kept: bytes = found.scalar_one()
        return kept
