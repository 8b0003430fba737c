"""One exchange: a caller's token for one to ask Foundry with, through azure-identity.

Imported only once azure-identity is there.
"""

from __future__ import annotations

import re
from json import loads
from typing import TYPE_CHECKING, Any, cast

from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import (
    AsyncRetryPolicy,
    ContentDecodePolicy,
    SansIOHTTPPolicy,
)
from azure.identity.aio import OnBehalfOfCredential

from mcp_foundry.contract.errors import NotSent
from mcp_foundry.contract.json import count_in, object_in, text_in
from mcp_foundry.entra import failures
from mcp_foundry.entra.assertion import ProofError
from mcp_foundry.service.clients import SCOPE
from mcp_foundry.service.explain import text_of
from mcp_foundry.service.refusals import retry_after

if TYPE_CHECKING:
    from mcp_foundry.contract.json import Json
    from mcp_foundry.entra.assertion import Proof
    from mcp_foundry.entra.failures import Failed
    from mcp_foundry.settings.values import Settings

_OK = 200
_TOO_MANY = 429
_RETRIES = 2
# Seconds before the second repetition; the first comes at once.
_PAUSE = 1.0
# What a header can carry.
_TOKEN = re.compile(r"[\x21-\x7e]+")


class OnBehalf:
    """Asks Entra on behalf of callers; keeps nothing.

    Args:
        settings: Tenant, application, authority.
        transport: What requests are sent through.
        proof: What the service shows for itself.
    """

    def __init__(self, settings: Settings, transport: object, proof: Proof) -> None:
        self._settings = settings
        self._transport = transport
        self._proof = proof

    async def token(self, assertion: str) -> tuple[str, float] | Failed:
        """Return a token and when it ends (seconds since the epoch), or why there is none.

        Args:
            assertion: The caller's token for this service.
        """
        client = self._settings.client_id
        try:
            credential = await self._credential(assertion)
            # Not closed: what it would close is the transport, which others use.
            given = await credential.get_token_info(SCOPE)
        except ProofError as nothing:
            return failures.unproven(client, str(nothing))
        except _NoTokenError as reply:
            return failures.of_reply(reply.status, reply.wait, reply.body, client)
        except (AzureError, OSError, TimeoutError) as broken:
            # azure-core's texts may hold more of the request than anybody has to know.
            cause = broken.__cause__ or broken
            reason = f"{self._settings.authority}: {type(cause).__name__}"
            return failures.unavailable(client, reason)
        return given.token, float(given.expires_on)

    async def check(self) -> None:
        """Look at what the service shows for itself, where it is a file or a secret.

        Raises:
            NotSent: It could not be shown.
        """
        if self._settings.federated_client_id:
            return  # asked for when it is needed, for such an identity may come up later than this
        try:
            await self._proof.options()
        except ProofError as nothing:
            raise NotSent(
                "not_configured",
                f"this server cannot show Entra who it is: {nothing}. Correct it, or set another "
                "of MCP_FOUNDRY_FEDERATED_CLIENT_ID, MCP_FOUNDRY_TOKEN_FILE, "
                "MCP_FOUNDRY_CLIENT_CERTIFICATE and MCP_FOUNDRY_CLIENT_SECRET.",
            ) from nothing

    async def _credential(self, assertion: str) -> OnBehalfOfCredential:
        settings, options = self._settings, await self._proof.options()
        # Two policies and no more: the others would write the form, assertions and all, to a log.
        policies = [_Checked(), _Retries(retry_total=_RETRIES, retry_backoff_factor=_PAUSE / 2)]
        return OnBehalfOfCredential(
            settings.tenant_id,
            settings.client_id,
            user_assertion=assertion,
            authority=settings.authority,
            transport=self._transport,
            policies=policies,
            **options,
        )


class _NoTokenError(Exception):
    def __init__(self, status: int, wait: float | None, body: Json) -> None:
        super().__init__(f"HTTP {status}")  # what azure-identity logs
        self.status, self.wait, self.body = status, wait, body


class _Checked(SansIOHTTPPolicy[Any, Any]):
    """Lets pass what holds a token; azure-identity fails at HTML, and at a reply without a body."""

    def on_response(self, request: Any, response: Any) -> None:  # noqa: ANN401, ARG002 - as azure-core types it
        """Read the reply.

        Raises:
            _NoTokenError: It holds none.
        """
        reply = response.http_response
        body = _json(text_of(reply))
        token, seconds = text_in(body.get("access_token")), count_in(body.get("expires_in"))
        if reply.status_code != _OK or not _TOKEN.fullmatch(token) or seconds is None:
            raise _NoTokenError(reply.status_code, retry_after(reply.headers), body)
        response.context[ContentDecodePolicy.CONTEXT_NAME] = body


class _Retries(AsyncRetryPolicy[Any, Any]):
    """Repeats what may pass by itself, at once and once more; a caller waits for it."""

    def is_retry(self, settings: Any, response: Any) -> bool:  # noqa: ANN401 - as azure-core types it
        """Whether to try again: never against the authority's own word."""
        reply = response.http_response
        if reply.status_code == _TOO_MANY or retry_after(reply.headers) is not None:
            return False
        return bool(super().is_retry(settings, response))


def _json(text: str) -> Json:
    try:
        return object_in(cast("object", loads(text)))
    except (ValueError, RecursionError):
        return {}
