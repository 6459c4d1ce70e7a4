"""The fan-out through aiohttp and real sockets, some of which are never read."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from drift.streaming import Listener, Mount
from drift.streaming.tick import SHORTEST
from mixer.clock import QUANTUM, QUANTUM_S
from mixer.codecs import FORMATS
from tests.unit.fakes import settle
from tests.unit.http_site import Site
from tests.unit.streaming.radio import QUANTUM_BYTES

DEAF = 5
READERS = 45
BACKLOG_S, SLOW_LIMIT_S = 10, 30
REQUEST = b"GET /stream/master.mp3 HTTP/1.0\r\n\r\n"
OWN_BUFFER = 16 * 1024


async def connected(site: Site, mount: Mount, count: int) -> list[socket.socket]:
    """So many more listeners; their own buffers are small."""
    loop = asyncio.get_running_loop()
    clients = [socket.socket() for _ in range(count)]
    goal = mount.listeners + count
    for client in clients:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, OWN_BUFFER)
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", site.client.port))
        await loop.sock_sendall(client, REQUEST)
    await until(lambda: sum(listener._transport is not None for listener in mount._fanout) == goal)
    return clients


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await settle(1)


async def hear(client: socket.socket, into: bytearray) -> None:
    while data := await asyncio.get_running_loop().sock_recv(client, 1 << 16):
        into += data


def waiting(listener: Listener) -> int:
    return 0 if listener._transport is None else listener._transport.get_write_buffer_size()


async def test_a_tenth_that_never_reads_costs_bounded_memory_and_the_others_nothing(site: Site) -> None:
    mount = site.mounts.of(site.session, FORMATS["mp3"])
    deaf = await connected(site, mount, DEAF)
    stalled = list(mount._fanout)
    readers = await connected(site, mount, READERS)
    heard = [bytearray() for _ in readers]
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(hear(*pair)) for pair in zip(readers, heard, strict=True)]
    most, seconds = 0, 0.0

    async def tick() -> None:
        """Time passes, and every reader gets what is due by then."""
        nonlocal most, seconds
        before = len(heard[0])
        await site.pass_time(SHORTEST)
        seconds += SHORTEST * QUANTUM_S
        await until(lambda: before < min(map(len, heard)) == max(map(len, heard)))
        most = max(most, *map(waiting, stalled))

    try:
        while seconds < BACKLOG_S + SLOW_LIMIT_S - 2:
            await tick()
        assert mount.listeners == DEAF + READERS
        assert most > mount._fanout._backlog // 2
        assert most <= mount._fanout._backlog + SHORTEST * QUANTUM_BYTES
        while mount.listeners > READERS:  # the kernel took a little, too, before the backlog began to fill
            await tick()
        assert seconds < BACKLOG_S * 1.5 + SLOW_LIMIT_S
        assert {listener.ended.result() for listener in stalled} == {"too-slow"}
        bodies = {bytes(data.partition(b"\r\n\r\n")[2]) for data in heard}
        assert [len(body) // QUANTUM_BYTES for body in bodies] == [site.session.position // QUANTUM]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for client in deaf + readers:
            client.close()
