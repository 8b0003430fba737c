"""A server of `stdio_server.py` in its own process, over real pipes, spoken to line by line."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import anyio
from anyio import to_thread

if TYPE_CHECKING:
    from collections.abc import Generator

Message = dict[str, Any]

SERVER = str(Path(__file__).with_name("stdio_server.py"))
PATIENCE = 20
"""Seconds after which a test gives up on a line or an exit, far more than either takes."""

ENVELOPE: Message = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


def request(number: int | str, method: str, /, **params: object) -> Message:
    """A request of either era."""
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def modern(number: int | str, method: str, /, **params: object) -> Message:
    """A request with the envelope of 2026-07-28."""
    return request(number, method, **params, _meta=ENVELOPE)


def call(number: int | str, tool: str, /, **arguments: object) -> Message:
    """A tool call after a handshake."""
    return request(number, "tools/call", name=tool, arguments=arguments)


def handshake(version: str = "2025-11-25") -> list[Message]:
    """What a client of the handshake era begins with; the answer has the id "hello"."""
    client = {"name": "test", "version": "1"}
    return [
        request("hello", "initialize", protocolVersion=version, capabilities={}, clientInfo=client),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
    ]


def lines(*messages: Message | bytes) -> bytes:
    """Messages as they are written, bytes as they are."""
    encoded = (m if isinstance(m, bytes) else json.dumps(m).encode() for m in messages)
    return b"".join(line + b"\n" for line in encoded)


class ServerProcess:
    """The server's process, and what it has written so far."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        assert process.stdout is not None
        assert process.stderr is not None
        self._stdout, self._stderr = process.stdout, process.stderr
        self.answers: list[Message] = []
        self.said: list[str] = []

    async def send(self, *messages: Message | bytes) -> None:
        """Writes messages to the server's stdin."""
        await self.send_bytes(lines(*messages))

    async def send_bytes(self, data: bytes) -> None:
        """Writes to the server's stdin, as it is."""
        stdin = self._process.stdin
        assert stdin is not None

        def write() -> None:
            stdin.write(data)
            stdin.flush()

        with anyio.fail_after(PATIENCE):
            await to_thread.run_sync(write, abandon_on_cancel=True)

    def end_input(self) -> None:
        """Closes the server's stdin."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def close_output(self) -> None:
        """Closes the reading end of the server's stdout."""
        self._stdout.close()

    def signal(self, number: int) -> None:
        """Sends a signal."""
        self._process.send_signal(number)

    async def next_answer(self) -> Message | None:
        """The next message that the server writes; None at the end."""
        line = "" if self._stdout.closed else await _line(self._stdout)
        if not line:
            return None
        self.answers.append(json.loads(line))
        return self.answers[-1]

    async def answer(self, number: int | str | None) -> Message:
        """The answer to the request with this id; what comes before it is kept."""
        while (found := await self.next_answer()) is not None:
            if found.get("id", "none") == number:
                return found
        raise AssertionError(f"no answer to {number} among {self.answers}")

    async def says(self, text: str) -> None:
        """Waits for a line on stderr."""
        while line := await _line(self._stderr):
            self.said.append(line)
            if line == text:
                return
        raise AssertionError(f"no {text!r} among {self.said}")

    async def ended(self) -> int:
        """Reads what is left on stdout and stderr; the exit code."""
        while await self.next_answer() is not None:
            pass
        while line := await _line(self._stderr):
            self.said.append(line)
        with anyio.fail_after(PATIENCE):
            return await to_thread.run_sync(self._process.wait, abandon_on_cancel=True)


async def _line(stream: IO[bytes]) -> str:
    with anyio.fail_after(PATIENCE):
        line = await to_thread.run_sync(stream.readline, abandon_on_cancel=True)
    return line.decode().rstrip("\n")


@contextmanager
def serving(*options: str, stdin: int | IO[bytes] = subprocess.PIPE) -> Generator[ServerProcess]:
    """A running server, whose input ends at the end; killed where that does not end it."""
    with subprocess.Popen(  # noqa: S603 - this Python, and a file of ours
        [sys.executable, SERVER, *options],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield ServerProcess(process)
            if process.stdin is not None:
                with suppress(BrokenPipeError):  # what was not read before the server ended
                    process.stdin.close()
            process.wait(PATIENCE)
        finally:
            process.kill()
