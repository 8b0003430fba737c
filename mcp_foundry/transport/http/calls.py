"""Which calls are under way, so that the end can wait for them and for nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CLOSE = (b"connection", b"close")


class Calls:
    """Counts the requests that are being answered.

    A stream that a client only listens to (GET) is none of them: it would last for ever.

    Attributes:
        leaving: Whether answers say that no further request will be taken on their connection, so
            that none is on its way when it is closed.
    """

    def __init__(self) -> None:
        self.leaving = False
        self._under_way = 0
        self._none = anyio.Event()
        self._none.set()

    def counted(self, app: ASGIApp) -> ASGIApp:
        """Return `app` with its calls counted."""

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return

            async def parting(message: Message) -> None:
                if self.leaving and message["type"] == "http.response.start":
                    kept = [each for each in message["headers"] if each[0] != _CLOSE[0]]
                    message["headers"] = [*kept, _CLOSE]
                await send(message)

            if scope["method"] != "POST":
                await app(scope, receive, parting)
                return
            self._begin()
            try:
                await app(scope, receive, parting)
            finally:
                self._end()

        return wrapped

    async def done(self) -> None:
        """Wait until no call is under way."""
        while self._under_way:
            await self._none.wait()

    def _begin(self) -> None:
        if not self._under_way:
            self._none = anyio.Event()
        self._under_way += 1

    def _end(self) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._none.set()
