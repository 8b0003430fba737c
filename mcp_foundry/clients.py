"""The two SDK clients, over one connection pool and one token cache, opened when first needed.

Importing the SDKs takes longer than the MCP handshake may: it happens in a thread, once, and
azure-ai-projects (which brings openai with it) only for the tools that manage the project.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from mcp_foundry.errors import NotSent

if TYPE_CHECKING:
    import ssl

    import aiohttp
    from azure.ai.agents.aio import AgentsClient
    from azure.ai.projects.aio import AIProjectClient
    from azure.core.credentials_async import AsyncTokenCredential

    from mcp_foundry.settings import Settings

# What an emulator is sent instead of a token, so that no credential ever leaves over plain http.
_LOOPBACK_TOKEN = "Bearer emulator"  # noqa: S105 - it opens nothing
_KEEP_ALIVE = 60.0


class Clients:
    """Opens each client once; `close` closes what was opened, in reverse order."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._opening = anyio.Lock()
        self._http: aiohttp.ClientSession | None = None
        self._options: dict[str, Any] = {}
        self._credential: AsyncTokenCredential | None = None
        self._agents: AgentsClient | None = None
        self._project: AIProjectClient | None = None

    async def agents(self) -> AgentsClient:
        """Return the AgentsClient."""
        if self._agents is None:
            await _imported("azure.ai.agents.aio")
            async with self._opening:
                if self._agents is None:
                    from azure.ai.agents.aio import AgentsClient

                    self._agents = await self._opened(AgentsClient)
        return self._agents

    async def project(self) -> AIProjectClient:
        """Return the AIProjectClient."""
        if self._project is None:
            await self.agents()
            await _imported("azure.ai.projects.aio")
            async with self._opening:
                if self._project is None:
                    from azure.ai.projects.aio import AIProjectClient

                    self._project = await self._opened(AIProjectClient, allow_preview=True)
        return self._project

    async def warm(self) -> None:
        """Do what the first question would have to wait for: imports, a token, a connection.

        Nothing is sent to a loopback project, whose connection costs nothing.
        """
        await self.agents()
        if self._http is not None and not self._settings.on_loopback:
            await self._credential.get_token(SCOPE) if self._credential else None
            async with self._http.head(self._settings.endpoint):
                pass

    async def close(self) -> None:
        """Close the clients, the credential and the pool."""
        await self._stack.aclose()

    async def _opened(self, client: Any, **options: Any) -> Any:
        if not self._options:
            self._options = await self._shared()
        opened = client(self._settings.endpoint, **self._options, **options)
        return await self._stack.enter_async_context(opened)

    async def _shared(self) -> dict[str, Any]:
        """Open what both clients share."""
        import aiohttp
        from azure.core.pipeline.policies import HeadersPolicy
        from azure.core.pipeline.transport import AioHttpTransport

        from mcp_foundry.credential import CachedCredential, patient_retries

        self._http = await self._stack.enter_async_context(
            aiohttp.ClientSession(
                # The runs bound themselves; a second bound here would only hide that one.
                connector=aiohttp.TCPConnector(
                    limit=0, keepalive_timeout=_KEEP_ALIVE, ssl=self._tls()
                ),
                trust_env=True,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        )
        transport = AioHttpTransport(session=self._http, session_owner=False)
        options: dict[str, Any] = {"transport": transport, "retry_policy": patient_retries()}
        if self._settings.on_loopback:
            options["credential"] = object()  # never asked: the policy below replaces it
            options["authentication_policy"] = HeadersPolicy({"Authorization": _LOOPBACK_TOKEN})
            return options
        await _imported("azure.identity.aio")
        self._credential = await self._stack.enter_async_context(CachedCredential(transport))
        return options | {"credential": self._credential}

    def _tls(self) -> ssl.SSLContext | bool:
        if not self._settings.ca_bundle:
            return True
        import ssl

        try:
            return ssl.create_default_context(cafile=self._settings.ca_bundle)
        except OSError as wrong:
            raise NotSent(
                "not_configured",
                f"the certificate authorities in '{self._settings.ca_bundle}' cannot be read "
                f"({wrong}). Correct REQUESTS_CA_BUNDLE or SSL_CERT_FILE.",
            ) from wrong


SCOPE = "https://ai.azure.com/.default"


async def _imported(module: str) -> None:
    await anyio.to_thread.run_sync(import_module, module, abandon_on_cancel=True)
