"""Reverse proxies: what they say of a request's client, where they are trusted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypedDict

from aiohttp import web
from aiohttp.typedefs import Middleware

from drift.api.keys import Handler
from drift.telemetry import logger

log = logger(__name__)

_HOST = re.compile(r"(?:[\w.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::\d{1,5})?", re.ASCII)
_HEADERS = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host")


class _Overrides(TypedDict, total=False):
    remote: str
    scheme: str
    host: str


class Proxies:
    """Those that are believed.

    Args:
        trusted: addresses and networks, as in ``10.0.0.0/8``.

    Raises:
        ValueError: one is neither.
    """

    def __init__(self, trusted: Iterable[str]) -> None:
        self._networks = tuple(ip_network(one, strict=False) for one in trusted)

    def trusts(self, address: str) -> bool:
        """Whether one is there."""
        found = _address(address)
        return found is not None and any(found in network for network in self._networks)

    def client(self, peer: str, forwarded_for: str) -> str:
        """Whose request it is: the last address that no trusted proxy has, as proxies add theirs at the end.

        Args:
            peer: the other end of the connection.
            forwarded_for: ``X-Forwarded-For``. What is no address there ends the search: whoever wrote it is
                the last that is known.
        """
        client = peer
        for told in reversed(forwarded_for.split(",")):
            found = _address(told.strip()) if self.trusts(client) else None
            if found is None:
                break
            client = str(found)
        return client


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address, which some proxies give with a port; one of IPv4 within IPv6 as that of IPv4."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def believed(trusted: Iterable[str]) -> Middleware:
    """A middleware by which a request looks as the client has sent it to the outermost trusted proxy.

    Args:
        trusted: as in :class:`Proxies`.

    Raises:
        ValueError: as there.
    """
    proxies = Proxies(trusted)
    warned = False

    @web.middleware
    async def believe(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal warned
        if any(name in request.headers for name in _HEADERS):
            if proxies.trusts(request.remote or ""):
                request = request.clone(**_told(proxies, request))
            elif not warned:  # once: anybody can send these headers
                warned = True
                log.warning(
                    "proxy-not-trusted", address=request.remote, hint="set server.proxies if it is one"
                )
        return await handler(request)

    return believe


def _told(proxies: Proxies, request: web.Request) -> _Overrides:
    forwarded_for = ",".join(request.headers.getall("X-Forwarded-For", ()))
    told = _Overrides(remote=proxies.client(request.remote or "", forwarded_for))
    scheme = _nearest(request, "X-Forwarded-Proto").lower()
    if scheme in {"http", "https"}:
        told["scheme"] = scheme
    host = _nearest(request, "X-Forwarded-Host")
    if _HOST.fullmatch(host):
        told["host"] = host
    return told


def _nearest(request: web.Request, name: str) -> str:
    """The client's end of a header that several proxies may have added to."""
    return request.headers.get(name, "").partition(",")[0].strip()
