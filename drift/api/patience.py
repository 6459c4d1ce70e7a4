"""How long clients may take to say what they want.

Who connects and never finishes the head of a request would hold a connection for an hour, as would one who
goes silent between requests; who never finishes a body would hold its handler for good.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from drift.api.errors import error_response

HEAD_S = 10.0
"""From the connection to the end of the first request's head. Who trickles has no longer."""

BODY_S = 30.0
"""From the first look at a body to its end; the largest, of journeys, have 16 MB."""

IDLE_S = 75.0
"""Between requests, the head of the next included. Reverse proxies that keep connections give up before."""


@asynccontextmanager
async def awaiting_body() -> AsyncIterator[None]:
    """Around what reads a request's body.

    Raises:
        web.HTTPRequestTimeout: the body has not arrived in time.
    """
    try:
        async with asyncio.timeout(BODY_S):
            yield
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error


class PatientRunner(web.AppRunner):
    """aiohttp's runner, with these limits for connections."""

    __slots__ = ()

    def __init__(self, application: web.Application, *, shutdown_timeout_s: float) -> None:
        """The arguments are the application, and how long it may take to end."""
        super().__init__(
            application,
            access_log=None,
            keepalive_timeout=IDLE_S,
            shutdown_timeout=shutdown_timeout_s,
        )

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(made.request_handler, request_factory=made.request_factory, **self._kwargs)


class _Server(web.Server):
    """Makes connections."""

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(web.RequestHandler):
    """Closes itself when the first request does not come in time. The later ones have ``IDLE_S``."""

    __slots__ = ("_head_timer",)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As the protocol says."""
        super().connection_made(transport)
        self._head_timer = self._loop.call_later(HEAD_S, self._give_up)

    def data_received(self, data: bytes) -> None:
        """As the protocol says."""
        super().data_received(data)
        if self._request_count:
            self._head_timer.cancel()

    def connection_lost(self, exc: BaseException | None) -> None:
        """As the protocol says."""
        self._head_timer.cancel()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What aiohttp cannot even make a request of: an answer as all others are, and nothing in the log."""
        if status >= 500 or request.writer.output_size > 0:
            return super().handle_error(request, status, exc, message)
        response = error_response(status, "bad-request", "The request is no valid HTTP.")
        response.force_close()
        return response

    def _give_up(self) -> None:
        if not self._request_count:
            self.force_close()
