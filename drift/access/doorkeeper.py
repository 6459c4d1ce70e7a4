"""Lets in who has a code, and stops who guesses."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from ipaddress import IPv6Address, ip_address, ip_network

from drift.access.codes import Lock, entered, role_by
from drift.errors import DriftError, TooManyError, WrongCodeError
from drift.models import Role
from drift.telemetry import logger
from drift.throttle import Throttle

log = logger(__name__)

PER_S, BURST = 1 / 6, 20
"""Wrong codes of one client for one session: as many as hands mistype, then ten a minute."""
CLIENT_PER_S, CLIENT_BURST = 1.0, 60
"""Of one client for all sessions: one that tries each door once costs a tenth of a core at most."""
SESSION_PER_S, SESSION_BURST = 2.0, 200
"""Of all clients for one session. Who has joined needs no code; who has one waits while many others guess."""
MOST_WAITING = 64
"""Codes that may wait to be hashed: as many as take about two seconds. More are refused, not kept waiting."""

_BUSY_RETRY_S = 2.0
_REMEMBERED_S = 60.0
_MOST_REMEMBERED = 1000

FindLock = Callable[[], Awaitable[Lock | None]]

_Limits = tuple[tuple[Throttle, str], ...]


class Doorkeeper:
    """See the module.

    Args:
        now: seconds of a clock that never goes back.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._both = Throttle(PER_S, BURST, now)
        self._client = Throttle(CLIENT_PER_S, CLIENT_BURST, now)
        self._session = Throttle(SESSION_PER_S, SESSION_BURST, now)
        self._waiting = 0
        self._key = secrets.token_bytes(32)
        self._right: OrderedDict[bytes, tuple[Role, float]] = OrderedDict()

    async def role_of(self, find: FindLock, code: str, *, client: str, session: str) -> Role:
        """The role that a code gives.

        A guess is counted before it is looked at, so that many at once cannot slip through, and is forgiven
        if it was right. What can be no code is counted, and not hashed.

        Args:
            find: looks up the lock of the session, None if nothing opens it; called within the limits only.
            code: as entered.
            client: the address of whoever has entered it.
            session: which session it is.

        Raises:
            WrongCodeError: the code does not open the lock.
            TooManyError: there were too many wrong ones lately.
            DriftError: as ``find`` raises.
        """
        client = _neighbourhood(client)
        limits = ((self._both, f"{session} {client}"), (self._client, client), (self._session, session))
        _take(limits)
        letters = entered(code)
        try:
            lock = await find()
            role = None if lock is None or letters is None else await self._look(lock, letters)
        except DriftError:  # that was no guess
            _give_back(limits)
            raise
        if role is None:
            log.info("wrong-code", session=session, client=client)
            raise WrongCodeError("This code opens nothing here. Codes look like k7d2-m9qp-x4tz.")
        _give_back(limits)
        return role

    async def _look(self, lock: Lock, letters: str) -> Role | None:
        """The role that a code gives; a right one costs nothing for a while after.

        Raises:
            TooManyError: so many wait that one more would wait too long.
        """
        name = hmac.new(self._key, lock.salt + letters.encode(), hashlib.sha256).digest()
        role, until = self._right.get(name, (None, 0.0))
        if role is not None and self._now() < until:
            return role
        if self._waiting >= MOST_WAITING:
            raise TooManyError("Too many codes are being checked; try again.", _BUSY_RETRY_S)
        self._waiting += 1
        try:
            role = await role_by(lock, letters)
        finally:
            self._waiting -= 1
        if role is not None:
            self._right[name] = (role, self._now() + _REMEMBERED_S)
            self._right.move_to_end(name)
            if len(self._right) > _MOST_REMEMBERED:
                self._right.popitem(last=False)
        return role


def _take(limits: _Limits) -> None:
    """Count a guess everywhere, or nowhere.

    Raises:
        TooManyError: one limit is reached.
    """
    for at, (limit, key) in enumerate(limits):
        wait_s = limit.wait_s(key)
        if wait_s > 0:
            _give_back(limits[:at])
            raise TooManyError("Too many wrong codes: wait a little.", wait_s)


def _give_back(limits: _Limits) -> None:
    for limit, key in limits:
        limit.give_back(key)


def _neighbourhood(client: str) -> str:
    """An address as guesses are counted by it: of IPv6 the network, of which everybody has all addresses."""
    with suppress(ValueError):
        address = ip_address(client)
        if isinstance(address, IPv6Address):
            return str(address.ipv4_mapped or ip_network((int(address) >> 64 << 64, 64)))
    return client
