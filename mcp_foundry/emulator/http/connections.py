"""How many connections clients hold open."""

import asyncio
from collections.abc import Callable

from aiohttp import web


class Connections:
    """A count of open connections.

    Args:
        changed: Called whenever one has gone, for those who wait for it.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.open = 0
        self._changed = changed

    def watch(self, runner: web.AppRunner) -> None:
        """Count the connections of a runner that is set up."""
        # aiohttp forgets a connection only once its handler is done, and tells no one. That one
        # has gone is something to wait for, so both ends of its life are noted here.
        server = runner.server
        if server is None:  # pragma: no cover - it is there after setup()
            return
        made, lost = server.connection_made, server.connection_lost

        def note_made(handler: web.RequestHandler, transport: asyncio.Transport) -> None:
            self.open += 1
            made(handler, transport)

        def note_lost(handler: web.RequestHandler, exc: BaseException | None = None) -> None:
            self.open -= 1
            lost(handler, exc)
            self._changed()

        server.connection_made, server.connection_lost = note_made, note_lost
