"""A person at a terminal: progress on stderr as it comes, and a question where one is needed."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from mcp_foundry.commands.talking.person import Person
from mcp_foundry.server.progress import ACTIVITY

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp.client import ClientRequestContext
    from mcp_types import ElicitRequestParams, ElicitResult


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
        if self._streams_text and not message.startswith(ACTIVITY):
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
        person = Person(sys.stdin.fileno(), self._write)
        person.aside = self._aside
        return await person.ask(context, params)

    @asynccontextmanager
    async def _aside(self) -> AsyncGenerator[None]:
        self._end_line()
        self._asking = True
        try:
            yield
        finally:
            self._asking = False

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
