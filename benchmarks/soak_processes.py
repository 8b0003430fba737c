"""The processes of the soak: the server, and the emulator, as the driver speaks to them."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator

    import aiohttp

Json = dict[str, Any]

LONGEST_CALL = 120
"""Seconds after which the driver gives up on a call, more than any may take."""


class Held(NamedTuple):
    """What the server holds; of its memory, `blocks` are those in use, whatever was fragmented."""

    megabytes: float
    blocks: int
    tasks: int
    files: int


class Server:
    """The server's process, spoken to in JSON lines."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._held: asyncio.Queue[Held] = asyncio.Queue()
        self.answered: Counter[int] = Counter()
        self.said: list[str] = []

    async def listen(self) -> None:
        """Read what the server writes."""
        assert self._process.stdout  # noqa: S101 - it was opened
        async for line in self._process.stdout:
            message = json.loads(line)
            if "id" in message:
                self.answered[message["id"]] += 1
                self._waiting.pop(message["id"]).set_result(message)

    async def overhear(self) -> None:
        """Read what it says on stderr."""
        assert self._process.stderr  # noqa: S101 - it was opened
        async for line in self._process.stderr:
            if line.startswith(b'{"megabytes"'):
                self._held.put_nowait(Held(**json.loads(line)))
            else:
                self.said.append(line.decode().rstrip())

    def send(self, message: Json) -> None:
        """Write one message."""
        assert self._process.stdin  # noqa: S101 - it was opened
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    async def request(self, number: int, method: str, **params: object) -> Json:
        """Return the answer to one request."""
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self.send({"id": number, "method": method, "params": params})
        message = await asyncio.wait_for(answer, LONGEST_CALL)
        result: Json = message["result"]
        return result

    async def held(self) -> Held:
        """Return what it holds now."""
        self._process.send_signal(signal.SIGUSR1)
        return await asyncio.wait_for(self._held.get(), LONGEST_CALL)


class Project:
    """The emulator's process, asked over its own routes."""

    def __init__(self, endpoint: str, http: aiohttp.ClientSession) -> None:
        self.endpoint = endpoint
        self._http = http
        self._own = endpoint.partition("/api/")[0] + "/_emulator"

    async def let_things_go_wrong(self, share: float, faults: list[Json]) -> None:
        """Let chance draw one of the faults for that share of the questions."""
        body = {"probability": share, "faults": faults, "seed": 7}
        async with self._http.post(f"{self._own}/faults", json=body) as reply:
            reply.raise_for_status()

    async def state(self) -> Json:
        """Return the emulator's books."""
        async with self._http.get(f"{self._own}/state") as reply:
            books: Json = await reply.json()
            return books


@asynccontextmanager
async def running(*words: str) -> AsyncGenerator[Process]:
    """Run a module of this Python as a process, killed when it is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=2**26
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
