from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.errors import InvalidError
from drift.rooms import words

FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
HEBREW = "\u05e9\u05dc\u05d5\u05dd"
OVERRIDE = "\N{RIGHT-TO-LEFT OVERRIDE}"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("  Ann   of\tGreen Gables ", "Ann of Green Gables"),
        ("<b>Ann</b>", "<b>Ann</b>"),
        (HEBREW, HEBREW),
        (FAMILY, FAMILY),
        ("e\N{COMBINING ACUTE ACCENT}", "\N{LATIN SMALL LETTER E WITH ACUTE}"),
    ],
)
def test_names_that_people_have(written: str, shown: str) -> None:
    assert words.name(written) == shown


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "\N{ZERO WIDTH SPACE}",
        "\N{ZERO WIDTH JOINER}",
        OVERRIDE + "nnA",
        "A\0",
        "A" * 41,
        "x" * 10_000,
    ],
)
def test_names_that_deceive_or_burden_others(written: str) -> None:
    with pytest.raises(InvalidError, match="name"):
        words.name(written)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("hello", "hello"),
        ("  two\r\nlines \n", "two\nlines"),
        ("far\n\n\n\n\n\naway", "far\n\naway"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        (f"abc{OVERRIDE}def", "abcdef"),
        ("a\N{ZERO WIDTH SPACE}b\0c", "abc"),
        (HEBREW, HEBREW),
        (FAMILY, FAMILY),
        ("x" * 2000, "x" * 2000),
    ],
)
def test_messages(written: str, shown: str) -> None:
    assert words.message(written) == shown


@pytest.mark.parametrize(
    "written", ["", " \n ", "\N{ZERO WIDTH SPACE}" * 9, OVERRIDE, "x" * 2001, "x" * 10_240]
)
def test_messages_that_are_none(written: str) -> None:
    with pytest.raises(InvalidError, match="message"):
        words.message(written)


@given(st.text(max_size=300))
def test_a_cleaned_message_is_clean(written: str) -> None:
    try:
        cleaned = words.message(written)
    except InvalidError:
        return
    assert words.message(cleaned) == cleaned
    hidden = {one for one in cleaned if unicodedata.category(one)[0] == "C"}
    assert hidden <= set("\n\t\u200c\u200d\u200e\u200f")


@pytest.mark.parametrize("written", ["", " ", "a b", "\u00e9", "x" * 65, "a\n"])
def test_ids_that_clients_cannot_give(written: str) -> None:
    with pytest.raises(InvalidError):
        words.message_id(written)
