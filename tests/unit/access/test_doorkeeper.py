from __future__ import annotations

import asyncio

import pytest

from drift.access import Codes, Doorkeeper, Lock, codes, doorkeeper, new_codes, seal
from drift.access.doorkeeper import BURST, CLIENT_BURST, MOST_WAITING, SESSION_BURST
from drift.errors import TooManyError, WrongCodeError
from drift.models import Role

ROOM = Codes("k7d2-m9qp-x4tz", "0000-1111-2222", "3333-4444-5555")


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Door:
    """A door of one session."""

    def __init__(self, lock: Lock | None) -> None:
        self.time = Time()
        self.lock = lock
        self.asked = 0
        self.keeper = Doorkeeper(self.time)

    async def find(self) -> Lock | None:
        self.asked += 1
        return self.lock

    async def tries(
        self, code: str, client: str = "10.0.0.1", session: str = "kitchen"
    ) -> Role | str | float:
        """The role; or "wrong"; or how long to wait."""
        try:
            return await self.keeper.role_of(self.find, code, client=client, session=session)
        except WrongCodeError:
            return "wrong"
        except TooManyError as error:
            return error.retry_after_s


@pytest.fixture
async def door() -> Door:
    return Door(await seal(ROOM))


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was hashed, by something faster."""
    seen: list[bytes] = []

    def fast(letters: bytes, salt: bytes) -> bytes:
        seen.append(letters)
        return letters + salt

    monkeypatch.setattr(codes, "_scrypt", fast)
    return seen


@pytest.fixture
async def quick(hashed: list[bytes]) -> Door:
    door = Door(await seal(ROOM))
    hashed.clear()
    return door


async def test_codes_give_roles(door: Door) -> None:
    assert await door.tries("k7d2-m9qp-x4tz") == "host"
    assert await door.tries("K7D2 M9QP X4TZ") == "host"
    assert await door.tries("oooo-iill-2222") == "collaborator"
    assert await door.tries("333344445555") == "viewer"
    assert await door.tries(new_codes().host) == "wrong"


async def test_a_wrong_code_says_nothing_of_the_code(door: Door) -> None:
    with pytest.raises(WrongCodeError) as caught:
        await door.keeper.role_of(door.find, "abcd-abcd-abcd", client="c", session="s")
    assert "abcd" not in f"{caught.value} {caught.value.details} {caught.value.beside}"


async def test_without_a_lock_nothing_opens() -> None:
    assert await Door(None).tries("k7d2-m9qp-x4tz") == "wrong"


async def test_guessing_stops(quick: Door, hashed: list[bytes]) -> None:
    outcomes = [await quick.tries(new_codes().host) for _ in range(1000)]
    assert outcomes[:BURST] == ["wrong"] * BURST
    assert all(isinstance(one, float) and 0 < one <= 6 for one in outcomes[BURST:])
    assert len(hashed) == quick.asked == BURST, "who is refused costs the database nothing, either"
    assert await quick.tries("k7d2-m9qp-x4tz") == pytest.approx(6), "also for who guesses right at last"
    assert await quick.tries("k7d2-m9qp-x4tz", client="10.0.0.2") == "host", "others still get in"
    quick.time.now += 6
    assert await quick.tries("k7d2-m9qp-x4tz") == "host"


async def test_guesses_at_once_do_not_slip_through(quick: Door, hashed: list[bytes]) -> None:
    outcomes = await asyncio.gather(*(quick.tries(new_codes().host) for _ in range(500)))
    assert outcomes.count("wrong") == len(hashed) == BURST


async def test_right_codes_are_not_counted(quick: Door) -> None:
    for _ in range(3 * SESSION_BURST):
        assert await quick.tries("k7d2-m9qp-x4tz") == "host"
    assert await asyncio.gather(*(quick.tries("k7d2-m9qp-x4tz") for _ in range(BURST))) == ["host"] * BURST


async def test_a_right_code_is_known_for_a_minute(quick: Door, hashed: list[bytes]) -> None:
    for _ in range(10):
        assert await quick.tries("k7d2-m9qp-x4tz") == "host"
    assert len(hashed) == 1
    quick.time.now += 61
    assert await quick.tries("k7d2m9qpx4tz") == "host"
    assert len(hashed) == 2
    quick.lock = await seal(new_codes())
    assert await quick.tries("k7d2-m9qp-x4tz") == "wrong", "new codes: the old ones are void at once"


async def test_who_guesses_gains_nothing_from_what_is_known(quick: Door) -> None:
    assert await quick.tries("k7d2-m9qp-x4tz", client="10.0.0.2") == "host"
    for _ in range(BURST):
        await quick.tries(new_codes().host)
    assert isinstance(await quick.tries("k7d2-m9qp-x4tz"), float)


async def test_few_right_codes_are_remembered(quick: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorkeeper, "_MOST_REMEMBERED", 2)
    for code in ("k7d2-m9qp-x4tz", "0000-1111-2222", "3333-4444-5555"):
        await quick.tries(code)
    assert len(quick.keeper._right) == 2
    assert all(b"k7d2" not in name for name in quick.keeper._right)


async def test_what_can_be_no_code_is_counted_and_not_hashed(quick: Door, hashed: list[bytes]) -> None:
    for number in range(BURST):
        assert await quick.tries(("x" * 10_000, "", "ü", "k7d2")[number % 4]) == "wrong"
    assert hashed == []
    assert isinstance(await quick.tries("x"), float)


async def test_many_clients_share_the_limit_of_a_session(quick: Door, hashed: list[bytes]) -> None:
    clients = [f"10.0.1.{number % 100}" for number in range(2 * SESSION_BURST)]
    outcomes = [await quick.tries(new_codes().host, client=client) for client in clients]
    assert outcomes.count("wrong") == len(hashed) == SESSION_BURST
    assert await quick.tries("k7d2-m9qp-x4tz", session="garden") == "host"
    quick.time.now += 1
    assert await quick.tries("k7d2-m9qp-x4tz", client="10.0.0.2") == "host"


async def test_one_client_at_many_doors(quick: Door, hashed: list[bytes]) -> None:
    outcomes = [await quick.tries(new_codes().host, session=f"s{number}") for number in range(500)]
    assert outcomes.count("wrong") == len(hashed) == CLIENT_BURST


async def test_to_be_refused_by_one_limit_costs_nothing_with_the_others(quick: Door) -> None:
    for number in range(CLIENT_BURST):
        await quick.tries("x", session=f"s{number}")
    for _ in range(100):
        assert isinstance(await quick.tries("x", session="kitchen"), float)
    quick.time.now += CLIENT_BURST
    assert [await quick.tries("x", session="kitchen") for _ in range(BURST)] == ["wrong"] * BURST


async def test_addresses_of_one_network_are_one_client(quick: Door) -> None:
    for number in range(BURST):
        assert await quick.tries("x", client=f"2001:db8:0:1::{number:x}") == "wrong"
    assert isinstance(await quick.tries("x", client="2001:db8:0:1:ffff::1"), float)
    assert await quick.tries("x", client="2001:db8:0:2::1") == "wrong"
    for _ in range(BURST):
        assert await quick.tries("x", client="::ffff:10.0.0.9") == "wrong"
    assert isinstance(await quick.tries("x", client="10.0.0.9"), float)
    assert await quick.tries("x", client="::ffff:10.0.0.8") == "wrong"
    assert await quick.tries("x", client="") == await quick.tries("x", client="/run/drift.sock") == "wrong"


async def test_few_wait(monkeypatch: pytest.MonkeyPatch, quick: Door) -> None:
    gate = asyncio.Event()

    async def slow(lock: Lock, letters: str) -> Role | None:
        await gate.wait()
        return "host" if letters == "k7d2m9qpx4tz" else None

    monkeypatch.setattr(doorkeeper, "role_by", slow)
    async with asyncio.TaskGroup() as group:
        waiting = [
            group.create_task(quick.tries(new_codes().host, client=f"10.0.2.{number}"))
            for number in range(MOST_WAITING)
        ]
        await asyncio.sleep(0)
        for _ in range(2 * BURST):
            assert await quick.tries("k7d2-m9qp-x4tz") == 2.0, "busy, and not counted"
        gate.set()
    assert [one.result() for one in waiting] == ["wrong"] * MOST_WAITING
    assert await quick.tries("k7d2-m9qp-x4tz") == "host"
