"""Settings: defaults here, over them a TOML file, ``DRIFT_*`` variables and flags, in that order.

``config.toml`` at the top of the repository documents every key with its default; a test compares the two.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from drift import names
from drift.errors import ConfigError, InvalidError

ENV_PREFIX = "DRIFT_"
ENV_FILE = "DRIFT_CONFIG"
ENV_CODE = "DRIFT_CODE"
"""What commands show to a running server; no setting."""
MASK = "********"

Kbps = Literal[64, 96, 128, 160, 192, 224, 256, 320]


class _Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True, allow_inf_nan=False
    )


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise PydanticCustomError(
            "network", "no address like 192.168.1.2, no network like 10.0.0.0/8"
        ) from None
    return text


class ServerConfig(_Section):
    """Where Drift listens."""

    host: str = "127.0.0.1"
    port: int = Field(8420, ge=0, le=65_535)
    proxies: tuple[Annotated[str, AfterValidator(_network)], ...] = ("127.0.0.1", "::1")


class DataConfig(_Section):
    """Where Drift keeps what it makes; empty: the user's data directory (XDG)."""

    directory: str = ""

    @property
    def path(self) -> Path:
        """The data directory."""
        if self.directory:
            return Path(self.directory).expanduser()
        return Path(platformdirs.user_data_dir("drift", appauthor=False))

    @property
    def art(self) -> Path:
        """Where covers are kept."""
        return self.path / "art"

    @property
    def frames(self) -> Path:
        """Where encoded packets are kept."""
        return self.path / "frames"


class DatabaseConfig(_Section):
    """The store; empty: SQLite in the data directory."""

    url: str = Field("", json_schema_extra={"secret": True})


class LibraryConfig(_Section):
    """The music."""

    paths: tuple[str, ...] = Field((), json_schema_extra={"separator": os.pathsep})
    demo: bool = False
    workers: int = Field(0, ge=0, le=64)


class MixConfig(_Section):
    """How tracks follow one another."""

    fade_s: float = Field(5.0, ge=0.12, le=60)
    skip_fade_s: float = Field(1.5, ge=0.12, le=10)
    target_lufs: float = Field(-16.0, ge=-40, le=-5)
    ceiling_dbtp: float = Field(-1.0, ge=-20, le=-0.1)
    max_boost_db: float = Field(12.0, ge=0, le=40)
    gapless: bool = True
    beatmatch_s: float = Field(10.0, ge=0, le=60)
    tempo_confidence: float = Field(0.5, ge=0, le=1)


class SelectionConfig(_Section):
    """Which track comes next."""

    seed: int = Field(0, ge=0)
    artist_separation: int = Field(3, ge=0, le=100)
    album_separation: int = Field(2, ge=0, le=100)
    title_separation: int = Field(30, ge=0, le=1000)


def _session_name(name: str) -> str:
    try:
        names.session_id(name)
        return names.shown(name)
    except InvalidError as error:
        raise PydanticCustomError("session-name", "{reason}", {"reason": str(error)}) from error


class SessionsConfig(_Section):
    """Which sessions there are, and for how long."""

    names: tuple[Annotated[str, AfterValidator(_session_name)], ...] = ()
    cleanup_s: float = Field(60.0, gt=0, le=86_400)
    unload_after_s: float = Field(1800.0, ge=0, le=31_536_000)
    most: int = Field(10_000, ge=1, le=1_000_000)


class AccessConfig(_Section):
    """Who may do what: everybody, or who has a code."""

    mode: Literal["open", "codes"] = "open"


class RoomsConfig(_Section):
    """Chat and company."""

    history: int = Field(100, ge=1, le=1000)
    most: int = Field(200, ge=1, le=10_000)
    messages_burst: int = Field(10, ge=1, le=10_000)
    messages_per_s: float = Field(1.0, gt=0, le=1000)
    room_messages_per_s: float = Field(20.0, gt=0, le=10_000)
    duck_db: float = Field(12.0, ge=0, le=60)


