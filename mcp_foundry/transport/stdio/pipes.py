"""The process's stdin and stdout, as lines to read and a buffer to write.

`mcp.server.stdio.stdio_server` does this with a worker thread's hop per line and direction. The
pipes are polled here instead where the platform can, which is faster, can be cancelled, and
notices a client that has closed its end; elsewhere a thread reads or writes whole chunks.
"""

from __future__ import annotations

import logging
import os
import select
import stat
import sys
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import anyio.to_thread

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LINE = 64 * 1024 * 1024
"""Bytes of the longest line that is read; a longer one is refused before it fills the memory."""

_CHUNK = 65_536

_HIGH_WATER = 256 * 1024
"""Bytes that may wait for a client which does not read, before its writers wait as well."""

_PIECES = 64
"""Writes in one turn of the loop, which a client that reads as fast must not keep for itself."""

logger = logging.getLogger(__name__)


class LineTooLongError(ValueError):
    """A line of the input is too long; what follows it can still be read."""


def _is_pipe(fd: int) -> bool:
    mode = os.fstat(fd).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _capacity(fd: int) -> int:
    """Bytes that an empty pipe takes; 0 where the platform does not tell, and for what is none."""
    try:
        from fcntl import F_GETPIPE_SZ, fcntl  # Linux alone

        return fcntl(fd, F_GETPIPE_SZ)
    except (ImportError, OSError):
        return 0


def _unread(fd: int) -> int:
    """Bytes in a pipe."""
    from fcntl import ioctl
    from termios import FIONREAD

    return int.from_bytes(ioctl(fd, FIONREAD, bytes(4)), sys.byteorder)


class InputLines:
    """The lines of a descriptor, read as they are asked for."""

    def __init__(self, fd: int, *, platform: str, longest: int = MAX_LINE) -> None:
        """Reads from `fd`; `longest` is the bound of a line in bytes."""
        self.is_file = stat.S_ISREG(os.fstat(fd).st_mode)
        self._fd = fd
        self._longest = longest
        self._polls = platform != "win32" and (_is_pipe(fd) or os.isatty(fd))
        self._buffer = bytearray()
        self._searched = 0
        self._skipping = False
        self._thread = anyio.CapacityLimiter(1)  # its own, for tools may have taken all others

    async def next(self) -> bytes | None:
        """The next line that is not blank, without its end; None at the end of the input.

        Raises:
            LineTooLongError: The line is longer than the bound. The next call goes on with the
                line behind it.
        """
        while True:
            end = self._buffer.find(b"\n", self._searched)
            if end < 0:
                self._searched = len(self._buffer)
                if self._searched > self._longest:
                    self._skip()
                if chunk := await self._read():
                    self._buffer += chunk
                    continue
                if not self._buffer:
                    return None
                end = len(self._buffer)  # the last line need not be ended
            line = self._take(end)
            if not self._skipping and not line.isspace() and line:
                return line
            self._skipping = False

    def _take(self, end: int) -> bytes:
        with memoryview(self._buffer) as whole:
            line = bytes(whole[:end])  # one copy: it may be megabytes
        del self._buffer[: end + 1]
        self._searched = 0
        return line

    def _skip(self) -> None:
        self._take(len(self._buffer))
        if not self._skipping:
            self._skipping = True
            raise LineTooLongError

    async def _read(self) -> bytes:
        try:
            if self._polls:
                await anyio.wait_readable(self._fd)
            elif not self.is_file:
                return await anyio.to_thread.run_sync(
                    os.read, self._fd, _CHUNK, abandon_on_cancel=True, limiter=self._thread
                )
            # Without O_NONBLOCK, which stderr or a shell may share: what polled as readable can
            # be read, and a file never keeps its reader waiting.
            return os.read(self._fd, _CHUNK)
        except BlockingIOError:  # the parent has set O_NONBLOCK, and another process was faster
            return await self._read()
        except OSError as error:
            logger.debug("stdin cannot be read any more: %s", error)
            return b""


class Output:
    """What goes to stdout: whole lines, in order, whoever is cancelled while writing them."""

    def __init__(self, fd: int, *, platform: str, closed: Callable[[int], None]) -> None:
        """Writes to `fd`; `closed` is called with an exit code when that cannot go on."""
        self._fd = fd
        self._closed = closed
        self._open = True
        self._poll = None
        self._capacity = _capacity(fd)
        if platform != "win32":
            self._poll = select.poll()
            self._poll.register(fd, select.POLLOUT)
        self._buffer = bytearray()
        self._filled = anyio.Event()
        self._moved = anyio.Event()
        self._thread = anyio.CapacityLimiter(1)

    @property
    def is_stuck(self) -> bool:
        """Whether more waits than the client should leave unread."""
        return len(self._buffer) > _HIGH_WATER

    async def write(self, line: bytes, end: bytes = b"\n") -> None:
        """Writes a line, and its end; waits while the client leaves too much unread.

        Raises:
            anyio.BrokenResourceError: stdout is closed.
        """
        if not self._open:
            raise anyio.BrokenResourceError
        self._buffer += line
        self._buffer += end
        self._write_what_fits()
        if self._buffer:
            self._filled.set()
        # A writer that never waits would keep the loop to itself.
        await anyio.lowlevel.checkpoint()
        while self.is_stuck:
            await self._moved.wait()

    async def flush(self) -> None:
        """Waits until everything is written, or nothing can be."""
        while self._buffer:
            await self._moved.wait()

    async def pump(self) -> None:
        """Writes what did not fit at once; runs for as long as the output is used."""
        while self._open:
            if not self._buffer:
                self._filled = anyio.Event()
                await self._filled.wait()
            if self._poll is not None:
                await anyio.wait_writable(self._fd)
                self._write_what_fits()
                continue
            try:
                written = await anyio.to_thread.run_sync(
                    os.write,
                    self._fd,
                    bytes(self._buffer[:_CHUNK]),
                    abandon_on_cancel=True,
                    limiter=self._thread,
                )
            except OSError as error:
                self._close(error)
            else:
                self._remove(written)

    async def watch(self) -> None:
        """Ends the output when the client closes its end, also while nothing is written.

        Where this cannot be seen (Windows, a terminal, a file), the end of the input tells.
        """
        if self._poll is None or not _is_pipe(self._fd):
            return
        # The end of a pipe that is written to never becomes readable, except by being closed.
        await anyio.wait_readable(self._fd)
        gone = select.POLLERR | select.POLLHUP
        if any(event & gone for _, event in self._poll.poll(0)):
            self._close(BrokenPipeError())

    def _write_what_fits(self) -> None:
        if self._poll is None:
            return
        try:
            for _ in range(_PIECES):
                if not (self._buffer and self._poll.poll(0)):
                    return
                self._remove(os.write(self._fd, self._buffer[: self._room()]))
        except BlockingIOError:  # pragma: no cover - O_NONBLOCK is the parent's to set, and a race
            return
        except OSError as error:
            self._close(error)

    def _room(self) -> int:
        """Bytes that can be written without blocking to what polls as writable."""
        much = len(self._buffer) > select.PIPE_BUF
        if much and self._capacity and not _unread(self._fd):
            return self._capacity
        return select.PIPE_BUF  # its promise

    def _remove(self, count: int) -> None:
        del self._buffer[:count]
        self._moved.set()
        self._moved = anyio.Event()

    def _close(self, error: OSError) -> None:
        self._open = False
        self._remove(len(self._buffer))
        gone = isinstance(error, ConnectionError) or sys.platform == "win32"
        if not gone:
            logger.error("stdout cannot be written: %s. The server ends.", error)
        self._closed(0 if gone else 1)
