"""What sessions may be called."""

from __future__ import annotations

import re
import unicodedata

from drift.errors import InvalidError
from drift.models import SessionId

LONGEST = 64
RESERVED = frozenset(
    ["master", "create", "follow", "list", "info", "import", "new", "all", "none", "null", "undefined"]
)
"""Ids that mean something else in an address."""

_HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs"}
_JOINERS = "\u200c\u200d"
"""Scripts and emoji need these between others."""


def session_id(name: str) -> SessionId:
    """The id of a session with this name: lower case, without accents; what is not ``a-z 0-9 _`` is a hyphen.

    Raises:
        InvalidError: nothing is left of it, it is too long, or reserved.
    """
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in name):
        raise InvalidError("A session's name has no control characters.")
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    slug = re.sub(r"[^a-z0-9_-]+", "-", letters).strip("-")
    if not 1 <= len(slug) <= LONGEST:
        raise InvalidError(f"A session's name has 1 to {LONGEST} letters (a-z), digits, - or _.")
    if slug in RESERVED:
        raise InvalidError(f"'{slug}' is reserved: choose another name.", reserved=sorted(RESERVED))
    return SessionId(slug)


def shown(name: str) -> str:
    """A name as people see it: on one line, trimmed.

    Raises:
        InvalidError: nothing of it can be seen, it is too long, or has characters that only change others.
    """
    text = " ".join(name.split())
    kinds = [unicodedata.category(character) for character in text]
    hidden = any(
        kind in _HIDDEN and character not in _JOINERS for kind, character in zip(kinds, text, strict=True)
    )
    visible = any(kind[0] in "LNPS" for kind in kinds)
    if not visible or hidden or len(text) > LONGEST:
        raise InvalidError(f"A name has 1 to {LONGEST} characters, none of them invisible.")
    return text
