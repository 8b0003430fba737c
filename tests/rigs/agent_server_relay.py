"""A relay before an agent server: it notes what is asked, and cuts one connection in mid-reply."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from tests.rigs.agent_server import agent_at

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_REQUEST_LINE = re.compile(rb"^([A-Z]+ \S+) HTTP/1\.1\r$", re.MULTILINE)


class CuttingRelay:
    """Passes bytes on to a port on loopback, and on one connection no more than so many back.

    Attributes:
        port: Where it listens.
        asked: The method and the path of each request.
        cut: Set when the connection was cut; from then on everything is passed on.
    """

    def __init__(self, target: int, after: int) -> None:
        self.port = 0
        self.asked: list[str] = []
        self.cut = asyncio.Event()
        self._target = target
        self._left = after

    @property
    def endpoint(self) -> str:
        """The endpoint to give to a server."""
        return agent_at(self.port)

    @property
    def questions(self) -> list[str]:
        """The requests that start a response."""
        return [line for line in self.asked if re.fullmatch(r"POST \S*/responses", line)]

    @property
    def resumed(self) -> list[str]:
        """The requests that go on with the stream of a response."""
        return [line for line in self.asked if re.match(r"GET \S+\?\S*\bstream=true", line)]

    async def front(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Pass on what comes in, and what comes back."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(self._ask(source, writer), self._answer(reader, sink))

    async def _ask(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await source.read(65_536):
                self.asked += (line.decode() for line in _REQUEST_LINE.findall(piece))
                sink.write(piece)
                await sink.drain()
        sink.close()

    async def _answer(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await source.read(65_536):
                if self.cut.is_set():
                    sink.write(piece)
                else:
                    sink.write(piece[: self._left])
                    self._left -= len(piece)
                    if self._left <= 0:
                        self.cut.set()
                        break
                await sink.drain()
        # In order, behind what was written: a reset could overtake it.
        sink.close()


@asynccontextmanager
async def cutting_relay(target: int, after: int) -> AsyncGenerator[CuttingRelay]:
    """A relay to a port on loopback that cuts its client off after so many bytes of replies."""
    relay = CuttingRelay(target, after)
    server = await asyncio.start_server(relay.front, "127.0.0.1", 0)
    async with server:
        relay.port = server.sockets[0].getsockname()[1]
        yield relay
