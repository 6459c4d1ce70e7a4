"""Keys that Drift has made for itself."""

from __future__ import annotations

from sqlalchemy import select

from drift.store.engine import Store
from drift.store.schema import secrets
from drift.store.upsert import insert


async def kept_secret(store: Store, name: str, value: bytes) -> bytes:
    """The key of this name; `value` becomes it if there is none. Programs that ask at once get the same.

    Raises:
        StoreError: the database failed.
    """
    async with store.writing() as connection:
        await connection.execute(
            insert(store, secrets).values(name=name, value=value).on_conflict_do_nothing()
        )
        found = await connection.execute(select(secrets.c.value).where(secrets.c.name == name))
        kept: bytes = found.scalar_one()
        return kept
