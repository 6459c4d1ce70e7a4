"""The program that is measured: Drift with named sessions.

The first line of its standard input is JSON: the settings. It says where it listens, and ends when standard
input does.
"""

from __future__ import annotations

import asyncio
import json
import sys

import uvloop

from drift.app import running
from drift.config import Config
from drift.telemetry import configure_logging


async def serve(config: Config) -> None:
    """Run until standard input ends."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), ended.set)
    async with running(config) as url:
        print(json.dumps({"port": int(url.rpartition(":")[2])}), flush=True)
        await ended.wait()


if __name__ == "__main__":
    settings = Config.model_validate(json.loads(sys.stdin.readline()))
    configure_logging(settings.log.level, settings.log.format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))
