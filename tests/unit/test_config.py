from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest

from drift.config import MASK, Config, effective, is_local, load
from drift.errors import ConfigError

DOCUMENT = Path(__file__).parents[2] / "config.toml"
SECRET = "hunter2"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration file of the machine's plays a part."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg-config"))


def written(folder: Path, text: str) -> Path:
    file = folder / "drift.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refused(
    text: str = "", environ: dict[str, str] | None = None, flags: dict[str, object] | None = None
) -> str:
    with pytest.raises(ConfigError) as caught:
        load(written(Path.cwd(), text), environ or {}, flags)
    return str(caught.value)


def test_the_document_and_the_defaults_are_the_same() -> None:
    document = tomllib.loads(DOCUMENT.read_text(encoding="utf-8"))
    documented = {
        f"{section}.{key}": tuple(value) if isinstance(value, list) else value
        for section, keys in document.items()
        for key, value in keys.items()
    }
    assert documented == dict(effective(Config()))


def test_every_key_has_a_comment() -> None:
    previous, bare = "", []
    explained = False
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if re.match(r"\w+ = ", line):
            explained = previous.startswith("#") or (explained and bool(re.match(r"\w+ = ", previous)))
            if not explained:
                bare.append(line)
        previous = line
    assert bare == []


def test_without_anything_the_defaults_are_in_force() -> None:
    assert load(environ={}) == Config()


def test_flags_go_over_variables_over_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "[server]\nport = 1\nhost = 'file'\n[stream]\nname = 'file'")
    environ = {"DRIFT_SERVER_PORT": "2", "DRIFT_SERVER_HOST": "variable"}
    config = load(file, environ, {"server.port": 3, "server.host": None})
    assert (config.server.port, config.server.host, config.stream.name) == (3, "variable", "file")


def test_the_file_is_found(tmp_path: Path) -> None:
    user = tmp_path / "xdg-config" / "drift"
    user.mkdir(parents=True)
    (user / "config.toml").write_text("[server]\nport = 1")
    assert load(environ={}).server.port == 1
    (tmp_path / "config.toml").write_text("[server]\nport = 2")
    assert load(environ={}).server.port == 2
    named = written(tmp_path, "[server]\nport = 3")
    assert load(environ={"DRIFT_CONFIG": str(named)}).server.port == 3


def test_lists_and_numbers_and_switches_from_variables() -> None:
    config = load(
        environ={
            "DRIFT_LIBRARY_PATHS": os.pathsep.join(["/a b", "/c", "", "/d "]),
            "DRIFT_SERVER_PROXIES": "::1, 10.0.0.0/8,",
            "DRIFT_LIBRARY_DEMO": "true",
            "DRIFT_STREAM_MP3_KBPS": "320",
            "DRIFT_MIX_FADE_S": "2.5",
            "DRIFT_LOG_LEVEL": "debug",
            "OTHER": "ignored",
        }
    )
    assert config.library.paths == ("/a b", "/c", "/d ")
    assert config.server.proxies == ("::1", "10.0.0.0/8")
    assert config.library.demo is True
    assert (config.stream.mp3_kbps, config.mix.fade_s, config.log.level) == (320, 2.5, "debug")


def test_an_unknown_key_is_named_with_its_origin_and_the_nearest() -> None:
    message = refused("[server]\nprot = 1")
    assert "drift.toml: unknown setting 'server.prot'; did you mean 'server.port'?" in message
    assert "did you mean 'stream.burst_s'" in refused("[server]\nburst_s = 1")
    assert "did you mean" not in refused("[server]\nzzzzzzzz = 1")


def test_an_unknown_section_and_a_key_without_one() -> None:
    assert "unknown section [sever]; did you mean 'server'?" in refused("[sever]\nport = 1")
    assert "'port' stands outside a [section]; did you mean 'server.port'?" in refused("port = 1")


def test_an_unknown_variable_or_flag() -> None:
    message = refused(environ={"DRIFT_SERVER_PROT": "1"})
    assert "environment variable DRIFT_SERVER_PROT: unknown" in message
    assert "did you mean 'server.port'?" in message
    assert refused(flags={"server.prot": 1}).startswith("command line: unknown setting")


