from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.errors import InvalidError
from drift.names import LONGEST, RESERVED, session_id, shown


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("kitchen", "kitchen"),
        ("Living Room", "living-room"),
        ("  a  ", "a"),
        ("Küche Nr. 1", "kuche-nr-1"),
        ("Straße", "strasse"),
        ("under_score-and-hyphen", "under_score-and-hyphen"),
        ("../../etc/passwd", "etc-passwd"),
        ("a/b\\c", "a-b-c"),
        ("a%00b", "a-00b"),
        ("<script>", "script"),
        ("\uff11\uff12\uff13", "123"),
        ("ﬁne", "fine"),
        ("Ŀ", "l"),
        ("İ", "i"),
        ("x" * 64, "x" * 64),
        ("-" * 30 + "a" + "-" * 30, "a"),
        ("masters", "masters"),
        ("🎵 party 🎵", "party"),
    ],
)
def test_ids(name: str, slug: str) -> None:
    assert session_id(name) == slug


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "...",
        "/",
        "-",
        "🎵",
        "日本語",
        "x" * 65,
        "x" * 100_000,
        "a\0b",
        "a\nb",
        "a\x7fb",
        "a\x85b",
        "a\ud800b",
        *sorted(RESERVED),
        "Master",
        " CREATE! ",
        "\uff4d\uff41\uff53\uff54\uff45\uff52",
        "máster",
        "-new-",
    ],
)
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(InvalidError):
        session_id(name)


def test_reserved_names_are_told() -> None:
    with pytest.raises(InvalidError) as caught:
        session_id("Master")
    assert caught.value.details == {"reserved": sorted(RESERVED)}


@given(st.text(max_size=80))
def test_an_id_is_plain_and_its_own_id(name: str) -> None:
    try:
        slug = session_id(name)
    except InvalidError:
        return
    assert re.fullmatch(r"[a-z0-9_-]{1,64}", slug)
    assert session_id(slug) == slug
    assert slug not in RESERVED


@pytest.mark.parametrize(
    ("name", "text"),
    [("  Küche \t Nr.\u00a01 ", "Küche Nr. 1"), ("日本語 🎵", "日本語 🎵"), ("x" * LONGEST, "x" * LONGEST)],
)
def test_names_for_people(name: str, text: str) -> None:
    assert shown(name) == text


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\0", "a\x1bb", "a\ud800"])
def test_what_people_cannot_read(name: str) -> None:
    with pytest.raises(InvalidError):
        shown(name)


@given(st.text(max_size=80))
def test_names_for_people_are_one_line(name: str) -> None:
    try:
        text = shown(name)
    except InvalidError:
        return
    assert text == shown(text)
    assert text == text.strip()
    assert len(text.splitlines()) == 1
