"""The Azure credential: one token cache for both clients, and retries that end.

Imported only once azure-core is there.
"""

from __future__ import annotations

import os
from time import time
from typing import TYPE_CHECKING, Any

import anyio
from azure.core.credentials import AccessToken, AccessTokenInfo
from azure.core.pipeline.policies import AsyncRetryPolicy, SansIOHTTPPolicy
from typing_extensions import Self

from mcp_foundry.contract.errors import NotSent
from mcp_foundry.service.refusals import retry_after

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.core.credentials import TokenRequestOptions
    from azure.core.credentials_async import AsyncSupportsTokenInfo
    from azure.core.pipeline import PipelineRequest
    from azure.identity.aio import DefaultAzureCredential

# azure-core refreshes this long before the end, and so do we.
_REFRESH_SECONDS = 300
# The longest that one token may take: `az` alone may take ten seconds, and the chain asks several.
_TOKEN_SECONDS = 60.0
_LONGEST_RETRY_AFTER = 20.0


class CachedCredential:
    """DefaultAzureCredential, asked once per token.

    Each azure-core client caches tokens for itself, and AzureCliCredential not at all: without
    this, every client starts an `az` process of its own.
    """

    def __init__(
        self,
        transport: object,
        open_chain: Callable[[object], AsyncSupportsTokenInfo] | None = None,
        seconds: float = _TOKEN_SECONDS,
    ) -> None:
        self._transport = transport
        self._open_chain = open_chain or _default_chain
        self._seconds = seconds
        self._chain: AsyncSupportsTokenInfo | None = None
        # By scopes and tenant.
        self._tokens: dict[tuple[str, ...], AccessTokenInfo] = {}
        self._asking = anyio.Lock()

    async def get_token_info(
        self, *scopes: str, options: TokenRequestOptions | None = None
    ) -> AccessTokenInfo:
        """Return a token for `scopes`, from the cache unless claims are asked for.

        Raises:
            azure.core.exceptions.ClientAuthenticationError: No credential of the chain works.
            NotSent: The chain itself is set up wrongly, or takes too long.
        """
        asked: TokenRequestOptions = options or {}
        key = (*scopes, asked.get("tenant_id") or "")
        async with self._asking:
            cached = self._tokens.get(key)
            if cached and not asked.get("claims") and cached.expires_on - time() > _REFRESH_SECONDS:
                return cached
            try:
                with anyio.fail_after(self._seconds):
                    token = await self._open_once().get_token_info(*scopes, options=asked)
            except TimeoutError as late:
                raise NotSent(
                    "unauthenticated",
                    f"no Azure credential answered within {self._seconds:g} s. Set "
                    "AZURE_TOKEN_CREDENTIALS to the one to use, such as AzureCliCredential.",
                ) from late
            self._tokens[key] = token
            return token

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **_: object,
    ) -> AccessToken:
        """Return the same in the older form."""
        options: TokenRequestOptions = {"enable_cae": enable_cae}
        if claims:
            options["claims"] = claims
        if tenant_id:
            options["tenant_id"] = tenant_id
        info = await self.get_token_info(*scopes, options=options)
        return AccessToken(info.token, info.expires_on)

    def _open_once(self) -> AsyncSupportsTokenInfo:
        if self._chain is None:
            self._chain = self._open_chain(self._transport)
        return self._chain

    async def close(self) -> None:
        """Close the chain."""
        if self._chain is not None:
            await self._chain.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _forget_empty_variables() -> None:
    """Remove what a host passes for fields of its form that were left empty.

    azure-identity takes an empty AZURE_CLIENT_ID for one that is set, and refuses it.
    """
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        if not os.environ[name].strip():
            del os.environ[name]


def _default_chain(transport: object) -> DefaultAzureCredential:
    from azure.identity.aio import DefaultAzureCredential

    _forget_empty_variables()
    try:
        return DefaultAzureCredential(transport=transport)
    except ValueError as wrong:
        raise NotSent("not_configured", f"the Azure credential: {wrong}") from wrong


class CallersToken(SansIOHTTPPolicy[Any, Any]):
    """Signs requests with the token of one caller, who brings a new one when it ends.

    azure-core's own policy keeps the first token that it is given.

    Args:
        token: Returns the caller's newest.
    """

    def __init__(self, token: Callable[[], str]) -> None:
        super().__init__()
        self._token = token

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Sign a request.

        Raises:
            FoundryError: There is no token for this caller.
        """
        request.http_request.headers["Authorization"] = f"Bearer {self._token()}"


class PatientRetries(AsyncRetryPolicy[Any, Any]):
    """azure-core's retries, for reads, without its unbounded sleep.

    It sleeps for as long as `Retry-After` says, an hour included; such an answer is returned
    instead, and becomes an error that names the time.
    """

    def is_retry(self, settings: Any, response: Any) -> bool:  # noqa: ANN401 - as azure-core types it
        """Whether to try again, and soon."""
        wait = retry_after(response.http_response.headers)
        if wait is not None and wait > _LONGEST_RETRY_AFTER:
            return False
        return bool(super().is_retry(settings, response))


def patient_retries(pause: float) -> PatientRetries:
    """Return the policy for a client's reads.

    Args:
        pause: Seconds before the second repetition; the first comes at once, each later one
            after twice as long as the one before.
    """
    return PatientRetries(retry_total=3, retry_backoff_factor=pause / 2, retry_backoff_max=5)
