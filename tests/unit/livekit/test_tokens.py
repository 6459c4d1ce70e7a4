from __future__ import annotations

import json
from typing import Any

import jwt
import pytest

from drift.livekit import participant_of, short
from drift.livekit.tokens import SKEW_S, Tokens, metadata, padded, permission
from drift.models import ParticipantId, Role

ANN = ParticipantId("a" * 32)
SECRET = "a-secret-of-at-least-32-characters"
WALL_S = 1_800_000_000.0


@pytest.fixture
def tokens() -> Tokens:
    return Tokens("key", SECRET, 600, lambda: WALL_S)


def read(token: str, secret: str = SECRET) -> dict[str, Any]:
    options: Any = {"verify_exp": False, "verify_nbf": False}
    found: dict[str, Any] = jwt.decode(token, secret, algorithms=["HS256"], options=options)
    return found


@pytest.mark.parametrize("muted", [False, True])
@pytest.mark.parametrize("role", ["host", "collaborator", "viewer"])
def test_a_participant_may_what_the_role_may_and_nothing_else(
    tokens: Tokens, role: Role, muted: bool
) -> None:
    claims = read(tokens.participant("room", ANN, "Ann", role, muted=muted))
    speaks = role != "viewer" and not muted
    sources = {"canPublishSources": ["microphone"]} if speaks else {}
    assert claims["video"] == {
        "room": "room",
        "roomJoin": True,
        "canSubscribe": True,
        "canPublish": speaks,
        "canPublishData": not muted,
        "canUpdateOwnMetadata": False,
        **sources,
    }
    assert (claims["iss"], claims["name"]) == ("key", "Ann")
    assert json.loads(claims["metadata"]) == {"participantId": ANN, "role": role}


@pytest.mark.parametrize("muted", [False, True])
@pytest.mark.parametrize("role", ["host", "collaborator", "viewer"])
def test_a_permission_is_what_a_new_token_would_say(tokens: Tokens, role: Role, muted: bool) -> None:
    grants = read(tokens.participant("room", ANN, "Ann", role, muted=muted))["video"]
    found = permission(role, muted=muted)
    assert found.can_subscribe is grants["canSubscribe"]
    assert found.can_publish is grants["canPublish"]
    assert found.can_publish_data is grants["canPublishData"]
    assert len(found.can_publish_sources) == len(grants.get("canPublishSources", []))
    assert (found.can_update_metadata, found.hidden) == (False, False)


def test_it_holds_for_as_long_as_configured_and_from_a_little_before(tokens: Tokens) -> None:
    claims = read(tokens.participant("room", ANN, "Ann", "viewer", muted=False))
    assert claims["exp"] == WALL_S + 600
    assert claims["nbf"] == WALL_S - SKEW_S


def test_each_connection_has_an_identity_of_its_own(tokens: Tokens) -> None:
    found = {read(tokens.participant("room", ANN, "Ann", "host", muted=False))["sub"] for _ in range(20)}
    assert len(found) == 20
    assert {participant_of(one) for one in found} == {ANN}


def test_a_token_by_hand_is_no_participants(tokens: Tokens) -> None:
    claims = read(tokens.manual("room", "Me", "viewer"))
    assert participant_of(claims["sub"]) is None
    assert claims["video"]["canPublish"] is False


def test_the_mix_may_publish_a_screens_audio_only(tokens: Tokens) -> None:
    claims = read(tokens.publisher("room"))
    assert claims["sub"] == "drift"
    grants = claims["video"]
    assert (grants["canPublish"], grants["canPublishSources"]) == (True, ["screen_share_audio"])
    assert not grants.get("roomAdmin")


def test_drifts_own_tokens_do_one_thing_each(tokens: Tokens) -> None:
    for wanted in ("room_admin", "room_create", "room_list"):
        grants = read(tokens.admin(room="room", **{wanted: True}))["video"]
        true = {name for name, value in grants.items() if value is True}
        assert true == {wanted[:4] + wanted[5:].capitalize()}


@pytest.mark.parametrize("identity", ["", "drift", "manual#1", "somebody", "a" * 300])
def test_identities_that_are_no_participants(identity: str) -> None:
    assert participant_of(identity) is None


@pytest.mark.parametrize("identity", ["#", "#1", "x#y#z", "\x00#1", "<b>#1"])
def test_odd_identities_do_no_harm(identity: str) -> None:
    assert participant_of(identity) == identity.partition("#")[0]


def test_a_short_secret_signs_as_it_is(recwarn: pytest.WarningsRecorder) -> None:
    """LiveKit's own development mode has "secret"."""
    token = Tokens("devkey", "secret", 600, lambda: WALL_S).publisher("room")
    assert read(token, padded("secret"))["iss"] == "devkey"
    assert not recwarn.list
    assert short("secret")
    assert not short(SECRET)
    head, _, signature = token.rpartition(".")
    assert jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).verify(
        head.encode(), b"secret", jwt.utils.base64url_decode(signature)
    ), "the key is the same for who knows nothing of padding"


def test_metadata_tells_nothing_else() -> None:
    assert metadata(None, None) == '{"participantId":null,"role":null}'
