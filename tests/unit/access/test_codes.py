from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drift.access import Codes, Lock, new_codes, seal
from drift.access.codes import ALPHABET, LONGEST, entered, role_by

CODES = st.text(ALPHABET, min_size=12, max_size=12)
SEPARATORS = st.text(" -\t\n\u00a0\u2011\u2013\u2014\u200b", max_size=2)
SECRETS = Codes("k7d2-m9qp-x4tz", "0000-1111-2222", "3333-4444-5555")


def test_new_codes_are_easy_to_type_and_all_different() -> None:
    made = [new_codes() for _ in range(200)]
    texts = [text for one in made for text in (one.host, one.collaborator, one.viewer)]
    assert len(set(texts)) == 600
    for text in texts:
        assert [len(part) for part in text.split("-")] == [4, 4, 4]
        assert entered(text) == text.replace("-", "")
    assert set("".join(texts)) == {*ALPHABET, "-"}
    assert 12 * len(ALPHABET).bit_length() >= 60, "bits"


@settings(deadline=None)
@given(CODES, st.data())
def test_how_it_is_typed_does_not_matter(code: str, data: st.DataObject) -> None:
    written = ""
    for letter in code:
        alike = {"0": "0oO", "1": "1iIlL"}.get(letter, letter + letter.upper())
        written += data.draw(SEPARATORS) + data.draw(st.sampled_from(alike))
    written = written if len(written) <= LONGEST else code
    assert entered(written) == code


def test_as_full_width_letters_are_typed() -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in "K7D2-M9QP-X4TZ")
    assert entered(wide) == "k7d2m9qpx4tz"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "k7d2-m9qp-x4t",
        "k7d2-m9qp-x4tzz",
        "k7d2-m9qp-x4tu",
        "k7d2_m9qp_x4tz",
        "k7d2-m9qp-x4tz\0\u0000x",
        "k7d2-m9qp-x4té",
        "<b>k7d2-m9qp-x4tz</b>",
        "k7d2-m9qp-x4tz' OR 1=1",
        "\udcff" * 12,
        "🎵" * 12,
        " " * LONGEST + "k7d2-m9qp-x4tz",
        "k" * 10_000,
    ],
)
def test_what_can_be_no_code(text: str) -> None:
    assert entered(text) is None


@settings(deadline=None)
@given(st.text(max_size=80))
def test_whatever_is_entered_is_a_code_or_none(text: str) -> None:
    found = entered(text)
    assert found is None or (len(found) == 12 and set(found) <= set(ALPHABET))
    assert found is None or entered(found) == found


def test_nothing_secret_is_shown() -> None:
    lock = Lock(b"salt", b"abc", b"def", b"ghi")
    for value in (SECRETS, lock):
        assert repr(value) == f"{type(value).__name__}()"
        assert "abc" not in f"{value!s}"


async def test_a_lock_opens_with_its_codes_only() -> None:
    lock = await seal(SECRETS)
    assert await role_by(lock, "k7d2m9qpx4tz") == "host"
    assert await role_by(lock, "000011112222") == "collaborator"
    assert await role_by(lock, "333344445555") == "viewer"
    assert await role_by(lock, "k7d2m9qpx4t0") is None
    assert await role_by(await seal(new_codes()), "k7d2m9qpx4tz") is None


async def test_a_salt_of_its_own_for_every_lock() -> None:
    one, other = await seal(SECRETS), await seal(SECRETS)
    assert one.salt != other.salt
    assert len({one.host, other.host, one.collaborator, one.viewer}) == 4
    assert one.host == hashlib.scrypt(b"k7d2m9qpx4tz", salt=one.salt, n=2**14, r=8, p=1, dklen=32)


@pytest.mark.parametrize("code", ["k7d2m9qpx4tz", "000011112222", "333344445555", "zzzzzzzzzzzz"])
async def test_to_look_costs_one_hash_and_three_comparisons(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = await seal(SECRETS)
    hashed, compared = [], []

    def scrypt(letters: bytes, **options: Any) -> bytes:
        hashed.append(letters)
        return hash_(letters, **options)

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(other)
        return compare_(one, other)

    hash_, compare_ = hashlib.scrypt, hmac.compare_digest
    monkeypatch.setattr(hashlib, "scrypt", scrypt)
    monkeypatch.setattr(hmac, "compare_digest", compare)
    await role_by(lock, code)
    assert hashed == [code.encode()]
    assert compared == [lock.host, lock.collaborator, lock.viewer]