def _livekit_url(url: str) -> str:
    if url and not re.match(r"(?:wss?|https?)://[^/\s]+", url):
        raise PydanticCustomError("livekit-url", "a LiveKit server's address begins with ws:// or wss://")
    try:
        _ = urlsplit(url).port
    except ValueError as error:
        raise PydanticCustomError("livekit-url", "this is no address of a LiveKit server") from error
    return re.sub("^http", "ws", url.rstrip("/"))


_LiveKitUrl = Annotated[str, AfterValidator(_livekit_url)]


class LiveKitConfig(_Section):
    """The LiveKit server, if there is one."""

    url: _LiveKitUrl = ""
    public_url: _LiveKitUrl = ""
    api_key: str = ""
    api_secret: str = Field("", json_schema_extra={"secret": True})
    token_ttl_s: int = Field(600, ge=30, le=86_400)
    manual_token_endpoint: bool = False

    @property
    def configured(self) -> bool:
        """Whether there is one."""
        return bool(self.url and self.api_key and self.api_secret)


class StreamConfig(_Section):
    """What listeners get."""

    name: str = "Drift"
    mp3_kbps: Kbps = 192
    opus_kbps: Kbps = 128
    aac_kbps: Kbps = 160
    burst_s: float = Field(3.0, ge=0.5, le=8)
    backlog_s: float = Field(10.0, ge=2, le=120)
    slow_limit_s: float = Field(30.0, ge=1, le=3600)
    idle_pause_s: float = Field(30.0, ge=0, le=86_400)


class CacheConfig(_Section):
    """Tracks that were encoded once for all sessions."""

    max_mib: int = Field(2048, ge=0, le=1 << 24)


class EventsConfig(_Section):
    """Server-sent events."""

    heartbeat_s: float = Field(5.0, gt=0, le=10)
    replay: int = Field(256, ge=0, le=10_000)


class LogConfig(_Section):
    """What Drift says of itself."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"


class Config(_Section):
    """Everything that can be set. Frozen."""

    server: ServerConfig = ServerConfig()
    data: DataConfig = DataConfig()
    database: DatabaseConfig = DatabaseConfig()
    library: LibraryConfig = LibraryConfig()
    mix: MixConfig = MixConfig()
    selection: SelectionConfig = SelectionConfig()
    sessions: SessionsConfig = SessionsConfig()
    access: AccessConfig = AccessConfig()
    rooms: RoomsConfig = RoomsConfig()
    livekit: LiveKitConfig = LiveKitConfig()
    stream: StreamConfig = StreamConfig()
    cache: CacheConfig = CacheConfig()
    events: EventsConfig = EventsConfig()
    log: LogConfig = LogConfig()


def load(
    file: Path | None = None, environ: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None
) -> Config:
    """Read the settings.

    Args:
        file: a TOML file that must exist; None: ``$DRIFT_CONFIG``, else ``config.toml`` in the working
            directory or in the user's configuration directory, whichever is there first, else none.
        environ: variables named ``DRIFT_<SECTION>_<KEY>``; folders are separated as in ``PATH``,
            other lists by commas.
        flags: overrides by dotted name, e.g. ``{"server.port": 8000}``; values of None are left out.

    Raises:
        ConfigError: with the name of what is wrong, where it was set, and the nearest known name.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, dict[str, Any]] = {}
    origins: dict[str, str] = {}

    def put(name: str, value: object, origin: str) -> None:
        section, _, key = name.partition(".")
        if name not in _known():
            raise ConfigError(f"{origin}: unknown setting '{name}'{_did_you_mean(name)}")
        values.setdefault(section, {})[key] = value
        origins[name] = origin

    found = file or _find_file(environ)
    if found is not None:
        for name, value in _read_file(found):
            put(name, value, str(found))
    for variable, text in sorted(environ.items()):
        if variable.startswith(ENV_PREFIX) and variable not in {ENV_FILE, ENV_CODE}:
            section, _, key = variable.removeprefix(ENV_PREFIX).lower().partition("_")
            name = f"{section}.{key}"
            put(name, _from_text(name, text), f"environment variable {variable}")
    for name, value in (flags or {}).items():
        if value is not None:
            put(name, value, "command line")
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"][:2])
        where = origins.get(name, "settings")
        shown = MASK if _is_secret(name) else repr(first["input"])
        raise ConfigError(f"{where}: {name} = {shown}: {_plain(first['msg'])}") from error


