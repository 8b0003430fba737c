"""An answer as it grows: its text on stdout, and what its agent does on stderr, for a person."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from mcp_foundry.commands.results import as_line
from mcp_foundry.contract.files import SCHEME
from mcp_foundry.server.progress import ACTIVITY, ANEW

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp_foundry.commands.talking.stdout import Stdout


class Page:
    """One answer, as plain text.

    Attributes:
        is_drawn: Whether it is more than plain text.
        is_exact: Whether stdout holds the text of the answer and nothing else.
    """

    is_drawn = False

    def __init__(self, out: Stdout) -> None:
        self.is_exact = True
        self._out = out
        self._before = ""
        self._draft = ""
        self._shown = ""
        self._is_aside = self._has_ended = False
        # Where both are the same terminal, one has to end its line for the other.
        self._tells = bool(sys.stderr and sys.stderr.isatty())

    async def hear(self, progress: float, total: float | None, message: str | None) -> None:
        """Take one message of `stream_agent`'s progress."""
        del progress, total
        if not message or self._has_ended:
            return
        if not message.startswith(ACTIVITY):
            self._draft += message
            await self._grow()
            return
        if message.endswith(ANEW):
            await self._begin_anew()
        if self._tells and not self._is_aside:
            await self._tell(message)

    async def end(self, result: dict[str, Any]) -> None:
        """Take the whole answer: its text is written as far as it does not stand there yet.

        Args:
            result: The structured content of the tool's result.
        """
        self._has_ended = True
        text = str(result.get("text", ""))
        if not self._stands(text, whole=result.get("status") == "completed"):
            if text.startswith(self._shown):
                await self._show(text)
            else:
                await self._replace(text)
        await self._end_line()
        await self._out.flush()

    def close(self) -> None:
        """Leave the terminal in order, where the answer does not come to its end."""
        self._has_ended = True
        if self._out.is_terminal and self._shown and not self._shown.endswith("\n"):
            with suppress(OSError):
                sys.stdout.write("\n")
                sys.stdout.flush()

    def _stands(self, text: str, *, whole: bool) -> bool:
        """Whether a text is there already: above a question, or as the begin of what is there."""
        above = not self._shown and self._before == text
        return above or (not whole and self._shown.startswith(text))

    @asynccontextmanager
    async def aside(self) -> AsyncGenerator[None]:
        """Leave the terminal to a question meanwhile; what is written after it stands below."""
        await self._end_line()
        self._before = self._shown
        self._turn_over()
        self._is_aside = True
        try:
            yield
        finally:
            self._is_aside = False

    async def _end_line(self) -> None:
        if self._shown and not self._shown.endswith("\n"):
            await self._out.write("\n")

    async def _grow(self) -> None:
        """Show what was written, up to the first address, which is settled once it is whole.

        Of a draft that was begun anew, what stands there already need not be written again.
        """
        settled = self._draft.partition(SCHEME)[0]
        if settled.startswith(self._shown):
            await self._show(settled)

    async def _show(self, text: str) -> None:
        more, self._shown = text[len(self._shown) :], text
        if more:
            await self._out.write(more)

    async def _begin_anew(self) -> None:
        if self._out.is_terminal:  # the person is told, and reads on below
            await self._end_line()
            self._turn_over()
        self._draft = ""

    def _turn_over(self) -> None:
        """Let what is written from now on stand by itself."""
        self._draft = self._shown = ""

    async def _replace(self, text: str) -> None:
        """Write a text of which something else was written: there is no taking it back."""
        self.is_exact = self._out.is_terminal
        self._shown = text
        await self._out.write(f"\n\n{text}")

    async def _tell(self, line: str) -> None:
        if self._out.is_terminal:
            await self._end_line()
        with suppress(OSError):  # nobody reads it any more
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()


class JsonPage(Page):
    """One answer as JSON, once it is whole."""

    async def end(self, result: dict[str, Any]) -> None:
        """Write the answer."""
        self._has_ended = True
        indent = 2 if self._out.is_terminal else None
        await self._out.write(as_line(result, indent=indent))
        await self._out.flush()

    async def _grow(self) -> None:
        pass
