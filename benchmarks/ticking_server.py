"""Ours over stdio, with one more tool: how long the event loop was kept at a stretch."""

from __future__ import annotations

import asyncio
import os
import time

import anyio

from mcp_foundry.server.app import create_server
from mcp_foundry.settings.values import Settings
from mcp_foundry.transport.shutdown import exit_now
from mcp_foundry.transport.stdio.serving import serve_stdio

_TICK = 0.001


class Ticker:
    """Notes the processor time between two of its turns, of which it wants one every ms.

    Processor time, for a machine that does other things as well must not count as a block.
    """

    def __init__(self) -> None:
        self._longest = 0.0

    async def tick(self) -> None:
        """Note until cancelled."""
        while True:
            begun = time.thread_time()
            await asyncio.sleep(_TICK)
            self._longest = max(self._longest, time.thread_time() - begun)

    async def longest_block(self) -> float:
        """Return the longest stretch since the last call, in ms."""
        longest, self._longest = self._longest, 0.0
        return longest * 1000


async def serve() -> None:
    """Serve until the input ends; the process ends with it."""
    ticker = Ticker()
    server = create_server(Settings.read(os.environ))
    server.add_tool(ticker.longest_block)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ticker.tick)
        exit_now(await serve_stdio(server, drain=1))


if __name__ == "__main__":
    anyio.run(serve)
