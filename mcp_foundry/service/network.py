"""What all ways to the project share, whoever asks: the pool of connections, and imports.

Imports take longer than the MCP handshake may: they happen in a thread, once.
"""

from __future__ import annotations

import threading
from contextlib import AsyncExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import anyio
import anyio.to_thread

from mcp_foundry import __version__
from mcp_foundry.service.pools import open_pool, proxy_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiohttp
    from azure.core.pipeline import AsyncPipeline
    from azure.core.rest import AsyncHttpResponse, HttpRequest

    from mcp_foundry.service.transport import BoundedTransport
    from mcp_foundry.settings.values import Settings


class Network:
    """Opens each of its ways once; `close` closes what was opened, in reverse order.

    Attributes:
        stack: What is closed at the end.
        http: What sends to the project, once that was opened.
    """

    def __init__(self, settings: Settings) -> None:
        self.stack = AsyncExitStack()
        self.http: aiohttp.ClientSession | None = None
        self._settings = settings
        self._opening = anyio.Lock()
        self._importing = threading.Lock()
        self._pool: aiohttp.TCPConnector | None = None
        self._options: dict[str, Any] = {}
        self._local: AsyncPipeline[HttpRequest, AsyncHttpResponse] | None = None

    async def options(self) -> dict[str, Any]:
        """Return what all clients are made with but for policies of their own.

        azure-core links the policies of a pipeline to each other, in themselves: one in two
        pipelines would send what comes through the first on with the token of the second.
        """
        if not self._options:
            await self.import_in_thread("mcp_foundry.service.credential")
            async with self._opening:
                if not self._options:
                    self._options = await self._open_options()
        return self._options

    async def _open_options(self) -> dict[str, Any]:
        self._pool = open_pool(self._settings.ca_bundle)
        # Asked once: `trust_env` would look for it, in two threads, with every request.
        proxy = proxy_of(self._settings.endpoint)
        self.http = await self._open_http(self._pool, owned=True, proxy=proxy, trust_env=False)
        return {
            "transport": self._transport(self.http, joins=True),
            # What a question does not follow nothing does: another host is told of no trace.
            "permit_redirects": False,
        }

    async def local_pipeline(self) -> AsyncPipeline[HttpRequest, AsyncHttpResponse]:
        """Return what sends to agents on this machine: without a credential, and past any proxy."""
        if self._local is None:
            await self.import_in_thread("mcp_foundry.service.credential")
            async with self._opening:
                if self._local is None:
                    from azure.core.pipeline import AsyncPipeline

                    pool = open_pool()
                    http = await self._open_http(pool, owned=True, proxy=None, trust_env=False)
                    self._local = AsyncPipeline(self._transport(http, joins=True), [])
        return self._local

    async def to_login_servers(self) -> BoundedTransport:
        """Return what sends to login servers: other hosts, each with or without a proxy."""
        await self.options()
        http = await self._open_http(
            cast("Any", self._pool), owned=False, proxy=None, trust_env=True
        )
        return self._transport(http)

    async def import_in_thread(self, module: str) -> None:
        """Import a module while the loop goes on."""
        await self.in_thread(lambda: import_module(module))

    async def in_thread(self, imports: Callable[[], object]) -> None:
        """Call what imports modules while the loop goes on; one at a time.

        Two threads that import what imports each other may be told of a deadlock by Python's
        import locks (`list_agents`, which opens both SDK clients at once, was).
        """

        def load() -> None:
            with self._importing:  # in the thread, for a cancelled call leaves it behind
                imports()

        await anyio.to_thread.run_sync(load, abandon_on_cancel=True)

    async def close(self) -> None:
        """Close what was opened."""
        await self.stack.aclose()

    async def _open_http(
        self, pool: aiohttp.TCPConnector, *, owned: bool, proxy: str | None, trust_env: bool
    ) -> aiohttp.ClientSession:
        import aiohttp

        session = aiohttp.ClientSession(
            connector=pool,
            headers={"User-Agent": f"mcp-foundry/{__version__}"},
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            connector_owner=owned,
            proxy=proxy,
            trust_env=trust_env,
        )
        return await self.stack.enter_async_context(session)

    def _transport(self, http: aiohttp.ClientSession, *, joins: bool = False) -> BoundedTransport:
        from mcp_foundry.service.transport import BoundedTransport

        joins = joins and self._settings.telemetry.joins
        return BoundedTransport(http, self._settings.limits.read, joins=joins)
