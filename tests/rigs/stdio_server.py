"""A server for the tests of the stdio runner: its calls say on stderr what becomes of them."""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server.mcpserver import Context, MCPServer
from pydantic import BaseModel

from mcp_foundry.transport.shutdown import exit_now
from mcp_foundry.transport.stdio.serving import serve_stdio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext


class Consent(BaseModel):
    """What `confirm` asks for."""

    sure: bool


def say(text: str) -> None:
    """Writes a line that a test waits for."""
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


async def echo(text: str) -> str:
    """Answers at once."""
    return text


async def note(text: str) -> str:
    """Says what it is told."""
    say(text)
    return text


async def wait(seconds: float, cleaning: float = 0) -> str:
    """Answers late, and takes its time to clean up when cancelled."""
    say("waiting")
    try:
        await anyio.sleep(seconds)
    except anyio.get_cancelled_exc_class():
        say("cleaning")
        with anyio.CancelScope(shield=True):
            await anyio.sleep(cleaning)
            say("cleaned up")
        raise
    return "waited"


async def cling(seconds: float) -> str:
    """Cannot be cancelled."""
    say("clinging")
    with anyio.CancelScope(shield=True):
        await anyio.sleep(seconds)
    return "let go"


async def block(seconds: float) -> str:
    """Blocks the event loop."""
    say("blocking")
    time.sleep(seconds)  # noqa: ASYNC251 - the fault under test
    return "unblocked"


async def flood(count: int, size: int, ctx: Context[None]) -> str:
    """Reports progress without end."""
    for number in range(count):
        await ctx.report_progress(number, None, "x" * size)
        if number % 100 == 0:
            say(f"reported {number}")
    return "flooded"


async def stray() -> str:
    """Prints where only the protocol may."""
    print("a stray print", flush=True)  # noqa: T201 - the fault under test
    os.write(1, b"a stray write\n")
    return "strayed"


async def confirm(ctx: Context[None]) -> str:
    """Asks the client back."""
    answer = await ctx.elicit("Sure?", Consent)
    return answer.action


async def torn() -> str:
    """Answers with half of a surrogate pair."""
    return "half \ud800 pair"


def create_server(probing: float, closing: float) -> MCPServer[None]:
    """The server under test: its lifespan says when it begins and ends, which takes `closing`
    seconds, and a probe takes `probing`.
    """

    @asynccontextmanager
    async def lifespan(_server: MCPServer[None]) -> AsyncGenerator[None]:
        say("session opened")
        yield
        await anyio.sleep(closing)
        say("session closed")

    async def probe_slowly(
        ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        if ctx.method == "server/discover":
            await anyio.sleep(probing)
        return await call_next(ctx)

    server = MCPServer(
        "bed",
        lifespan=lifespan,
        subscriptions=False,
        log_level="WARNING",
        middleware=[probe_slowly],
    )
    for tool in (echo, note, wait, cling, block, flood, stray, confirm, torn):
        server.add_tool(tool)
    return server


def main() -> None:
    """Serves; with --bare through the SDK's own runner."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--drain", type=float, default=3)
    parser.add_argument("--probing", type=float, default=0)
    parser.add_argument("--closing", type=float, default=0)
    parser.add_argument("--platform", default=sys.platform)
    parser.add_argument("--bare", action="store_true")
    given = parser.parse_args()
    server = create_server(given.probing, given.closing)
    if given.bare:
        server.run("stdio")
    else:

        async def serve() -> None:
            code = await serve_stdio(
                server,
                drain=given.drain,
                platform=given.platform,
                last=lambda: say("last words"),
            )
            exit_now(code)

        anyio.run(serve)


if __name__ == "__main__":
    main()
