from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from drift.access import LIFETIME_S, Signer, load_secret, new_person
from drift.models import PersonId
from drift.store import open_store

PERSON = PersonId("0123456789abcdef" * 2)
SECRET = b"s" * 32


class Day:
    def __init__(self) -> None:
        self.now = 1_700_000_000.5

    def __call__(self) -> float:
        return self.now


SIGNED = Signer(SECRET, Day()).sign(PERSON)


def test_somebody_new() -> None:
    several = {new_person() for _ in range(100)}
    assert len(several) == 100
    assert all(len(one) == 32 and int(one, 16) >= 0 for one in several)


def test_known_again_for_a_year() -> None:
    day = Day()
    signer = Signer(SECRET, day)
    signed = signer.sign(PERSON)
    assert signer.read(signed) == PERSON
    day.now += LIFETIME_S - 1
    assert signer.read(signed) == PERSON
    renewed = signer.sign(PERSON)
    day.now += 1
    assert signer.read(signed) is None, "expired"
    assert signer.read(renewed) == PERSON
    day.now = 0
    assert signer.read(renewed) == PERSON, "a clock that was put back makes nobody a stranger"


def test_another_key_knows_nobody() -> None:
    assert Signer(b"t" * 32, Day()).read(SIGNED) is None


@settings(deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.characters())
def test_any_changed_character_is_refused(at: int, other: str) -> None:
    changed = SIGNED[:at] + other + SIGNED[at + 1 :]
    assert (Signer(SECRET, Day()).read(changed) is None) == (changed != SIGNED)


@settings(deadline=None)
@given(st.integers(0, len(SIGNED)), st.text(min_size=1, max_size=5))
def test_anything_put_in_or_left_out_is_refused(at: int, more: str) -> None:
    read = Signer(SECRET, Day()).read
    assert read(SIGNED[:at] + more + SIGNED[at:]) is None
    assert read(SIGNED[:at]) is None or at == len(SIGNED)


@pytest.mark.parametrize(
    "forged",
    [
        "",
        ".",
        "..",
        PERSON,
        SIGNED.upper(),
        SIGNED + "\n",
        f"{PERSON}.99999999999.{'0' * 64}",
        f"{PERSON}.99999999999.",
        f"{PERSON}.-1.{SIGNED[-64:]}",
        f"{PERSON}.٣.{SIGNED[-64:]}",
        "é" * 110,
        "\udcff" * 110,
        "a" * 10_000,
    ],
)
def test_junk_is_nobody(forged: str) -> None:
    assert Signer(SECRET, Day()).read(forged) is None


async def test_a_secret_is_made_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/drift.db"
    async with open_store(url) as one, open_store(url) as other:
        several = await asyncio.gather(*(load_secret(store) for store in (one, other) * 4))
        assert len(set(several)) == 1
        assert len(several[0]) == 32
    async with open_store(url) as again:
        assert await load_secret(again) == several[0]
        async with again.reading() as connection:
            names = (await connection.execute(text("select name from secrets"))).scalars().all()
    assert names == ["cookies"]
