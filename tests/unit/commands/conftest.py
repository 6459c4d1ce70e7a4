from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.commands.desk import Desk, opened


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration file of the machine's plays a part."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture
def desk() -> Iterator[Desk]:
    with opened() as found:
        yield found
