"""The person at the terminal, who is asked what only a person may decide."""

from __future__ import annotations

import asyncio
import os
import select
import sys
import threading
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING

from mcp_types import ElicitResult

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from contextlib import AbstractAsyncContextManager

    from mcp.client import ClientRequestContext
    from mcp_types import ElicitRequestParams


class Person:
    """Somebody who reads what is written here, and can answer.

    Args:
        descriptor: Where answers are typed.
        write: Shows a question, and flushes.

    Attributes:
        aside: Sets aside, while a question stands there, whatever is drawn at the same terminal.
    """

    def __init__(self, descriptor: int, write: Callable[[str], None]) -> None:
        self.aside: Callable[[], AbstractAsyncContextManager[None]] = _nothing
        self._descriptor = descriptor
        self._write = write

    async def ask(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        """Ask whether a tool call may be made: an MCP client's elicitation; only a yes is one."""
        del context
        said = await self._asked(f"{params.message}\nAllow it? [y/N] ")
        if said.lower() in {"y", "yes"}:
            return ElicitResult(action="accept", content={"approve": True})
        return ElicitResult(action="decline")

    async def has_signed_in(self, link: str) -> bool:
        """Ask to sign in at a link, and whether that was done; Enter says yes."""
        said = await self._asked(f"The agent needs you to sign in at {link}\nDone? [Y/n] ")
        return said.lower() in {"", "y", "yes"}

    async def _asked(self, question: str) -> str:
        async with self.aside():
            self._write(question)
            typed = await typed_line(self._descriptor)
            if not typed:
                self._write("\n")
        # The end of the input is no answer, and an empty line is one.
        return typed.strip() if typed else "n"


@asynccontextmanager
async def _nothing() -> AsyncGenerator[None]:
    yield


@contextmanager
def person_here() -> Generator[Person | None]:
    """Find the person at stdin; or at the terminal that started the command, if that is elsewhere.

    Yields none where there is neither, or where somebody else has the terminal just now.
    """
    if sys.stdin and sys.stdin.isatty() and sys.stderr.isatty():
        yield Person(sys.stdin.fileno(), _to_stderr)
        return
    try:
        terminal = _own_terminal()
    except OSError:
        yield None
        return
    reading, writing = terminal

    def write(text: str) -> None:
        with suppress(OSError):  # it was closed, and nothing can be typed there
            os.write(writing, text.encode(errors="replace"))

    try:
        yield Person(reading, write)
    finally:
        for descriptor in set(terminal):
            with suppress(OSError):
                os.close(descriptor)


def _own_terminal() -> tuple[int, int]:
    """Open the terminal of this process for reading and for writing.

    Raises:
        OSError: It has none, or is not who its keys go to: to read would stop it.
    """
    if sys.platform == "win32":
        return os.open("CONIN$", os.O_RDWR), os.open("CONOUT$", os.O_RDWR)
    descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    with suppress(OSError):
        if os.tcgetpgrp(descriptor) == os.getpgrp():
            return descriptor, descriptor
    os.close(descriptor)
    raise OSError("the command runs in the background")


def _to_stderr(text: str) -> None:
    with suppress(OSError):  # nobody reads it any more
        sys.stderr.write(text)
        sys.stderr.flush()


async def typed_line(descriptor: int) -> str:
    """Return the next line that is typed there, with its end; nothing at the end of the input."""
    return (await typed_bytes(descriptor)).decode(errors="replace")


async def typed_bytes(descriptor: int, most: int = 1024) -> bytes:
    """Return what comes next there, of a terminal a line; nothing at the end of the input.

    Read in a thread of its own. Cancelled, it is called off where the platform can (not on
    Windows), so that it takes nothing that is typed later; it holds no lock that the end of the
    process would wait for.
    """
    loop = asyncio.get_running_loop()
    typed: list[bytes] = []
    ended = asyncio.Event()
    off, call_off = os.pipe()

    def read() -> None:
        with suppress(OSError):
            if sys.platform == "win32" or descriptor in select.select([descriptor, off], [], [])[0]:
                typed.append(os.read(descriptor, most))
        os.close(off)
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=read, daemon=True, name="terminal").start()
    try:
        await ended.wait()
    finally:
        os.close(call_off)  # which the thread hears
    return b"".join(typed)
