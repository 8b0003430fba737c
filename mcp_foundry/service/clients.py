"""Ways to the project for one who asks, over the network that all share; opened when first needed.

A question takes a plain azure-core pipeline, whose import is a fifth of an SDK client's. The two
SDK clients are for the tools that list and manage; azure-ai-projects brings openai with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from mcp_foundry.contract.errors import NotSent

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from azure.ai.agents.aio import AgentsClient
    from azure.ai.projects.aio import AIProjectClient
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.core.pipeline import AsyncPipeline
    from azure.core.rest import AsyncHttpResponse, HttpRequest

    from mcp_foundry.service.network import Network
    from mcp_foundry.settings.values import Settings

T = TypeVar("T")
# What an emulator is sent instead of a token, so that no credential ever leaves over plain http.
_LOOPBACK_TOKEN = "Bearer emulator"  # noqa: S105 - it opens nothing


class Clients:
    """Opens each way once; the network closes what was opened.

    Args:
        settings: Where the project is.
        network: What all share.
        token: Returns the token of one caller, for each request anew; without it, the process's
            own credential signs in.
    """

    def __init__(
        self, settings: Settings, network: Network, token: Callable[[], str] | None = None
    ) -> None:
        self.network = network
        self._settings = settings
        self._token = token
        self._opening = anyio.Lock()
        self._credential: AsyncTokenCredential | None = None
        self._pipelines: dict[bool, AsyncPipeline[HttpRequest, AsyncHttpResponse]] = {}
        self._agents: AgentsClient | None = None
        self._project: AIProjectClient | None = None

    async def pipeline(self, *, retries: bool) -> AsyncPipeline[HttpRequest, AsyncHttpResponse]:
        """Return what authenticates and sends plain requests.

        Args:
            retries: Whether it may send a request again: never for one that starts a run.
        """
        if not self._pipelines:
            self._need_project()
            await self.network.options()
            async with self._opening:
                if not self._pipelines:
                    await self._open_pipelines()
        return self._pipelines[retries]

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

        plain, again = await self._own_options(), await self._own_options()
        authentication = again["authentication_policy"]
        self._pipelines = {
            False: AsyncPipeline(plain["transport"], [plain["authentication_policy"]]),
            True: AsyncPipeline(again["transport"], [again["retry_policy"], authentication]),
        }

    async def agents(self) -> AgentsClient:
        """Return the AgentsClient."""
        if self._agents is None:
            self._need_project()
            await self.network.import_in_thread("azure.ai.agents.aio")
            async with self._opening:
                if self._agents is None:
                    from azure.ai.agents.aio import AgentsClient

                    self._agents = await self._open(AgentsClient)
        return self._agents

    async def project(self) -> AIProjectClient:
        """Return the AIProjectClient."""
        if self._project is None:
            self._need_project()
            await self.network.import_in_thread("azure.ai.projects.aio")
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
            await self.network.local_pipeline()
        if not self._settings.endpoint:
            return
        await self.pipeline(retries=False)
        if self.network.http is not None and not self._settings.on_loopback:
            await self._credential.get_token(SCOPE) if self._credential else None
            async with self.network.http.head(self._settings.endpoint):
                pass

    async def _open(
        self, client: Callable[..., AbstractAsyncContextManager[T]], **options: object
    ) -> T:
        own = await self._own_options()
        opened = client(self._settings.endpoint, **own, **options)
        if self._token:
            # It holds nothing that is not the network's, and goes when its caller is forgotten.
            return await opened.__aenter__()
        return await self.network.stack.enter_async_context(opened)

    async def _own_options(self) -> dict[str, Any]:
        """Return what one client or pipeline is made with; its policies are its own."""
        from mcp_foundry.service.credential import patient_retries

        network = await self.network.options()
        retries = patient_retries(self._settings.limits.pause)
        return {**network, "retry_policy": retries, **await self._authentication()}

    async def _authentication(self) -> dict[str, Any]:
        from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy, HeadersPolicy

        if self._token:
            from mcp_foundry.service.credential import CallersToken

            return {"credential": object(), "authentication_policy": CallersToken(self._token)}
        if self._settings.on_loopback:
            policy: Any = HeadersPolicy({"Authorization": _LOOPBACK_TOKEN})
            return {"credential": object(), "authentication_policy": policy}  # never asked
        if self._credential is None:
            from mcp_foundry.service.credential import CachedCredential

            await self.network.import_in_thread("azure.identity.aio")
            opened: Any = CachedCredential(await self.network.to_login_servers())
            self._credential = await self.network.stack.enter_async_context(opened)
        credential: Any = self._credential
        policy = AsyncBearerTokenCredentialPolicy[Any, Any](credential, SCOPE)
        return {"credential": credential, "authentication_policy": policy}


SCOPE = "https://ai.azure.com/.default"
