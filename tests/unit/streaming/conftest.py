"""Fixtures of this folder; ``site`` is defined where tests can import its type."""

from collections.abc import AsyncIterator

import pytest

from drift.supervisor import Supervisor
from tests.unit.http_site import built, music, site
from tests.unit.streaming.radio import Radio

__all__ = ["built", "music", "radio", "site"]


@pytest.fixture
async def radio() -> AsyncIterator[Radio]:
    async with Supervisor() as supervisor:
        yield Radio(supervisor)
