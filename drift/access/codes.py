"""Codes that let people in: made, entered, and kept as hashes only."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode

from drift.models import Role, SessionId

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32 (https://www.crockford.com/base32.html): nothing in it looks like something else."""
LONGEST = 64
"""Characters that somebody may enter, spaces and hyphens included."""

_LENGTH = 12
"""60 bits: a million guesses a second would take eighteen thousand years on average."""
_GROUP = 4
_CODE = re.compile(f"[{ALPHABET}]{{{_LENGTH}}}")
_LOOKS_LIKE = str.maketrans("oil", "011")
_BETWEEN = {"Pd", "Zs", "Cf", "Cc"}
"""Dashes, spaces and what cannot be seen: they come along when a code is copied."""

_SALT_BYTES = 16
_N, _R, _P = 2**14, 8, 1
"""scrypt's cost (RFC 7914): 16 MiB and about 50 ms."""
_workers = ThreadPoolExecutor(2, "scrypt")
"""Apart from asyncio's own threads: whoever guesses keeps nobody from their files."""


@dataclass(frozen=True, slots=True)
class Codes:
    """A session's codes, as people get them. They are shown once and kept nowhere."""

    host: str = field(repr=False)
    collaborator: str = field(repr=False)
    viewer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lock:
    """What is kept of a session's codes: their hashes, and the salt that they share."""

    salt: bytes = field(repr=False)
    host: bytes = field(repr=False)
    collaborator: bytes = field(repr=False)
    viewer: bytes = field(repr=False)


def invitation(base: str, session_id: SessionId, codes: Codes) -> dict[str, object]:
    """A session's codes as they are told, with a link for each role.

    Args:
        base: where guests reach Drift, without a slash at the end.
        session_id: what they let into.
        codes: the codes.
    """
    by_role: dict[Role, str] = {
        "host": codes.host,
        "collaborator": codes.collaborator,
        "viewer": codes.viewer,
    }
    return {
        "hostCode": codes.host,
        "collabCode": codes.collaborator,
        "viewerCode": codes.viewer,
        "links": {
            role: f"{base}/?{urlencode({'sessionId': session_id, 'code': code})}"
            for role, code in by_role.items()
        },
    }


def new_codes() -> Codes:
    """Three new codes, such as "k7d2-m9qp-x4tz"."""
    return Codes(_new_code(), _new_code(), _new_code())


def _new_code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))
    return "-".join(letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def entered(text: str) -> str | None:
    """A code as it was meant by whoever has typed or copied it; None: it can be none.

    Case, spaces and dashes do not matter, nor that o looks like 0, and i and l like 1.
    """
    if len(text) > LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text).lower()
    letters = "".join(letter for letter in plain if unicodedata.category(letter) not in _BETWEEN)
    letters = letters.translate(_LOOKS_LIKE)
    return letters if _CODE.fullmatch(letters) else None


async def seal(codes: Codes) -> Lock:
    """The lock that these codes open."""
    salt = secrets.token_bytes(_SALT_BYTES)
    several = (codes.host, codes.collaborator, codes.viewer)
    return Lock(salt, *await asyncio.gather(*(_hash(entered(code) or "", salt) for code in several)))


async def role_by(lock: Lock, letters: str) -> Role | None:
    """The role that a code gives, as :func:`entered` has found it. All three are compared, right or wrong."""
    found = await _hash(letters, lock.salt)
    rights: dict[Role, bool] = {
        "host": hmac.compare_digest(found, lock.host),
        "collaborator": hmac.compare_digest(found, lock.collaborator),
        "viewer": hmac.compare_digest(found, lock.viewer),
    }
    return next((role for role, right in rights.items() if right), None)


async def _hash(letters: str, salt: bytes) -> bytes:
    return await asyncio.get_running_loop().run_in_executor(_workers, _scrypt, letters.encode(), salt)


def _scrypt(letters: bytes, salt: bytes) -> bytes:
    return hashlib.scrypt(letters, salt=salt, n=_N, r=_R, p=_P, dklen=32)
