"""The port, and the HTTP spoken there: uvicorn, as it is wanted here."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING

import anyio
import uvicorn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.types import ASGIApp

_LONGEST_HEADERS = 256 * 1024
"""Bytes: a token of a person with many groups has tens of thousands, and a longer one is to be
refused by who reads tokens."""
_IDLE = 75
"""Seconds for which a connection without a request is kept: longer than balancers and clients keep
theirs, for a request on its way to a connection that is being closed is lost."""


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens; 0 picks a free port.

    Raises:
        OSError: The port is taken, or there is no such address.
    """
    if ":" in host:
        both = host == "::" and socket.has_dualstack_ipv6()
        bound = socket.create_server((host, port), family=socket.AF_INET6, dualstack_ipv6=both)
    else:
        bound = socket.create_server((host, port))
    # Connections inherit it. asyncio sets it for sockets that name TCP as their protocol, which
    # those of `create_server` do not: each streamed answer would wait 40 ms for an acknowledgement.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound


class Listening(uvicorn.Server):
    """A uvicorn that says when it answers, and leaves signals to those who started it."""

    def __init__(self, app: ASGIApp, *, behind_balancers: bool) -> None:
        config = uvicorn.Config(
            app,
            http="h11",  # the one that takes headers of such a length
            log_config=None,  # uvicorn's own writes to stdout
            access_log=False,
            server_header=False,
            proxy_headers=not behind_balancers,  # whoever calls may have written them
            timeout_keep_alive=_IDLE,
        )
        if behind_balancers:
            config.h11_max_incomplete_event_size = _LONGEST_HEADERS
        super().__init__(config)
        self.answering = anyio.Event()
        self._bound: socket.socket | None = None
        self._accepting: set[asyncio.Task[object]] = set()

    def leave_within(self, seconds: float) -> None:
        """Bound the end: without that, a client that only listens would keep this from ending."""
        self.config.timeout_graceful_shutdown = seconds  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue] - asyncio.wait_for takes fractions

    def let_nobody_in(self) -> None:
        """Accept no further connection; those that are open, or wait to be, are still served."""
        loop = asyncio.get_running_loop()
        protocol = partial(
            self.config.http_protocol_class,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - of those, h11's
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        # Closing resets what waits in the queue, and a balancer may have sent its request already.
        with suppress(BlockingIOError):
            while self._bound:
                waiting, _ = self._bound.accept()
                waiting.setblocking(False)
                accepting = loop.create_task(loop.connect_accepted_socket(protocol, waiting))
                self._accepting.add(accepting)
                accepting.add_done_callback(self._accepting.discard)
        for server in self.servers:
            server.close()

    async def serve_to_the_end(self, bound: socket.socket) -> None:
        """Serve until `should_exit`; cancelling it would leave the session open."""
        self._bound = bound
        with anyio.CancelScope(shield=True):
            await self.serve([bound])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.answering.set()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override] - uvicorn has a generator for one
        """Capture none."""
        return nullcontext()


@asynccontextmanager
async def without_cancellations_logged() -> AsyncGenerator[None]:
    """Keep the tracebacks of calls that the end has cancelled out of the log."""
    log = logging.getLogger("uvicorn.error")
    log.addFilter(_is_no_cancellation)
    try:
        yield
    finally:
        log.removeFilter(_is_no_cancellation)


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
