"""What people write: names and messages, fit to be shown to others. Text is text; nobody interprets it."""

from __future__ import annotations

import re
import unicodedata

from drift import names
from drift.errors import InvalidError

LONGEST_NAME = 40
LONGEST_MESSAGE = 2_000
LONGEST_MESSAGE_ID = 64

_BLANK_LINES = re.compile(r"\n{3,}")
_JOINERS = "\u200c\u200d\u200e\u200f"
"""Scripts and emoji need these between others; marks of direction do not reach beyond their place."""


def name(text: str) -> str:
    """A participant's name: on one line, trimmed.

    Raises:
        InvalidError: nothing of it can be seen, it is too long, or has characters that only change others.
    """
    try:
        shown = names.shown(unicodedata.normalize("NFC", text[:1_000]))
    except InvalidError as error:
        raise InvalidError(
            f"Your name has 1 to {LONGEST_NAME} characters, none of them invisible."
        ) from error
    if len(shown) > LONGEST_NAME:
        raise InvalidError(f"Your name has {len(shown)} characters; {LONGEST_NAME} are allowed.")
    return shown


def message(text: str) -> str:
    """A message: what cannot be seen is left out, but for line ends; so are blank lines beyond one.

    Raises:
        InvalidError: nothing of it can be seen, or it is too long.
    """
    if len(text) > 4 * LONGEST_MESSAGE:
        raise InvalidError(f"A message has at most {LONGEST_MESSAGE} characters.")
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(character for character in lines if _shown(character))
    cleaned = _BLANK_LINES.sub("\n\n", kept).strip()
    if len(cleaned) > LONGEST_MESSAGE:
        raise InvalidError(
            f"The message has {len(cleaned)} characters; {LONGEST_MESSAGE} are allowed.", most=LONGEST_MESSAGE
        )
    if not any(unicodedata.category(character)[0] in "LNPS" for character in cleaned):
        raise InvalidError("The message is empty.")
    return cleaned


def _shown(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind[0] != "C" or character in _JOINERS or character in "\n\t"


def message_id(text: str) -> str:
    """A client's own id of a message.

    Raises:
        InvalidError: it is empty, too long, or has other than visible ASCII characters.
    """
    if not re.fullmatch(rf"[!-~]{{1,{LONGEST_MESSAGE_ID}}}", text):
        raise InvalidError(f"A messageId has 1 to {LONGEST_MESSAGE_ID} visible ASCII characters.")
    return text
