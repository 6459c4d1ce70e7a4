"""The client of other tests has to fail well when its process dies under one of them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.support.livekit import free_port
from tests.support.stock_client import ConnectError, ProcessEndedError, StockClient


async def test_a_test_whose_client_dies_fails_at_once_and_says_why(tmp_path: Path) -> None:
    async def wait_for_what_never_comes() -> None:
        async with StockClient.start(tmp_path) as client:
            os.kill(client.pid, signal.SIGABRT)
            await asyncio.sleep(60)

    begin = time.monotonic()
    with pytest.raises(ProcessEndedError, match=r"ended by SIGABRT while a test used it(?s:.*)Fatal Python"):
        await wait_for_what_never_comes()
    assert time.monotonic() - begin < 30
    await asyncio.sleep(0)  # nothing is cancelled any more


async def test_what_the_library_raises_is_raised_here(tmp_path: Path) -> None:
    async with StockClient.start(tmp_path) as client:
        with pytest.raises(ConnectError):
            await client.connect(f"ws://127.0.0.1:{free_port(socket.SOCK_STREAM)}", "")
