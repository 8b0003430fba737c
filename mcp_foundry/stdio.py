"""Serving over stdio, from the first request to the last way of ending."""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import anyio
from mcp.server.runner import serve_dual_era_loop

from mcp_foundry.stdio_claim import claim_stdio
from mcp_foundry.stdio_messages import Client, Connection
from mcp_foundry.stdio_pipes import InputLines, Output

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from mcp.server.mcpserver import MCPServer

_GRACE = 4.5
"""Seconds that the end may take before the process is ended from outside the event loop: a little
less than the promised five."""

_LAST_WORDS = 0.2
"""Seconds to say so."""


_FLUSH = 1.0
"""Seconds that a client has, once all else is closed, to read what was written."""

_ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


def run_stdio(server: MCPServer[Any], *, drain: float, platform: str = sys.platform) -> NoReturn:
    """Serves `server` over stdio and ends the process; see `serve_stdio`."""

    async def serve() -> None:
        # From within the loop: leaving it would wait for threads that cannot be interrupted.
        exit_now(await serve_stdio(server, drain=drain, platform=platform))

    anyio.run(serve)
    raise AssertionError  # pragma: no cover - the process has ended


def exit_now(code: int) -> NoReturn:
    """Ends the process without waiting for threads, one of which may be reading stdin."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, or never opened
            stream.flush()
    os._exit(code)


async def serve_stdio(server: MCPServer[Any], *, drain: float, platform: str = sys.platform) -> int:
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

    Returns:
        The exit code: 0, or 128 + n for signal n, as shells have it; 1 where stdout fails.

    Raises:
        OSError: stdout is closed from the start.
        ValueError: Not called in the main thread, where alone signals can be handled.
    """
    lowlevel = server._lowlevel_server  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the only way to streams of one's own; the SDK's documentation does the same
    stdin, stdout = claim_stdio()
    ending = Ending()
    output = Output(stdout, platform=platform, closed=ending.now)
    client = Client(
        InputLines(stdin, platform=platform), output, drain=drain, ended=lambda: ending.now(0)
    )
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(output.pump)
            tasks.start_soon(output.watch)
            ending.on_signals()
            async with lowlevel.lifespan(lowlevel) as state:
                with ending.scope:
                    await _serve(lowlevel, client, state)
            with anyio.move_on_after(_FLUSH):
                await output.flush()
            tasks.cancel_scope.cancel()
    finally:
        ending.now(1)
    return ending.code


async def _serve(lowlevel: Server[Any], client: Client, state: object) -> None:
    while True:  # until the input ends, which cancels this
        await serve_dual_era_loop(
            lowlevel,
            Connection(client),
            client.answers,
            lifespan_state=state,
            init_options=lowlevel.create_initialization_options(),
        )


def _complain() -> None:
    with suppress(OSError, ValueError, AttributeError):  # closed, or never opened
        sys.stderr.write(f"mcp-foundry: closing took longer than {_GRACE} s; it is given up.\n")
        sys.stderr.flush()


class Ending:
    """How the process ends: for the first reason, and before the clock runs out."""

    def __init__(self) -> None:
        self.scope = anyio.CancelScope()
        self.code = 0
        self._loop = asyncio.get_running_loop()
        self._ends = False
        # A queue, because its `put` is safe within a signal handler, as locks and events are not.
        self._clock: queue.SimpleQueue[int] = queue.SimpleQueue()
        threading.Thread(target=self._watch_clock, daemon=True, name="exit clock").start()

    def now(self, code: int) -> None:
        """Cancels what is served, and starts the clock."""
        if self._ends:
            return
        self._ends = True
        self.code = code
        self._clock.put(code)
        self.scope.cancel()

    def on_signals(self) -> None:
        """Ends for every signal that asks for it; further ones change nothing.

        `signal.signal` and not the loop's handlers: these do not exist on Windows, and would
        never run in a blocked loop.
        """
        for ending_signal in signal.Signals:
            if ending_signal.name in _ENDING_SIGNALS:
                signal.signal(ending_signal, self._on_signal)

    def _on_signal(self, number: int, _frame: object) -> None:
        self._clock.put(128 + number)
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self.now, 128 + number)

    def _watch_clock(self) -> None:
        code = self._clock.get()
        time.sleep(_GRACE)
        # In a thread of its own, for nobody may be reading stderr either.
        complaint = threading.Thread(target=_complain, daemon=True)
        complaint.start()
        complaint.join(_LAST_WORDS)
        os._exit(code)
