"""`mcp-foundry` and `mcp-foundry serve`: MCP over stdio, or over HTTP."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, NoReturn

import anyio

from mcp_foundry.commands.emulate import project
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.settings.checks import LOOPBACK
from mcp_foundry.telemetry.flushing import flush
from mcp_foundry.transport.shutdown import exit_now

if TYPE_CHECKING:
    from types import SimpleNamespace

    from mcp.server.mcpserver import MCPServer

    from mcp_foundry.settings.values import Settings


def run(settings: Settings, options: SimpleNamespace) -> NoReturn:
    """Serve until the input ends or a signal comes; the process ends with it.

    Over stdio, or with `--http` over HTTP, whose URL is printed.
    """
    http_port = options.port if options.command == "serve" and options.http else None
    if http_port is not None:
        settings = settings.over_http()
    # What the imports build lives as long as the process. Searching it for garbage, again and
    # again while it grows, would cost a sixth of the start, and at exit longer than the rest.
    gc.disable()
    from mcp_foundry.server.app import create_server
    from mcp_foundry.transport.stdio.serving import serve_stdio

    by_hand = bool(sys.stdin and sys.stdin.isatty() and sys.stderr.isatty())

    async def serving() -> None:
        async with project(settings, options.emulation) as chosen:
            server = create_server(chosen)
            gc.freeze()
            gc.enable()
            # From within the loop: leaving it would wait for threads that cannot be interrupted.
            if http_port is None:
                server.observing.transport = "pipe"
                opened = _tell_person if by_hand else None
                _end(await serve_stdio(server, drain=chosen.drain, opened=opened, last=flush))
            _end(await _serve_http(server, http_port, chosen))

    anyio.run(serving)
    raise AssertionError  # pragma: no cover - the process has ended


def _end(code: int) -> NoReturn:
    flush()
    exit_now(code)


async def _serve_http(server: MCPServer[Any], port: int, settings: Settings) -> int:
    from mcp_foundry.transport.http.serving import serve_http

    listening: dict[str, Any] = {"port": port, "host": settings.host, "drain": settings.drain}
    try:
        async with AsyncExitStack() as stack:
            if settings.auth == "entra":
                from mcp_foundry.commands.guarding import guarded

                listening |= await stack.enter_async_context(guarded(settings))
            return await serve_http(server, opened=_tell, last=flush, **listening)
    except FoundryError as wrong:  # what it trusts cannot be read
        sys.stderr.write(f"mcp-foundry: {wrong}\n")
        return 2
    except OSError as taken:
        reason = os.strerror(taken.errno) if taken.errno else taken
        where = f"port {port}" + ("" if settings.host in LOOPBACK else f" of {settings.host}")
        sys.stderr.write(
            f"mcp-foundry: the server cannot listen on {where}: {reason}. Choose another, or "
            "--port 0 for a free one.\n"
        )
        return 1


def _tell_person() -> None:
    """Say what this is where a person started it, who would wait for a prompt."""
    sys.stderr.write(
        "mcp-foundry: waiting for an MCP client on stdin, which chat clients are: see "
        "mcp-foundry install --help. To talk yourself: mcp-foundry chat. Ctrl+C ends.\n"
    )


def _tell(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
