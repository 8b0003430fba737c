"""What the service shows Entra for itself: a federated token, a certificate, or a secret.

azure-identity calls for an assertion from within the event loop and waits for it there: so it is
fetched beforehand, and handed over as a constant.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import anyio.to_thread

from mcp_foundry.contract.redaction import without_secrets

if TYPE_CHECKING:
    from azure.identity.aio import ManagedIdentityCredential

    from mcp_foundry.service.credential import CachedCredential
    from mcp_foundry.settings.values import Settings

# What a federated credential names as its audience; other clouds have names of their own.
_AUDIENCES = {
    "login.microsoftonline.us": "api://AzureADTokenExchangeUSGov",
    "login.partner.microsoftonline.cn": "api://AzureADTokenExchangeChina",
    "login.chinacloudapi.cn": "api://AzureADTokenExchangeChina",
}
_AUDIENCE = "api://AzureADTokenExchange"
# Longer than any exchange, whose own bound is told in better words.
_SECONDS = 60.0


class ProofError(Exception):
    """The service has nothing to show; its text says why, without secrets."""


class Proof(Protocol):
    """Brings what a credential of azure-identity is built with."""

    async def options(self) -> dict[str, Any]:
        """Return its arguments.

        Raises:
            ProofError: There are none to be had.
        """
        ...


def proof_of(settings: Settings, transport: object) -> Proof:
    """Return the first of the proofs that the settings name.

    Args:
        settings: Which is set: managed identity, token file, certificate, secret, in this order.
        transport: What a managed identity's token is fetched through: past any proxy.
    """
    if settings.federated_client_id:
        return _ManagedIdentity(settings, transport)
    if settings.token_file:
        return _TokenFile(settings.token_file)
    if settings.client_certificate:
        return _Certificate(settings.client_certificate)
    return _Secret(settings.client_secret)


class _Secret:
    def __init__(self, secret: str) -> None:
        self._secret = secret

    async def options(self) -> dict[str, Any]:
        if not self._secret:
            raise ProofError("it was given neither a secret nor anything better")
        return {"client_secret": self._secret}


class _Certificate:
    """Read anew each time, for certificates are renewed under a running service."""

    def __init__(self, file: str) -> None:
        self._file = file

    async def options(self) -> dict[str, Any]:
        return {"client_certificate": await _read(self._file, "the certificate")}


class _TokenFile:
    """Read anew each time: Kubernetes writes a new token long before the last one ends."""

    def __init__(self, file: str) -> None:
        self._file = file

    async def options(self) -> dict[str, Any]:
        written = await _read(self._file, "the token file")
        token = written.decode("ascii", "replace").strip()
        return {"client_assertion_func": lambda: token}


class _ManagedIdentity:
    def __init__(self, settings: Settings, transport: object) -> None:
        host = urlsplit(settings.authority).hostname or ""
        self._scope = f"{_AUDIENCES.get(host, _AUDIENCE)}/.default"
        self._client_id = settings.federated_client_id
        self._transport = transport
        self._credential: CachedCredential | None = None

    async def options(self) -> dict[str, Any]:
        from azure.core.exceptions import ClientAuthenticationError

        from mcp_foundry.service.credential import CachedCredential

        if self._credential is None:
            self._credential = CachedCredential(self._transport, self._open, _SECONDS)
        try:
            token = (await self._credential.get_token_info(self._scope)).token
        except ClientAuthenticationError as refused:
            said = " ".join(without_secrets(str(refused)).split())[:400]
            raise ProofError(
                f"the managed identity {self._client_id} gives no token for {self._scope}: {said}"
            ) from refused
        return {"client_assertion_func": lambda: token}

    def _open(self, transport: object) -> ManagedIdentityCredential:
        from azure.identity.aio import ManagedIdentityCredential

        return ManagedIdentityCredential(client_id=self._client_id, transport=transport)


async def _read(file: str, what: str) -> bytes:
    """Read a file in a thread, for it may lie on a slow disk."""
    try:
        held = await anyio.to_thread.run_sync(Path(file).read_bytes, abandon_on_cancel=True)
    except OSError as unreadable:
        raise ProofError(f"{what} '{file}' cannot be read ({unreadable.strerror})") from unreadable
    if not held.strip():
        raise ProofError(f"{what} '{file}' is empty")
    return held
