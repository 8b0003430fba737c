"""How the tests cancel calls, and what is left behind."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp.client import Client

    from mcp_foundry.emulator import Emulator

PROMISED = 3
"""Seconds within which a cancelled call leaves nothing behind."""

LONG = "[slow 30]"


@asynccontextmanager
async def cancelled_call(
    client: Client, tool: str, arguments: dict[str, Any]
) -> AsyncGenerator[None]:
    """A call that is cancelled when the block is left."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client.call_tool, tool, arguments)
        with anyio.fail_after(10):
            yield
        tasks.cancel_scope.cancel()


async def settled(emulator: Emulator) -> None:
    """Nothing runs at the service and nothing is connected to it, within what was promised."""
    await emulator.wait_for(lambda it: not it.live and not it.busy_connections, timeout=PROMISED)


def cancels(emulator: Emulator) -> int:
    return sum(request.path.endswith("/cancel") for request in emulator.received)
