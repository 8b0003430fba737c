"""What stands between a server and its project: a TLS front, and a proxy that tunnels."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from tests.rigs.secure_project import server_tls

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await source.read(65_536):
            sink.write(piece)
            await sink.drain()
    sink.close()


class Relay:
    """Passes bytes on to a port on loopback.

    Attributes:
        port: Where it listens.
        open: How many connections stand.
        tunnels: Which hosts a proxy was asked for.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self.open = 0
        self.tunnels: list[str] = []
        self._target = target

    async def front(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Pass on what comes in."""
        self.open += 1
        try:
            onward = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(_pump(source, onward[1]), _pump(onward[0], sink))
        finally:
            self.open -= 1

    async def tunnel(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Do what CONNECT asks, then pass on what comes in."""
        head = await source.readuntil(b"\r\n\r\n")
        self.tunnels.append(head.split()[1].decode())
        sink.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await self.front(source, sink)


@asynccontextmanager
async def tls_front(target: int, file: Path) -> AsyncGenerator[Relay, None]:
    """Serve a port on loopback over TLS, with the certificate in `file`."""
    relay = Relay(target)
    server = await asyncio.start_server(relay.front, "127.0.0.1", 0, ssl=server_tls(file))
    async with server:
        relay.port = server.sockets[0].getsockname()[1]
        yield relay


@asynccontextmanager
async def proxy(target: int) -> AsyncGenerator[Relay, None]:
    """A proxy whose tunnels all lead to one port on loopback."""
    relay = Relay(target)
    server = await asyncio.start_server(relay.tunnel, "127.0.0.1", 0)
    async with server:
        relay.port = server.sockets[0].getsockname()[1]
        yield relay
