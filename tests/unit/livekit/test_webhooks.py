from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import Any

import jwt
import pytest

from drift.config import LiveKitConfig
from drift.errors import ForgedError, LiveKitError
from drift.livekit import Event, Webhooks
from drift.livekit.webhooks import LEEWAY_S, REMEMBERED
from tests.unit.livekit_fakes import CONFIGURED, SECRET


@pytest.fixture
def webhooks() -> Webhooks:
    return Webhooks(CONFIGURED, lambda: 0.0)


def body(event_id: str = "EV_1", **fields: Any) -> bytes:
    said = {
        "event": "participant_joined",
        "id": event_id,
        "createdAt": "1800000000",
        "room": {"name": "drift-1", "sid": "RM_1"},
        "participant": {"identity": "ann#1", "state": "ACTIVE"},
        **fields,
    }
    return json.dumps(said).encode()


def signed(content: bytes, secret: str = SECRET, key: str = "key", **claims: Any) -> str:
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    said = {"iss": key, "exp": int(time.time()) + 300, "sha256": digest, **claims}
    return jwt.encode({name: value for name, value in said.items() if value is not None}, secret)


def test_what_livekit_tells(webhooks: Webhooks) -> None:
    content = body()
    event = webhooks.receive(content, signed(content))
    assert event == Event("participant_joined", "drift-1", "ann#1")


def test_with_and_without_the_word_bearer(webhooks: Webhooks) -> None:
    content = body()
    assert webhooks.receive(content, f"Bearer {signed(content)}") is not None


def test_fields_of_later_versions_are_ignored(webhooks: Webhooks) -> None:
    content = body(invented={"later": True}, event="something_new")
    event = webhooks.receive(content, signed(content))
    assert event is not None
    assert event.kind == "something_new"


def test_an_event_about_no_room(webhooks: Webhooks) -> None:
    content = b'{"event": "egress_started", "id": "EV_2"}'
    assert webhooks.receive(content, signed(content)) == Event("egress_started", "", "")


def test_a_second_telling_is_known(webhooks: Webhooks) -> None:
    content = body()
    assert webhooks.receive(content, signed(content)) is not None
    for _ in range(3):
        assert webhooks.receive(content, signed(content)) is None


def test_what_is_remembered_is_bounded(webhooks: Webhooks) -> None:
    for number in range(REMEMBERED + 1):
        content = body(f"EV_{number}")
        assert webhooks.receive(content, signed(content)) is not None
    assert len(webhooks._seen) == REMEMBERED
    content = body("EV_0")
    assert webhooks.receive(content, signed(content)) is not None, "long ago"


def test_clocks_may_differ_a_little(webhooks: Webhooks) -> None:
    content = body()
    late = signed(content, exp=int(time.time() - LEEWAY_S + 10))
    early = signed(body("EV_2"), nbf=int(time.time() + LEEWAY_S - 10))
    assert webhooks.receive(content, late) is not None
    assert webhooks.receive(body("EV_2"), early) is not None


FORGERIES = {
    "no token": lambda content: "",
    "nonsense": lambda content: "nonsense",
    "many dots": lambda content: "." * 5000,
    "another secret": lambda content: signed(content, "another-secret-of-32-characters!!"),
    "another key": lambda content: signed(content, key="other"),
    "no signature": lambda content: jwt.encode({"iss": "key"}, "", algorithm="none"),
    "long ago": lambda content: signed(content, exp=int(time.time() - LEEWAY_S - 60)),
    "never ends": lambda content: signed(content, exp=None),
    "not yet": lambda content: signed(content, nbf=int(time.time() + LEEWAY_S + 60)),
    "no hash": lambda content: signed(content, sha256=None),
    "an empty hash": lambda content: signed(content, sha256=""),
    "no base64": lambda content: signed(content, sha256="???"),
    "beyond ASCII": lambda content: signed(content, sha256="é"),
    "another body": lambda content: signed(content + b" "),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_forgeries(webhooks: Webhooks, forge: Any) -> None:
    with pytest.raises(ForgedError):
        webhooks.receive(body(), forge(body()))


@pytest.mark.parametrize("content", [b"", b"nonsense", b"[1]", b'{"room": 1}', b"\xff\xfe", b"{" * 5000])
def test_what_is_signed_but_no_event(webhooks: Webhooks, content: bytes) -> None:
    with pytest.raises(ForgedError):
        webhooks.receive(content, signed(content))


def test_a_flood_of_forgeries_is_one_line_in_the_log(
    webhooks: Webhooks, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(50):
        with pytest.raises(ForgedError):
            webhooks.receive(b"{}", "forged")
    assert capsys.readouterr().out.count("webhook-refused") == 1


def test_without_livekit_there_are_none() -> None:
    with pytest.raises(LiveKitError):
        Webhooks(LiveKitConfig(), lambda: 0.0).receive(b"{}", "")
