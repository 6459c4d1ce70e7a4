"""What the LiveKit server tells of itself: signed, perhaps twice, perhaps late, perhaps never."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.json_format import Parse, ParseError
from jwt import PyJWTError
from livekit.protocol.webhook import WebhookEvent

from drift.config import LiveKitConfig
from drift.errors import ForgedError, LiveKitError
from drift.livekit.tokens import verifier
from drift.telemetry import logger
from drift.throttle import Throttle

LARGEST = 64 * 1024
"""Bytes of one event. A participant with all that LiveKit lets it say of itself fits in."""
LEEWAY_S = 300.0
"""So much the two clocks may differ. LiveKit's signature holds for five minutes: a stolen event could be told
again for ten, but is known then."""
REMEMBERED = 4096
"""Events of which a second telling is noticed. One that is not does no harm: it only makes Drift look."""

COMPLAIN_S = 60.0
"""A refused webhook is worth a line in the log, as a wrong key looks like that; a flood of them is not."""

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """What has happened, says the server.

    Attributes:
        kind: "participant_joined", "participant_left", "room_finished" and more.
        room: LiveKit's name of the room; "": it is about none.
        identity: of the participant that it is about; "": about none.
    """

    kind: str
    room: str
    identity: str


class Webhooks:
    """Takes what arrives as webhooks, if the server has sent it.

    Args:
        config: a key of the server's, which must be the one that it signs webhooks with.
        now: seconds of a clock that never goes back.
    """

    def __init__(self, config: LiveKitConfig, now: Callable[[], float]) -> None:
        self._configured = config.configured
        self._verifier = verifier(config.api_key, config.api_secret, LEEWAY_S)
        self._complaints = Throttle(1 / COMPLAIN_S, 1, now)
        self._seen: OrderedDict[str, None] = OrderedDict()

    def receive(self, body: bytes, authorization: str) -> Event | None:
        """An event; None: it was told before.

        Args:
            body: as it came, byte for byte: its hash is signed.
            authorization: the header, a token.

        Raises:
            ForgedError: it is not from the server, or not as the server has sent it.
            LiveKitError: there is no server that could send any.
        """
        if not self._configured:
            raise LiveKitError("LiveKit is not configured.")
        try:
            self._verify(body, authorization.removeprefix("Bearer ").strip())
            found = Parse(body, WebhookEvent(), ignore_unknown_fields=True)
        except (ParseError, UnicodeDecodeError) as error:
            raise ForgedError("The body is no event of LiveKit's.") from error
        except ForgedError as error:
            if not self._complaints.wait_s(""):
                log.warning("webhook-refused", reason=str(error))
            raise
        if found.id and self._known(found.id):
            return None
        return Event(found.event, found.room.name, found.participant.identity)

    def _verify(self, body: bytes, token: str) -> None:
        try:
            signed = base64.b64decode(self._verifier.verify(token).sha256 or "", validate=True)
        except (PyJWTError, ValueError) as error:
            raise ForgedError("The webhook's signature is not LiveKit's, or has expired.") from error
        if not hmac.compare_digest(signed, hashlib.sha256(body).digest()):
            raise ForgedError("The webhook's body is not the one that was signed.")

    def _known(self, event_id: str) -> bool:
        known = event_id in self._seen
        self._seen[event_id] = None
        self._seen.move_to_end(event_id)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return known
