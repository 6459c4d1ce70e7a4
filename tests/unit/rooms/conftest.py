from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drift.store import Store, open_store
from tests.unit.rooms.company import KITCHEN, Company


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/drift.db") as store:
        yield store


@pytest.fixture
async def company(store: Store) -> AsyncIterator[Company]:
    made = await Company(store).begin(KITCHEN)
    yield made
    made.close()
