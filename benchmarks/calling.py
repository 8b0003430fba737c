"""Many who call a server over HTTP, in a process of their own: plain requests of 2026-07-28.

Each line of stdin is a lot of calls, one for each token in it; a line says how long each took.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import aiohttp

from benchmarks.processes import Json, LineProcess
from benchmarks.servers import ENVELOPE, MODERN


class Callers(LineProcess):
    """Those who call the server at `url`, which is known by the name `host`."""

    def __init__(self, url: str, host: str) -> None:
        super().__init__("-m", "benchmarks.calling", url, host)

    def begin(self, tool: str, tokens: list[str], at_once: int = 1, **arguments: object) -> None:
        """Begin to call a tool once with each token, so many at once."""
        self.send({"tool": tool, "tokens": tokens, "at_once": at_once, "arguments": arguments})

    def end_all(self) -> list[float]:
        """Return the seconds that each call took of those that were begun.

        Raises:
            AssertionError: One failed.
        """
        report = self.message()
        if report["failed"]:
            raise AssertionError(len(report["failed"]), report["failed"][0])
        return report["seconds"]

    def call(
        self, tool: str, tokens: list[str], at_once: int = 1, **arguments: object
    ) -> list[float]:
        """Call a tool once with each token, so many at once; return the seconds of each.

        Raises:
            AssertionError: One failed.
        """
        self.begin(tool, tokens, at_once, **arguments)
        return self.end_all()


async def serve(url: str, host: str) -> None:
    """Do what the lines of stdin say until it ends."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        # Not one for all: a server may close a connection just when it would be used again.
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            report = await _lot(http, url, host, **json.loads(line))
        sys.stdout.write(f"{json.dumps(report)}\n")
        sys.stdout.flush()


async def _lot(  # noqa: PLR0913 - a line has that much
    http: aiohttp.ClientSession,
    url: str,
    host: str,
    *,
    tool: str,
    tokens: list[str],
    at_once: int,
    arguments: dict[str, Any],
) -> Json:
    params = {"name": tool, "arguments": arguments, "_meta": ENVELOPE}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    body = json.dumps(asked).encode()
    headers = {
        "Host": host,
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": MODERN,
        "Mcp-Method": "tools/call",
        "Mcp-Name": tool,
    }
    slots = asyncio.Semaphore(at_once)
    failed: list[str] = []

    async def one(token: str) -> float:
        mine = headers | {"Authorization": f"Bearer {token}"} if token else headers
        async with slots:
            begun = time.perf_counter()
            async with http.post(url, data=body, headers=mine) as response:
                said = await response.read()
            if not response.ok or b'"result"' not in said or b'"isError":true' in said:
                failed.append(f"{response.status} {said[:500]!r}")
            return time.perf_counter() - begun

    seconds = await asyncio.gather(*map(one, tokens))
    return {"seconds": seconds, "failed": failed}


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
