"""Insert-or-replace, in the words of either database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from drift.store.engine import Store


def insert(store: Store, table: Table) -> Any:
    """A statement that inserts rows, and can be told what to do when there are such."""
    return {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[store.dialect](table)


def upsert(store: Store, table: Table, keep: str = "") -> Any:
    """A statement that inserts rows or replaces those with the same primary key, all but column `keep`."""
    statement = insert(store, table)
    replaced = [column.name for column in table.c if not column.primary_key and column.name != keep]
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={name: statement.excluded[name] for name in replaced}
    )
