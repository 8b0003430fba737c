"""`mcp-foundry` and `mcp-foundry serve`: MCP over stdio."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import anyio

from mcp_foundry.commands.emulate import project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_foundry.settings import Settings


def serve(settings: Settings, emulation: Mapping[str, Any] | None) -> None:
    """Serve until the input ends or a signal comes; the process ends with it."""
    # What the imports build lives as long as the process. Searching it for garbage, again and
    # again while it grows, would cost a sixth of the start, and at exit longer than the rest.
    gc.disable()
    from mcp_foundry.server import create_server
    from mcp_foundry.stdio import exit_now, serve_stdio

    async def serving() -> None:
        async with project(settings, emulation) as chosen:
            server = create_server(chosen)
            gc.freeze()
            gc.enable()
            # From within the loop: leaving it would wait for threads that cannot be interrupted.
            exit_now(await serve_stdio(server, drain=chosen.drain))

    anyio.run(serving)
