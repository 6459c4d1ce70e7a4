"""``pip install .``: a wheel that works by itself, the browser client inside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.server import REPOSITORY


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built in a copy (other tests' servers serve what this would build anew), and unpacked."""
    tree = tmp_path_factory.mktemp("tree") / "drift"
    shutil.copytree(
        REPOSITORY, tree, ignore=shutil.ignore_patterns(".*", "node_modules", "build", "data", "dist")
    )
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            str(folder),
            ".",
        ],
        cwd=tree,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_everything_needed_is_inside(installed: Path) -> None:
    inside = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}
    wanted = {"cli.py", "drift/app.py", "mixer/deck.py", "drift/client/index.html", "drift/py.typed"}
    wanted |= {"drift/store/migrations/env.py", "drift/config.toml"}
    assert wanted <= inside
    assert any(name.startswith("drift/client/assets/") and name.endswith(".js") for name in inside)
    assert not any("node_modules" in name or name.startswith("tests") for name in inside)


def test_it_runs_and_finds_its_client(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    code = "import drift.api.pages as p, drift; print(drift.__file__); print(p.client_directory())"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    module, client = done.stdout.split()
    assert Path(module).is_relative_to(installed)
    assert Path(client) == installed / "drift" / "client"