def effective(config: Config) -> Iterator[tuple[str, object]]:
    """Every setting by its dotted name with its value in force; passwords and keys masked."""
    for section in Config.model_fields:
        for key, field in type(getattr(config, section)).model_fields.items():
            value = getattr(getattr(config, section), key)
            yield f"{section}.{key}", _masked(value) if _note(field, "secret") else value


def is_local(host: str) -> bool:
    """Whether an address is this machine's for itself, out of everybody else's reach."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _known() -> dict[str, FieldInfo]:
    known = {}
    for section, outer in Config.model_fields.items():
        assert isinstance(outer.annotation, type)
        for key, field in outer.annotation.model_fields.items():
            known[f"{section}.{key}"] = field
    return known


def _find_file(environ: Mapping[str, str]) -> Path | None:
    named = environ.get(ENV_FILE)
    if named:
        return Path(named)
    candidates = (
        Path("config.toml"),
        Path(platformdirs.user_config_dir("drift", appauthor=False)) / "config.toml",
    )
    return next((path for path in candidates if path.is_file()), None)


def _read_file(file: Path) -> Iterator[tuple[str, object]]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{file}: there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    for section, content in document.items():
        if not isinstance(content, dict):
            raise ConfigError(f"{file}: '{section}' stands outside a [section]{_did_you_mean(section)}")
        if section not in Config.model_fields:
            raise ConfigError(f"{file}: unknown section [{section}]{_did_you_mean(section)}")
        for key, value in content.items():
            yield f"{section}.{key}", value


def _from_text(name: str, text: str) -> object:
    field = _known().get(name)
    if field is not None and get_args(field.annotation)[-1:] == (...,):
        separator = _note(field, "separator")
        parts = text.split(separator) if separator else map(str.strip, text.split(","))
        return tuple(part for part in parts if part)
    if field is not None and field.annotation not in (str, bool) and get_args(field.annotation):
        return int(text) if text.isascii() and text.isdigit() else text
    return text


def _did_you_mean(name: str) -> str:
    known = list(_known())
    by_key = {full.partition(".")[2]: full for full in known}
    nearest = difflib.get_close_matches(name, [*known, *Config.model_fields, *by_key], n=1, cutoff=0.6)
    if not nearest:
        key = name.partition(".")[2] or name
        nearest = difflib.get_close_matches(key, list(by_key), n=1, cutoff=0.6)
    return f"; did you mean '{by_key.get(nearest[0], nearest[0])}'?" if nearest else ""


def _plain(message: str) -> str:
    return message[:1].lower() + message[1:]


def _note(field: FieldInfo, name: str) -> Any:
    """What is said beside a setting's type and bounds."""
    extra = field.json_schema_extra
    return extra.get(name) if isinstance(extra, dict) else None


def _is_secret(name: str) -> bool:
    field = _known().get(name)
    return field is not None and bool(_note(field, "secret"))


def _masked(value: object) -> object:
    """A secret as it may be shown: a URL without its passwords, anything else masked whole."""
    if not isinstance(value, str) or not value:
        return value
    if "://" not in value:
        return MASK
    # Up to the last @, as a password with / or # in it need not be escaped for every driver.
    shown = re.sub(r"(://[^:/?#@]*):.*@", rf"\1:{MASK}@", value)
    return re.sub(
        r"([?&][^=&]*(?:pass|secret|token|key)[^=&]*)=[^&]*", rf"\1={MASK}", shown, flags=re.IGNORECASE
    )
