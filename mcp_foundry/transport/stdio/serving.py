"""Serving over stdio, from the first request to the last way of ending."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server.runner import serve_dual_era_loop

from mcp_foundry.transport.shutdown import Shutdown
from mcp_foundry.transport.stdio.messages import Client, Connection
from mcp_foundry.transport.stdio.pipes import InputLines, Output
from mcp_foundry.transport.stdio.redirection import redirect_stdio

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.lowlevel import Server
    from mcp.server.mcpserver import MCPServer

_FLUSH = 1.0
"""Seconds that a client has, once all else is closed, to read what was written."""


async def serve_stdio(
    server: MCPServer[Any],
    *,
    drain: float,
    platform: str = sys.platform,
    opened: Callable[[], None] | None = None,
    last: Callable[[], object] = lambda: None,
) -> int:
    """Serves until the input ends, a signal comes, or stdout closes.

    Signals and a closed stdout cancel the calls under way; the end of the input first lets them
    finish, for `drain` seconds, or for as long as they take where the input is a file. Then the
    server's lifespan ends and what was written is flushed. Standard input and output belong to
    the server until the process ends, and that it does within five seconds of the first reason
    to, even where a call blocks the event loop: call `exit_now` with the result, within the loop.

    Args:
        server: What is served; its lifespan is entered once.
        drain: Seconds that calls under way may take once the input has ended.
        platform: As `sys.platform`; "win32" reads and writes with threads, which works anywhere.
        opened: Called once a signal ends it in good order.
        last: Called in a thread where that order fails, before the process is ended.

    Returns:
        The exit code: 0, or 128 + n for signal n, as shells have it; 1 where stdout fails.

    Raises:
        OSError: stdout is closed from the start.
        ValueError: Not called in the main thread, where alone signals can be handled.
    """
    lowlevel = server._lowlevel_server  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the only way to streams of one's own; the SDK's documentation does the same
    stdin, stdout = redirect_stdio()
    shutdown = Shutdown(last)
    output = Output(stdout, platform=platform, closed=shutdown.begin)
    client = Client(
        InputLines(stdin, platform=platform), output, drain=drain, ended=lambda: shutdown.begin(0)
    )
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(output.pump)
            tasks.start_soon(output.watch)
            shutdown.handle_signals()
            if opened:
                opened()
            async with lowlevel.lifespan(lowlevel) as state:
                with shutdown.scope:
                    await _serve(lowlevel, client, state)
            with anyio.move_on_after(_FLUSH):
                await output.flush()
            tasks.cancel_scope.cancel()
    finally:
        shutdown.begin(1)
    return shutdown.code


async def _serve(lowlevel: Server[Any], client: Client, state: object) -> None:
    while True:  # until the input ends, which cancels this
        await serve_dual_era_loop(
            lowlevel,
            Connection(client),
            client.answers,
            lifespan_state=state,
            init_options=lowlevel.create_initialization_options(),
        )
