"""Serving over Streamable HTTP, on loopback: for clients that speak HTTP only, and for the judges.

There is no authentication: whoever reaches the port asks with this process's Azure credential.
That is why it listens on 127.0.0.1 alone and refuses requests that a web page could have made.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import anyio
import uvicorn
from starlette.responses import JSONResponse
from starlette.routing import Route

from mcp_foundry import __version__
from mcp_foundry.transport.shutdown import Shutdown

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mcp.server.mcpserver import MCPServer
    from starlette.requests import Request

_HOST = "127.0.0.1"
_LONGEST_DRAIN = 2
"""Seconds: what remains of the promised five is for cancelling runs and closing the session."""


async def serve_http(
    server: MCPServer[Any],
    *,
    port: int,
    drain: float,
    opened: Callable[[str], object],
    last: Callable[[], object] = lambda: None,
) -> int:
    """Serve until a signal comes; then end within five seconds, whatever is under way.

    Calls under way have `drain` seconds, two at most, to finish. Call `exit_now` of
    `mcp_foundry.transport.shutdown` with the result.

    Args:
        server: What is served; its lifespan is entered once.
        port: The port; 0 picks a free one.
        drain: Seconds that calls under way may take once a signal has come.
        opened: Called with the URL of the MCP endpoint once it answers.
        last: Called in a thread where it does not end in time, before the process is ended.

    Returns:
        The exit code: 128 + n for signal n, as shells have it.

    Raises:
        OSError: The port is taken.
    """
    shutdown = Shutdown(last)
    async with open_http(server, port=port, drain=drain) as url:
        shutdown.handle_signals()
        with shutdown.scope:
            opened(url)
            await anyio.sleep_forever()
    return shutdown.code


@asynccontextmanager
async def open_http(
    server: MCPServer[Any], *, port: int = 0, drain: float = _LONGEST_DRAIN
) -> AsyncGenerator[str]:
    """Serve as long as the context is open; yields the URL of the MCP endpoint.

    Raises:
        OSError: The port is taken.
    """
    listening = socket.create_server((_HOST, port))
    app = server.streamable_http_app(host=_HOST)
    app.router.routes.append(Route("/healthz", _healthz))
    http = _Http(
        uvicorn.Config(
            app,
            log_config=None,  # uvicorn's own writes to stdout
            access_log=False,
            server_header=False,
            # Without a bound, a client that only listens would keep the server from ending.
            timeout_graceful_shutdown=min(drain, _LONGEST_DRAIN),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - asyncio.wait_for takes fractions
        )
    )
    async with _without_cancellations_logged(), anyio.create_task_group() as tasks:
        tasks.start_soon(http.serve_to_the_end, listening)
        try:
            await http.answering.wait()
            yield f"http://{_HOST}:{listening.getsockname()[1]}/mcp"
        finally:
            http.should_exit = True


@asynccontextmanager
async def _without_cancellations_logged() -> AsyncGenerator[None]:
    """Keep the tracebacks of calls that the end has cancelled out of the log."""
    log = logging.getLogger("uvicorn.error")
    log.addFilter(_is_no_cancellation)
    try:
        yield
    finally:
        log.removeFilter(_is_no_cancellation)


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class _Http(uvicorn.Server):
    """A uvicorn that says when it answers, and leaves signals to those who started it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = anyio.Event()

    async def serve_to_the_end(self, listening: socket.socket) -> None:
        """Serve until `should_exit`; cancelling it would leave the session open."""
        with anyio.CancelScope(shield=True):
            await self.serve([listening])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.answering.set()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override] - uvicorn has a generator for one
        """Capture none."""
        return nullcontext()


async def _healthz(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok", "version": __version__})
