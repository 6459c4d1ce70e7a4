"""Fixtures for the tests that run Drift whole: its demo library, real music, and servers."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support.demo import demo_in
from tests.support.server import Server, StartServer

# The same examples in every run: a change is to blame for a failure, not luck.
hypothesis.settings.register_profile("steady", derandomize=True, database=None)
hypothesis.settings.register_profile("search", max_examples=1000)
hypothesis.settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of tests that share an id, pytest-xdist runs one and says nothing of the others: refuse."""
    ids = Counter(item.nodeid for item in items)
    shared = [name for name, count in ids.items() if count > 1]
    if shared and "PYTEST_XDIST_WORKER" in os.environ:
        raise pytest.UsageError(f"several tests are called the same: {shared}")


@pytest.fixture(scope="session")
def real_music() -> Path:
    """Soundtracks from Debian packages, fetched by ``tests/real-music.sh``."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "drift-tests"
    found = [file for file in cache.rglob("*") if file.suffix in {".ogg", ".mp3"}]
    assert found, f"there is no music in {cache}: run `make music`, or `make test`, which does"
    return cache


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as ``make run`` starts it: nothing configured. Shared; do not stop it."""
    server = demo_in(tmp_path_factory.mktemp("demo"), development=True)
    yield server
    server.close()


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Start servers that a test may do anything to."""
    started: list[Server] = []

    def start(*arguments: str, name: str = "server", port: int = 0, development: bool = False) -> Server:
        server = Server(tmp_path / name, *arguments, port=port, development=development)
        started.append(server)
        return server

    yield start
    for server in started:
        server.close()


@pytest.fixture
def demo_tracks(demo_server: Server, tmp_path: Path) -> Path:
    """A folder with four demo tracks of the test's own."""
    demo_server.wait_until_playable(28)
    made = sorted((demo_server.data / "demo").glob("*.opus"))[:4]
    folder = tmp_path / "music"
    folder.mkdir()
    for file in made:
        shutil.copy(file, folder)
    return folder
