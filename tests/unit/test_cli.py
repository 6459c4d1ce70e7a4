from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import cli
from drift.commands.client import ServerRefusedError
from drift.errors import ConfigError, LibraryError
from mixer.errors import MixerError


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (LibraryError("so [it] is"), 1),
        (MixerError("so [it] is"), 1),
        (ConfigError("so [it] is"), 2),
        (ServerRefusedError("so [it] is", b"", "not-found"), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_exit_statuses(
    error: BaseException, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(cli, "cli", fail)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == status
    assert capsys.readouterr().err == ("" if status == 130 else "drift: so [it] is\n")


def test_what_nobody_expected_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ValueError("a mistake")

    monkeypatch.setattr(cli, "cli", fail)
    with pytest.raises(ValueError, match="a mistake"):
        cli.main()


def test_a_scan_before_there_is_any_music(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.cli, ["scan", "--demo", "--data-dir", str(tmp_path)])
    assert isinstance(done.exception, SystemExit | LibraryError)
    assert "has not been made yet" in f"{done.output}{done.exception}"
