"""Stdout, for a text that comes in pieces: whoever reads it slowly, or no more, holds up nobody."""

from __future__ import annotations

import io
import os
import stat
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import anyio

from mcp_foundry.commands.outcome import FAILED

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mcp_foundry.transport.stdio.pipes import Output


class Stdout:
    """Where the answer goes.

    Attributes:
        is_terminal: Whether a person reads it.
        failure: Why it cannot be written any more; None while it can.
    """

    def __init__(self, pipe: Output | None, closed: Callable[[OSError], None]) -> None:
        self.is_terminal = sys.stdout.isatty()
        self.failure: OSError | None = None
        self._pipe = pipe
        self._closed = closed

    async def write(self, text: str) -> None:
        """Write a piece at once; what is written side by side keeps its order.

        Once nobody can read it, nothing is written.
        """
        if self.failure:
            return
        if self._pipe is not None:
            encoding = sys.stdout.encoding or "utf-8"
            with suppress(anyio.BrokenResourceError):  # `fail` was told
                await self._pipe.write(text.encode(encoding, "backslashreplace"), end=b"")
            return
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError as failure:
            self.fail(failure)

    async def flush(self) -> None:
        """Wait until everything is written, or nothing can be."""
        if self._pipe is not None and not self.failure:
            await self._pipe.flush()

    def fail(self, failure: OSError) -> None:
        """Note that it cannot be written any more."""
        self.failure = failure
        with suppress(OSError, ValueError):
            # What Python still holds for it would fail once more at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        self._closed(failure)


@asynccontextmanager
async def open_stdout(closed: Callable[[OSError], None]) -> AsyncGenerator[Stdout]:
    """Open stdout for as long as the block runs.

    Args:
        closed: Told why, once it cannot be written any more: of a pipe that nobody reads also
            while nothing is written, but not on Windows, where that cannot be seen.
    """
    descriptor = _pipe()
    if descriptor < 0:
        yield Stdout(None, closed)
        return
    from mcp_foundry.transport.stdio.pipes import Output

    pipe = Output(descriptor, platform=sys.platform, closed=lambda _: out.fail(BrokenPipeError()))
    out = Stdout(pipe, closed)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pipe.pump)
        tasks.start_soon(pipe.watch)
        yield out
        tasks.cancel_scope.cancel()


def report_failure(failure: OSError) -> int:
    """Say on stderr why stdout could not be written, and return the exit code."""
    if not isinstance(failure, ConnectionError):  # nobody reads it any more, as after `head`
        sys.stderr.write(f"mcp-foundry: stdout cannot be written: {failure.strerror}\n")
    return FAILED


def _pipe() -> int:
    """Return stdout's descriptor where it is a pipe; else -1: a file or a terminal takes all."""
    try:
        descriptor = sys.stdout.fileno()
    except (io.UnsupportedOperation, ValueError):
        return -1
    mode = os.fstat(descriptor).st_mode
    return descriptor if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else -1
