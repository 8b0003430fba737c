"""Lines from stdin: of a pipe or a file, or typed where there is no line editor."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Protocol

import anyio

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.chatting.telling import show
from mcp_foundry.commands.talking.person import typed_bytes

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

_CHUNK = 64 * 1024


class Lines(Protocol):
    """Where lines come from. Ctrl+C at either is a signal, see `Shutdown.sparing`."""

    async def read(self, prompt: str) -> str:
        """Return the next message or command.

        Raises:
            EOFError: There is none any more.
            UsageError: It cannot be read.
        """
        ...

    async def ask(self, question: str) -> str:
        """Return what a person answers to a question, in a line.

        Raises:
            EOFError: They ended it.
        """
        ...

    def aside(self) -> AbstractContextManager[None]:
        """Leave the terminal to an answer meanwhile."""
        ...


class PlainLines:
    """Lines as they come.

    Args:
        most: The most bytes that one may have.
        are_typed: Whether a person types them, and is shown a prompt.
    """

    def __init__(self, most: int, *, are_typed: bool) -> None:
        self._descriptor = sys.stdin.fileno()
        # What a console of Windows types is in an encoding of its own.
        self._encoding = os.device_encoding(self._descriptor) or "utf-8"
        self._most = most
        self._are_typed = are_typed
        self._read = bytearray()

    async def read(self, prompt: str) -> str:
        """Return the next line, see `Lines`; a backslash at its end joins the one that follows."""
        lines = [await self.ask(prompt)]
        with suppress(EOFError):
            while lines[-1].endswith("\\") and not lines[0].startswith("/"):
                lines[-1] = lines[-1][:-1]
                lines.append(await self.ask("... "))
        return "\n".join(lines)

    async def ask(self, question: str) -> str:
        """Return the next line; see `Lines`."""
        self._show(question)
        try:
            line = await self._line()
        except (EOFError, anyio.get_cancelled_exc_class()):
            self._read.clear()
            self._show("\n")  # which nobody typed
            raise
        try:
            text = line.decode(self._encoding)
        except UnicodeDecodeError:
            raise UsageError(f"stdin is not text in {self._encoding.upper()}.") from None
        return text.removeprefix("\ufeff").removesuffix("\r")

    def aside(self) -> AbstractContextManager[None]:
        """Leave the terminal as it is; see `Lines`."""
        return nullcontext()

    def _show(self, text: str) -> None:
        if self._are_typed:
            show(text)

    async def _line(self) -> bytes:
        while b"\n" not in self._read:
            chunk = await typed_bytes(self._descriptor, _CHUNK)
            self._read += chunk
            if not chunk or len(self._read) > self._most + _CHUNK:
                break
        line, end, self._read = self._read.partition(b"\n")
        if len(line) > self._most:
            raise UsageError(
                f"a line of stdin has more than {self._most:,} bytes, too many to ask."
            )
        if not line and not end:
            raise EOFError
        return bytes(line)
