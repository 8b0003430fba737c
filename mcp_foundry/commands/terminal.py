"""A person at a terminal: progress on stderr as it comes, and a question where one is needed."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from mcp_types import ElicitResult

if TYPE_CHECKING:
    from mcp.client import ClientRequestContext
    from mcp_types import ElicitRequestParams

# Progress that begins with this tells what the agent does; stream_agent's other progress is text.
_ACTIVITY = "⋯ "


class Terminal:
    """Writes an MCP client's progress to stderr, and asks the person who reads it.

    Attributes:
        text: The agent's text that was written so far.
    """

    def __init__(self, tool: str) -> None:
        self.text = ""
        self._streams_text = tool == "stream_agent"
        self._within_line = False
        self._asking = False

    async def tell(self, progress: float, total: float | None, message: str | None) -> None:
        """Write one progress message, as it comes."""
        if not message or self._asking:
            return
        if self._streams_text and not message.startswith(_ACTIVITY):
            self.text += message
            self._within_line = not message.endswith("\n")
            self._write(message)
            return
        self._end_line()
        if total is None:
            self._line(message)
        else:
            self._count(progress, total, message)

    def close(self) -> None:
        """End what was begun."""
        self._end_line()

    async def ask(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        """Ask whether a tool call may be made: an MCP client's elicitation; only a yes is one."""
        del context
        self._end_line()
        self._asking = True
        self._write(f"{params.message}\nAllow it? [y/N] ")
        try:
            agreed = (await typed_line()).strip().lower() in {"y", "yes"}
        finally:
            self._asking = False
        if agreed:
            return ElicitResult(action="accept", content={"approve": True})
        return ElicitResult(action="decline")

    def _end_line(self) -> None:
        if self._within_line:
            self._within_line = False
            self._write("\n")

    def _line(self, message: str) -> None:
        self._write(f"{message}\n")

    def _count(self, done: float, total: float, message: str) -> None:
        del done, total
        self._line(message)

    def _write(self, text: str) -> None:
        with suppress(OSError):  # nobody reads it any more, and the result is what counts
            sys.stderr.write(text)
            sys.stderr.flush()


async def typed_line() -> str:
    """Return the next line from stdin, or nothing at its end.

    Read in a thread of its own, which is left behind when the call is cancelled: it holds no lock
    that the end of the process would wait for.
    """
    loop = asyncio.get_running_loop()
    typed: list[bytes] = []
    ended = asyncio.Event()

    def read() -> None:
        with suppress(OSError):
            typed.append(os.read(sys.stdin.fileno(), 1024))
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=read, daemon=True, name="terminal").start()
    await ended.wait()
    return b"".join(typed).decode(errors="replace")
