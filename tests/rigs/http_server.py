"""The server over Streamable HTTP: bare calls of it, and the command in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import anyio
from anyio import to_thread

from tests.rigs.stdio_process import call, handshake, modern

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from mcp_foundry.emulator import Emulator

ACCEPTED = {"Accept": "application/json, text/event-stream"}
MODERN = {
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "ask_agent",
}


async def asked(url: str, message: str, era: str, more: dict[str, str] | None = None) -> str:
    """What is said to a bare call of ask_agent until the connection ends, however that is."""
    said = b""
    async with aiohttp.ClientSession(headers={**ACCEPTED, **(more or {})}) as http:
        if era == "legacy":
            begin, initialized = handshake()
            async with http.post(url, json=begin) as response:
                headers = {"Mcp-Session-Id": response.headers["Mcp-Session-Id"]}
            await http.post(url, json=initialized, headers=headers)
            request = call(2, "ask_agent", message=message)
        else:
            headers = MODERN
            request = modern(
                2, "tools/call", name="ask_agent", arguments={"message": message, "agent": "helper"}
            )
        with suppress(aiohttp.ClientError):
            async with http.post(url, json=request, headers=headers) as response:
                async for chunk in response.content.iter_any():
                    said += chunk
    return said.decode()


@dataclass(frozen=True)
class Process:
    """The command, serving HTTP in its own process."""

    popen: subprocess.Popen[str]
    url: str

    async def end(self) -> int:
        """Ask it to end as an operating system does; return its exit code."""
        self.popen.terminate()
        with anyio.fail_after(10):
            return await to_thread.run_sync(self.popen.wait, abandon_on_cancel=True)


@contextmanager
def command(*words: str) -> Generator[subprocess.Popen[str]]:
    line = [sys.executable, "-m", "mcp_foundry", "serve", "--http", *words]
    with subprocess.Popen(  # noqa: S603 - our own command
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as popen:
        try:
            yield popen
        finally:
            popen.kill()


@asynccontextmanager
async def serving(emulator: Emulator, *words: str) -> AsyncGenerator[Process]:
    with command("--endpoint", emulator.endpoint, "--agent", "helper", *words) as popen:
        assert popen.stdout is not None
        with anyio.fail_after(30):
            line = await to_thread.run_sync(popen.stdout.readline, abandon_on_cancel=True)
        yield Process(popen, line.strip())
