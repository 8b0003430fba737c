"""Processes of this Python, spoken to in lines, with their processor time and their memory."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

Json = dict[str, Any]
_ROOT = Path(__file__).parents[1]
_PATIENCE = 120.0
"""Seconds after which a process that says nothing has failed."""


class LineProcess:
    """A process, from its start to its end.

    Args:
        words: What Python is to run, such as `-m`, `mcp_foundry`.
        environment: Added to this process's environment.
    """

    def __init__(self, *words: str, **environment: str) -> None:
        self.started = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603 - this Python, and files of ours
            [sys.executable, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            env={**_environment(), **environment},
            bufsize=0,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._unread = bytearray()

    def send(self, message: Json) -> None:
        """Write a message as one line."""
        self.write(as_line(message))

    def write(self, line: bytes) -> None:
        """Write a line that is there already."""
        left = memoryview(line)
        while left:
            left = left[os.write(self._stdin.fileno(), left) :]

    def line(self) -> bytes:
        """Return the next line.

        Raises:
            TimeoutError: It did not come in time.
            EOFError: The process has ended.
        """
        end = self._unread.find(b"\n")
        while end < 0:
            searched = len(self._unread)
            if not select.select([self._stdout], [], [], _PATIENCE)[0]:
                raise TimeoutError(f"{self._process.args} said nothing for {_PATIENCE:g} s")
            chunk = os.read(self._stdout.fileno(), 1 << 20)
            if not chunk:
                raise EOFError(f"{self._process.args} has ended with {self._process.wait()}")
            self._unread += chunk
            end = self._unread.find(b"\n", searched)
        line = bytes(self._unread[:end])
        del self._unread[: end + 1]
        return line

    def message(self) -> Json:
        """Return the next line's message."""
        return json.loads(self.line())

    def age(self) -> float:
        """Return the seconds since the process was started."""
        return time.perf_counter() - self.started

    @property
    def number(self) -> int:
        """What the system calls it."""
        return self._process.pid

    def processor(self) -> float:
        """Return the seconds of processor time that it has used, in all its threads."""
        # What clock_getcpuclockid(3) returns for a process: CPUCLOCK_SCHED of its id.
        return time.clock_gettime((~self._process.pid << 3) | 2)

    def memory(self) -> float:
        """Return its resident memory in MB."""
        pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def end(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        finally:
            self._process.kill()
            self._stdin.close()
            self._stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()


class Ran(NamedTuple):
    """What a process took: seconds to what it first wrote and to its end, and its most MB."""

    first: float
    seconds: float
    memory: float


def run(*words: str, **environment: str) -> Ran:
    """Run a process that is told nothing on stdin, from its start to its end.

    Args:
        words: What Python is to run.
        environment: Added to this process's environment.

    Raises:
        AssertionError: It failed.
    """
    begun = time.perf_counter()
    with (
        TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603 - this Python, and files of ours
            [sys.executable, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            cwd=_ROOT,
            env={**_environment(), **environment},
            bufsize=0,
        ) as process,
    ):
        if process.stdout is None:
            raise AssertionError
        written = process.stdout.read(1 << 16)
        first = time.perf_counter() - begun
        while written:
            written = process.stdout.read(1 << 16)
        # Not `wait`: this tells what it used. Its most memory is at least that of this process,
        # which it was before it was Python; the processes that are measured so have more.
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise AssertionError(process.args, process.returncode, said.read())
    return Ran(first, seconds, used.ru_maxrss * 1024 / 1e6)


def as_line(message: Json) -> bytes:
    """Return a message as one line."""
    return json.dumps(message).encode() + b"\n"


def _environment() -> dict[str, str]:
    """Return this process's environment without what would change the server's settings."""
    ours = ("FOUNDRY_", "MCP_FOUNDRY_", "AZURE_", "OTEL_", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
    # As a user's: with PYTHONDONTWRITEBYTECODE every start would compile what is installed once.
    others = (*ours, "PYTHON")
    return {name: value for name, value in os.environ.items() if not name.startswith(others)}
