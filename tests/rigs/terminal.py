"""`mcp-foundry` at a pseudo-terminal of its own, as a person has it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from anyio import to_thread

from tests.rigs.command_line import PATIENCE, environment

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

import pty
from fcntl import ioctl
from struct import pack
from termios import TIOCSWINSZ, tcgetattr

_ROWS, _COLUMNS = 24, 200
# The process begins a session that has the terminal: then Ctrl+C is a signal, and /dev/tty is it.
_BEGIN = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(2, termios.TIOCSCTTY, 0)
for name in sys.argv.pop(1).split():
    sys.modules[name] = None
from mcp_foundry.cli import main
sys.exit(main())
"""


class Terminal:
    """A terminal, and a command whose stdin, stdout and stderr it is, as far as not said."""

    def __init__(self, ours: int, process: subprocess.Popen[bytes], size: tuple[int, int]) -> None:
        self._ours = ours
        self._process = process
        self._size = size
        self._seen = b""

    @property
    def raw(self) -> str:
        """All that was written to it, with what only a terminal understands."""
        return self._seen.decode(errors="replace").replace("\r\n", "\n")

    @property
    def seen(self) -> str:
        """What was written to it so far, without colours."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw)

    @property
    def screen(self) -> list[str]:
        """The lines that stand there now, those that were scrolled away first; without their ends.

        Unlike `seen`, what was written over is gone.
        """
        from pyte import ByteStream, HistoryScreen

        rows, columns = self._size
        screen = HistoryScreen(columns, rows, history=10_000, ratio=0.5)
        ByteStream(screen).feed(self._seen)
        gone = [
            "".join(line[column].data for column in range(columns)) for line in screen.history.top
        ]
        return "\n".join(line.rstrip() for line in [*gone, *screen.display]).rstrip().split("\n")

    async def reads(self, text: str) -> None:
        """Wait for a text on the screen."""
        while text not in self.seen:
            assert await self._more(), self.seen

    async def ends_with(self, line: str) -> None:
        """Wait until this is the last line on the screen, as a prompt is that waits."""
        while self.screen[-1] != line:
            assert await self._more(), self.seen

    @property
    def modes(self) -> list[Any]:
        """What the terminal does with what is typed."""
        return tcgetattr(self._ours)

    async def types(self, text: str) -> None:
        """Type a text; \\x03 is Ctrl+C, and \\x04 is Ctrl+D."""
        await to_thread.run_sync(os.write, self._ours, text.encode())

    async def ends(self) -> int:
        """Read to the end; the exit code."""
        while await self._more():
            pass
        return await to_thread.run_sync(self._process.wait, PATIENCE)

    def signal(self, number: int) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    async def _more(self) -> bool:
        data = b""
        with anyio.fail_after(PATIENCE), suppress(OSError):  # Linux's way to say that it has ended
            data = await to_thread.run_sync(os.read, self._ours, 4096, abandon_on_cancel=True)
        self._seen += data
        return bool(data)


@contextmanager
def at_terminal(  # noqa: PLR0913 - what a terminal and its command can be
    *words: str,
    without: str = "",
    endpoint: str = "",
    size: tuple[int, int] = (_ROWS, _COLUMNS),
    pixels: bool = False,
    stdin: int | None = None,
    stdout: int | None = None,
    cwd: Path | None = None,
    **changes: str,
) -> Generator[Terminal]:
    """`mcp-foundry` at a terminal; on the embedded emulator, unless an endpoint is given.

    Args:
        words: The command and what it is given.
        without: Packages that are not there, such as `rich`; names, with spaces between them.
        endpoint: The project.
        size: Rows and columns.
        pixels: Whether it says how many pixels it has.
        stdin: A descriptor that is its stdin instead.
        stdout: A descriptor that is its stdout instead.
        cwd: The folder that it is run in.
        changes: Made to its environment.
    """
    ours, theirs = pty.openpty()
    rows, columns = size
    shown = (columns * 10, rows * 20) if pixels else (0, 0)
    ioctl(ours, TIOCSWINSZ, pack("HHHH", rows, columns, *shown))
    project = {"FOUNDRY_PROJECT_ENDPOINT": endpoint} if endpoint else {}
    variables = environment(**{"TERM": "xterm", **project, **changes})
    for name in {"COLUMNS", "LINES"} - set(changes):  # of the terminal that the tests run at
        variables.pop(name, None)
    process = subprocess.Popen(  # noqa: S603 - this Python, and our own module
        [sys.executable, "-c", _BEGIN, without, *words, *([] if endpoint else ["--emulator"])],
        stdin=theirs if stdin is None else stdin,
        stdout=theirs if stdout is None else stdout,
        stderr=theirs,
        cwd=cwd,
        env=variables,
    )
    os.close(theirs)
    try:
        yield Terminal(ours, process, size)
    finally:
        process.kill()
        process.wait(PATIENCE)
        os.close(ours)
