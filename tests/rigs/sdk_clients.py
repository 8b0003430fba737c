"""The official clients, pointed at an emulator."""

from types import TracebackType
from typing import Protocol

from azure.ai.agents.aio import AgentsClient
from azure.ai.projects.aio import AIProjectClient
from azure.core.credentials import AccessToken
from azure.core.pipeline.policies import HeadersPolicy
from openai import AsyncOpenAI
from typing_extensions import Self

from mcp_foundry.emulator import TOKEN

# Unix time of an expiry that no test lives to see.
LATE = 4_000_000_000


class Served(Protocol):
    """An emulator, in this process or in another."""

    @property
    def endpoint(self) -> str: ...


class FixedToken:
    """A credential whose token the emulator takes."""

    def __init__(self, token: str = TOKEN) -> None:
        self._token = token

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        **kwargs: object,
    ) -> AccessToken:
        del scopes, claims, tenant_id, kwargs
        return AccessToken(self._token, LATE)

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        pass


def bearer(token: str = TOKEN) -> HeadersPolicy:
    return HeadersPolicy({"Authorization": f"Bearer {token}"})


def agents_client(emulator: Served, token: str = TOKEN) -> AgentsClient:
    policy = bearer(token)
    return AgentsClient(
        emulator.endpoint, FixedToken(token), authentication_policy=policy, retry_total=0
    )


def project_client(emulator: Served, token: str = TOKEN) -> AIProjectClient:
    return AIProjectClient(
        emulator.endpoint,
        FixedToken(token),
        authentication_policy=bearer(token),
        retry_total=0,
        allow_preview=True,
    )


def openai_client(emulator: Served, token: str = TOKEN) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{emulator.endpoint}/openai/v1", api_key=token, max_retries=0)
