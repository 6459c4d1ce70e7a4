from __future__ import annotations

import re
from typing import Any

import pytest

from drift import doctor
from drift.config import AccessConfig, Config, LiveKitConfig, ServerConfig


@pytest.mark.parametrize(
    ("host", "mode", "says"),
    [
        ("127.0.0.1", "open", "whoever uses this machine"),
        ("0.0.0.0", "open", 'everybody in your network may make sessions.*\\[access\\] mode = "codes"'),
        ("::", "open", "everybody in your network"),
        ("0.0.0.0", "codes", "`drift codes SESSION`"),
    ],
)
def test_who_may_steer(host: str, mode: Any, says: str) -> None:
    finding = doctor._access(Config(server=ServerConfig(host=host), access=AccessConfig(mode=mode)))
    assert finding.ok, "a hint, no fault"
    assert re.search(says, finding.text)


@pytest.mark.parametrize(
    ("settings", "ok", "says"),
    [
        ({}, True, "none configured"),
        ({"url": "ws://127.0.0.1:9"}, False, r"livekit\.api_key and livekit\.api_secret must be set, too"),
        (
            {"url": "ws://127.0.0.1:9", "api_key": "k", "api_secret": "s"},
            False,
            "127.0.0.1:9: connection refused",
        ),
    ],
)
def test_livekit(settings: dict[str, Any], ok: bool, says: str) -> None:
    finding = doctor._livekit(Config(livekit=LiveKitConfig(**settings)))
    assert finding.ok is ok
    assert re.search(says, finding.text)
