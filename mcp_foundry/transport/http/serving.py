"""Serving over Streamable HTTP: on loopback to whoever reaches it, or behind a door to many.

Without a door there is no authentication: whoever reaches the port asks with this process's Azure
credential. That is why it then listens on loopback alone, and refuses requests that a web page
could have made. A door says who comes in; behind one, the end waits for the calls under way.
"""

from __future__ import annotations

import gc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import JSONResponse
from starlette.routing import Route

from mcp_foundry import __version__
from mcp_foundry.transport.http.calls import Calls
from mcp_foundry.transport.http.listening import Listening, bind, without_cancellations_logged
from mcp_foundry.transport.http.sessions import IDLE, Sessions, without_streams
from mcp_foundry.transport.shutdown import Shutdown

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from typing import Protocol

    from mcp.server.mcpserver import MCPServer
    from starlette.requests import Request
    from starlette.types import ASGIApp

    class Doorway(Protocol):
        """What stands before the server and says who comes in.

        Attributes:
            draining: Whether the process is about to end, so that no more should be sent to it.
        """

        draining: bool

        def __call__(self, app: ASGIApp) -> ASGIApp:
            """Return `app` with this before it."""
            ...


HOST = "127.0.0.1"
PATH = "/mcp"
_LONGEST_LEAVING = 2
"""Seconds: what remains of the promised five is for cancelling runs and closing the session."""
_LEAVING_DRAINED = 0.2
"""Seconds for what is left after a drain: streams that were only listened to, and what outlasted
it."""
_NOTICED = 3
"""Seconds for which all are served at least once the end is asked for: balancers ask for readiness
every second or two, and send requests here until they have."""
_OPEN = 0.5
"""The part of the drain after which nobody new is let in, although calls are under way: a balancer
that does not ask for readiness sends new ones until it is refused, and those would be cut off."""
# Each request makes thousands of objects that live until it is answered. Looked through as often
# as Python does by itself, they cost nearly half of the processor's time at 1,000 calls at once.
_COLLECTED = (50_000, 50, 100)


async def serve_http(  # noqa: PLR0913 - each by its name, and all but a few as they are
    server: MCPServer[Any],
    *,
    port: int,
    drain: float,
    opened: Callable[[str], object],
    last: Callable[[], object] = lambda: None,
    host: str = HOST,
    path: str = PATH,
    stateless: bool = False,
    door: Doorway | None = None,
) -> int:
    """Serve until a signal comes; then end within five seconds, whatever is under way.

    Calls under way have `drain` seconds, two at most, to finish. Behind a door they have all of
    them, and the five seconds begin after that: readiness is taken back first, and who comes all
    the same is served; a second signal ends the drain. Call `exit_now` of
    `mcp_foundry.transport.shutdown` with the result.

    Args:
        server: What is served; its lifespan is entered once.
        port: The port; 0 picks a free one.
        drain: Seconds that calls under way may take once a signal has come.
        opened: Called with the URL of the MCP endpoint once it answers.
        last: Called in a thread where it does not end in time, before the process is ended.
        host: The address to listen on.
        path: The path of the MCP endpoint.
        stateless: Whether hosts of the handshake era get no session.
        door: Who says who comes in; without one, whoever reaches the port does.

    Returns:
        The exit code: 128 + n for signal n, as shells have it.

    Raises:
        OSError: The port is taken, or there is no such address.
    """
    gc.set_threshold(*_COLLECTED)
    shutdown = Shutdown(last, patience=drain if door else 0)
    serving = Serving(server, host=host, path=path, stateless=stateless, door=door)
    async with serving.open(port, _LEAVING_DRAINED if door else drain) as url:
        shutdown.handle_signals()
        with shutdown.scope:
            opened(url)
            await shutdown.asked.wait()
            await serving.drain(drain)
            shutdown.begin(shutdown.code)
    return shutdown.code


@asynccontextmanager
async def open_http(  # noqa: PLR0913 - as above
    server: MCPServer[Any],
    *,
    port: int = 0,
    drain: float = _LONGEST_LEAVING,
    host: str = HOST,
    path: str = PATH,
    stateless: bool = False,
    door: Doorway | None = None,
) -> AsyncGenerator[str]:
    """Serve as long as the context is open; yields the URL of the MCP endpoint.

    Raises:
        OSError: The port is taken, or there is no such address.
    """
    serving = Serving(server, host=host, path=path, stateless=stateless, door=door)
    async with serving.open(port, drain) as url:
        yield url


class Serving:
    """A server, what stands before it, and how both leave; see `serve_http` for the arguments."""

    def __init__(
        self,
        server: MCPServer[Any],
        *,
        host: str,
        path: str,
        stateless: bool,
        door: Doorway | None,
    ) -> None:
        self._host, self._path, self._door = host, path, door
        self._calls = Calls()
        app: ASGIApp
        if door:
            # The door knows which hosts and origins are meant.
            unguarded = TransportSecuritySettings(enable_dns_rebinding_protection=False)
            app = server.streamable_http_app(
                streamable_http_path=path,
                stateless_http=stateless,
                transport_security=unguarded,
                session_idle_timeout=IDLE,
            )
            app = door(without_streams(app) if stateless else Sessions().bounded(app))
        else:
            bare = server.streamable_http_app(
                streamable_http_path=path, stateless_http=stateless, host=host
            )
            bare.router.routes.append(Route("/healthz", _healthz))
            app = bare
        self._listening = Listening(self._calls.counted(app), behind_balancers=bool(door))

    @asynccontextmanager
    async def open(self, port: int, leaving: float) -> AsyncGenerator[str]:
        """Serve as long as the context is open; yields the URL of the MCP endpoint.

        Args:
            port: The port; 0 picks a free one.
            leaving: Seconds that what is under way may take in the end, two at most.
        """
        bound = bind(self._host, port)
        self._listening.leave_within(min(leaving, _LONGEST_LEAVING))
        async with without_cancellations_logged(), anyio.create_task_group() as tasks:
            tasks.start_soon(self._listening.serve_to_the_end, bound)
            try:
                await self._listening.answering.wait()
                host = f"[{self._host}]" if ":" in self._host else self._host
                yield f"http://{host}:{bound.getsockname()[1]}{self._path}"
            finally:
                self._listening.should_exit = True

    async def drain(self, longest: float) -> None:
        """Say that the end is near, and wait until no call is under way, `longest` seconds at most.

        Who comes is let in for at least as long as balancers take to notice.
        """
        if self._door:
            self._door.draining = True
        self._calls.leaving = True
        with anyio.move_on_after(longest):
            await anyio.sleep(_NOTICED)
            with anyio.move_on_after(longest * _OPEN - _NOTICED):
                await self._calls.done()
            self._listening.let_nobody_in()
            await self._calls.done()


async def _healthz(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok", "version": __version__})
