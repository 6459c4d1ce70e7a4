"""Who somebody is, across sessions: an id that only Drift can have given."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable

from drift.models import PersonId
from drift.store import Store
from drift.store.secrets import kept_secret

LIFETIME_S = 365 * 86_400
"""For so long somebody is known; every join begins it anew."""

_PURPOSE = b"drift-person 1\n"
_SIGNED = re.compile(r"([0-9a-f]{32})\.([0-9]{1,12})\.([0-9a-f]{64})")


def new_person() -> PersonId:
    """Somebody who was never here."""
    return PersonId(secrets.token_hex(16))


async def load_secret(store: Store) -> bytes:
    """The key that cookies are signed with; made at first use, the same for all programs on one store.

    Raises:
        StoreError: the database failed.
    """
    return await kept_secret(store, "cookies", secrets.token_bytes(32))


class Signer:
    """Signs who somebody is, for so long, and knows its own signature again.

    Args:
        secret: the key.
        now: the time of day, in seconds.
    """

    def __init__(self, secret: bytes, now: Callable[[], float]) -> None:
        self._secret = secret
        self._now = now

    def sign(self, person: PersonId) -> str:
        """Text for that one's browser alone, ``person.expires.signature``."""
        said = f"{person}.{int(self._now()) + LIFETIME_S}"
        return f"{said}.{self._signature(said)}"

    def read(self, text: str) -> PersonId | None:
        """Who that is; None: it was tampered with, is malformed, or has expired."""
        found = _SIGNED.fullmatch(text)
        if found is None:
            return None
        person, expires, signature = found.groups()
        right = hmac.compare_digest(signature, self._signature(f"{person}.{expires}"))
        return PersonId(person) if right and self._now() < int(expires) else None

    def _signature(self, said: str) -> str:
        return hmac.new(self._secret, _PURPOSE + said.encode(), hashlib.sha256).hexdigest()