def test_what_is_not_toml_or_not_a_file(tmp_path: Path) -> None:
    assert "drift.toml: not valid TOML" in refused("[server\n")
    with pytest.raises(ConfigError, match="there is no such file"):
        load(tmp_path / "none.toml", {})
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path, {})
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "binary.toml", {})


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("server", "port = 'many'"),
        ("server", "port = 65536"),
        ("server", "port = -1"),
        ("server", "host = 5"),
        ("library", "paths = '/one'"),
        ("library", "paths = [1]"),
        ("mix", "fade_s = nan"),
        ("mix", "fade_s = inf"),
        ("stream", "mp3_kbps = 100"),
        ("stream", "idle_pause_s = -1"),
        ("events", "heartbeat_s = 11"),
        ("log", "level = 'loud'"),
        ("sessions", "names = ['kitchen', '???']"),
        ("sessions", "names = ['list']"),
    ],
)
def test_a_wrong_value_is_named_with_its_origin(section: str, line: str) -> None:
    message = refused(f"[{section}]\n{line}")
    assert message.startswith(str(Path.cwd() / "drift.toml"))
    assert f"{section}.{line.split(maxsplit=1)[0]} = " in message


def test_names_of_sessions() -> None:
    assert load(flags={"sessions.names": ("kitchen", " Living  Room")}).sessions.names == (
        "kitchen",
        "Living Room",
    )
    message = refused("[sessions]\nnames = ['kitchen', '???']")
    assert "sessions.names = '???': a session's name has" in message


def test_a_wrong_value_of_a_variable() -> None:
    for value in ("", "many", "²"):
        message = refused(environ={"DRIFT_STREAM_MP3_KBPS": value})
        assert message.startswith(f"environment variable DRIFT_STREAM_MP3_KBPS: stream.mp3_kbps = {value!r}")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("", ""),
        ("sqlite:///var/drift.db", "sqlite:///var/drift.db"),
        (f"postgresql://me:{SECRET}@db:5432/drift?ssl=on", f"postgresql://me:{MASK}@db:5432/drift?ssl=on"),
        (f"postgresql://me:a#{SECRET}@db/drift", f"postgresql://me:{MASK}@db/drift"),
        (f"postgresql://me:a@{SECRET}@db/drift", f"postgresql://me:{MASK}@db/drift"),
        (f"postgresql://:{SECRET}@db/drift", f"postgresql://:{MASK}@db/drift"),
        (
            f"postgresql://db/drift?user=me&password={SECRET}&ssl=on",
            f"postgresql://db/drift?user=me&password={MASK}&ssl=on",
        ),
        (f"postgresql://db/drift?sslPassword={SECRET}", f"postgresql://db/drift?sslPassword={MASK}"),
        (SECRET, MASK),
        (f"postgresql://[{SECRET}:@", f"postgresql://[{SECRET}:{MASK}@"),
    ],
)
def test_secrets_are_masked(url: str, shown: str) -> None:
    config = load(environ={"DRIFT_DATABASE_URL": url})
    assert dict(effective(config))["database.url"] == shown
    assert config.database.url == url


def test_no_secret_in_an_error(tmp_path: Path) -> None:
    file = written(tmp_path, f"[database]\nurl = ['{SECRET}']")
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    assert f"database.url = {MASK}" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert SECRET not in str(caught.value.__cause__)  # a traceback shows the cause too


def test_the_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert Config().data.path == tmp_path / "drift"
    monkeypatch.setenv("HOME", "/home/somebody")
    assert load(environ={"DRIFT_DATA_DIRECTORY": "~/radio"}).data.path == Path("/home/somebody/radio")


def test_a_code_in_the_environment_is_no_setting() -> None:
    assert load(environ={"DRIFT_CODE": "k7d2-m9qp-x4tz"}) == Config()
    assert "unknown setting 'codes.'" in refused(environ={"DRIFT_CODES": "k7d2-m9qp-x4tz"})


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("drift.localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.5", False),
        ("radio.example", False),
        ("", False),
    ],
)
def test_which_addresses_are_out_of_reach(host: str, local: bool) -> None:
    assert is_local(host) == local
