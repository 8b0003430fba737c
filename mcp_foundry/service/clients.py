"""Ways to the project, over one connection pool and one token cache, opened when first needed.

A question takes a plain azure-core pipeline, whose import is a fifth of an SDK client's. The two
SDK clients are for the tools that list and manage; azure-ai-projects brings openai with it.
Imports take longer than the MCP handshake may: they happen in a thread, once.
"""

from __future__ import annotations

import threading
from contextlib import AsyncExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread

from mcp_foundry import __version__
from mcp_foundry.contract.errors import NotSent
from mcp_foundry.service.pools import open_pool, proxy_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    import aiohttp
    from azure.ai.agents.aio import AgentsClient
    from azure.ai.projects.aio import AIProjectClient
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.core.pipeline import AsyncPipeline
    from azure.core.rest import AsyncHttpResponse, HttpRequest

    from mcp_foundry.service.transport import BoundedTransport
    from mcp_foundry.settings.values import Settings

T = TypeVar("T")
# What an emulator is sent instead of a token, so that no credential ever leaves over plain http.
_LOOPBACK_TOKEN = "Bearer emulator"  # noqa: S105 - it opens nothing


class Clients:
    """Opens each way once; `close` closes what was opened, in reverse order."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._opening = anyio.Lock()
        self._importing = threading.Lock()
        self._http: aiohttp.ClientSession | None = None
        self._options: dict[str, Any] = {}
        self._credential: AsyncTokenCredential | None = None
        self._pipelines: dict[bool, AsyncPipeline[HttpRequest, AsyncHttpResponse]] = {}
        self._local: AsyncPipeline[HttpRequest, AsyncHttpResponse] | None = None
        self._agents: AgentsClient | None = None
        self._project: AIProjectClient | None = None

    async def pipeline(self, *, retries: bool) -> AsyncPipeline[HttpRequest, AsyncHttpResponse]:
        """Return what authenticates and sends plain requests.

        Args:
            retries: Whether it may send a request again: never for one that starts a run.
        """
        if not self._pipelines:
            self._need_project()
            await self._import_in_thread("mcp_foundry.service.credential")
            async with self._opening:
                if not self._pipelines:
                    await self._open_pipelines()
        return self._pipelines[retries]

    async def local_pipeline(self) -> AsyncPipeline[HttpRequest, AsyncHttpResponse]:
        """Return what sends to agents on this machine: without a credential, and past any proxy."""
        if self._local is None:
            await self._import_in_thread("mcp_foundry.service.credential")
            async with self._opening:
                if self._local is None:
                    from azure.core.pipeline import AsyncPipeline

                    pool = open_pool()
                    http = await self._open_http(pool, owned=True, proxy=None, trust_env=False)
                    self._local = AsyncPipeline(self._transport(http, joins=True), [])
        return self._local

    def _need_project(self) -> None:
        if not self._settings.endpoint:
            names = ", ".join(self._settings.local)
            raise NotSent(
                "not_configured",
                f"there is no project here, only agents on this machine ({names}), which have no "
                "listings, conversations, deployments, connections or memory. Set "
                "FOUNDRY_PROJECT_ENDPOINT to a project's endpoint for these.",
            )

    async def _open_pipelines(self) -> None:
        from azure.core.pipeline import AsyncPipeline

        options = await self._shared_options()
        authentication = options["authentication_policy"]
        plain = AsyncPipeline(options["transport"], [authentication])
        again = AsyncPipeline(options["transport"], [options["retry_policy"], authentication])
        self._pipelines = {False: plain, True: again}

    async def agents(self) -> AgentsClient:
        """Return the AgentsClient."""
        if self._agents is None:
            self._need_project()
            await self._import_in_thread("azure.ai.agents.aio")
            async with self._opening:
                if self._agents is None:
                    from azure.ai.agents.aio import AgentsClient

                    self._agents = await self._open(AgentsClient)
        return self._agents

    async def project(self) -> AIProjectClient:
        """Return the AIProjectClient."""
        if self._project is None:
            self._need_project()
            await self._import_in_thread("azure.ai.projects.aio")
            async with self._opening:
                if self._project is None:
                    from azure.ai.projects.aio import AIProjectClient

                    self._project = await self._open(AIProjectClient, allow_preview=True)
        return self._project

    async def warm(self) -> None:
        """Do what the first question would have to wait for: imports, a token, a connection.

        Nothing is sent to a loopback project, whose connection costs nothing.
        """
        if self._settings.local:
            await self.local_pipeline()
        if not self._settings.endpoint:
            return
        await self.pipeline(retries=False)
        if self._http is not None and not self._settings.on_loopback:
            await self._credential.get_token(SCOPE) if self._credential else None
            async with self._http.head(self._settings.endpoint):
                pass

    async def close(self) -> None:
        """Close the clients, the credential and the pool."""
        await self._stack.aclose()

    async def _open(
        self, client: Callable[..., AbstractAsyncContextManager[T]], **options: object
    ) -> T:
        shared = await self._shared_options()
        opened = client(self._settings.endpoint, **shared, **options)
        return await self._stack.enter_async_context(opened)

    async def _shared_options(self) -> dict[str, Any]:
        """Return what all ways share; open it for the first."""
        if not self._options:
            from mcp_foundry.service.credential import patient_retries

            pool = open_pool(self._settings.ca_bundle)
            # Asked once: `trust_env` would look for it, in two threads, with every request.
            proxy = proxy_of(self._settings.endpoint)
            self._http = await self._open_http(pool, owned=True, proxy=proxy, trust_env=False)
            self._options = {
                "transport": self._transport(self._http, joins=True),
                "retry_policy": patient_retries(self._settings.limits.pause),
                # What a question does not follow nothing does: another host is told of no trace.
                "permit_redirects": False,
                **await self._authentication(pool),
            }
        return self._options

    async def _import_in_thread(self, module: str) -> None:
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

    async def _authentication(self, pool: aiohttp.TCPConnector) -> dict[str, Any]:
        from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy, HeadersPolicy

        if self._settings.on_loopback:
            policy: Any = HeadersPolicy({"Authorization": _LOOPBACK_TOKEN})
            return {"credential": object(), "authentication_policy": policy}  # never asked
        from mcp_foundry.service.credential import CachedCredential

        await self._import_in_thread("azure.identity.aio")
        # Login servers are other hosts, each with or without a proxy.
        http = await self._open_http(pool, owned=False, proxy=None, trust_env=True)
        credential: Any = CachedCredential(self._transport(http))
        self._credential = await self._stack.enter_async_context(credential)
        policy = AsyncBearerTokenCredentialPolicy[Any, Any](credential, SCOPE)
        return {"credential": credential, "authentication_policy": policy}

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
        return await self._stack.enter_async_context(session)

    def _transport(self, http: aiohttp.ClientSession, *, joins: bool = False) -> BoundedTransport:
        from mcp_foundry.service.transport import BoundedTransport

        joins = joins and self._settings.telemetry.joins
        return BoundedTransport(http, self._settings.limits.read, joins=joins)


SCOPE = "https://ai.azure.com/.default"
