"""A person at a terminal: progress on stderr as it comes, and a question where one is needed."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from mcp_types import ElicitRequestParams, ElicitResult

# Progress that begins with this tells what the agent does; stream_agent's other progress is text.
_ACTIVITY = "⋯ "


class LiveProgress:
    """Writes progress as it comes: an MCP client's progress callback.

    Attributes:
        text: The agent's text that was written.
    """

    def __init__(self, stream: TextIO, tool: str) -> None:
        self.text = ""
        self._stream = stream
        self._streams_text = tool == "stream_agent"
        self._in_line = False

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        """Write one message."""
        if not message:
            return
        if self._streams_text and not message.startswith(_ACTIVITY):
            self.text += message
            self._write(message)
            self._in_line = not message.endswith("\n")
            return
        self.close()
        self._write(f"{message}\n")

    def close(self) -> None:
        """End the line that was begun."""
        if self._in_line:
            self._in_line = False
            self._write("\n")

    def _write(self, text: str) -> None:
        # Nobody reads it any more, or not in this encoding: the result is what counts.
        with suppress(OSError, UnicodeEncodeError):
            self._stream.write(text)
            self._stream.flush()


async def ask_person(_context: Any, params: ElicitRequestParams) -> ElicitResult:
    """Ask the person at the terminal whether a tool call may be made; only a yes is one."""
    from mcp_types import ElicitResult

    sys.stderr.write(f"\n{params.message}\nAllow it? [y/N] ")
    sys.stderr.flush()
    if (await _typed_line()).strip().lower() in {"y", "yes"}:
        return ElicitResult(action="accept", content={"approve": True})
    return ElicitResult(action="decline")


async def _typed_line() -> str:
    """Return the next line from stdin.

    Read in a thread of its own, which may be left behind when the call is cancelled: it holds no
    lock that the end of the process would wait for.
    """
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[bytes] = loop.create_future()

    def settle(data: bytes) -> None:
        if not typed.done():
            typed.set_result(data)

    def read() -> None:
        data = b""
        with suppress(OSError):
            data = os.read(sys.stdin.fileno(), 1024)
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, data)

    threading.Thread(target=read, daemon=True, name="terminal").start()
    return (await typed).decode(errors="replace")
