"""What the service shows Entra for itself: a federated token, a certificate, or a secret.

azure-identity calls for an assertion from within the event loop and waits for it there: so it is
fetched beforehand, and handed over as a constant.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import anyio.to_thread
import jwt

from mcp_foundry.contract.redaction import without_secrets

if TYPE_CHECKING:
    from azure.identity.aio import ManagedIdentityCredential
    from cryptography.hazmat.primitives.asymmetric import rsa

    from mcp_foundry.service.credential import CachedCredential
    from mcp_foundry.settings.values import Settings

# What a federated credential names as its audience; other clouds have names of their own.
_AUDIENCES = {
    "login.microsoftonline.us": "api://AzureADTokenExchangeUSGov",
    "login.partner.microsoftonline.cn": "api://AzureADTokenExchangeChina",
    "login.chinacloudapi.cn": "api://AzureADTokenExchangeChina",
}
_AUDIENCE = "api://AzureADTokenExchange"
# How long a signature is good for: the exchange that it is made for, and clocks that are off.
_SIGNED_SECONDS = 600
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
        return _Certificate(settings)
    return _Secret(settings.client_secret)


class _Secret:
    def __init__(self, secret: str) -> None:
        self._secret = secret

    async def options(self) -> dict[str, Any]:
        if not self._secret:
            raise ProofError("it was given neither a secret nor anything better")
        return {"client_secret": self._secret}


class _Certificate:
    """Signs for the application, with a file that is read anew each time: it may be renewed.

    azure-identity would take the key apart for each exchange, a tenth of a second in the loop.
    """

    def __init__(self, settings: Settings) -> None:
        self._file = settings.client_certificate
        self._client_id = settings.client_id
        self._audience = f"{settings.authority}/{settings.tenant_id}/oauth2/v2.0/token"
        self._pem = b""
        self._key: rsa.RSAPrivateKey | None = None
        self._thumbprint = ""

    async def options(self) -> dict[str, Any]:
        pem = await _read(self._file, "the certificate")
        if self._key is None or pem != self._pem:
            self._key, self._thumbprint = await anyio.to_thread.run_sync(self._parsed, pem)
            self._pem = pem
        now = int(time())
        claims = {
            "aud": self._audience,
            "iss": self._client_id,
            "sub": self._client_id,
            "jti": str(uuid4()),
            "nbf": now,
            "exp": now + _SIGNED_SECONDS,
        }
        signed = jwt.encode(claims, self._key, "PS256", headers={"x5t#S256": self._thumbprint})
        return {"client_assertion_func": lambda: signed}

    def _parsed(self, pem: bytes) -> tuple[rsa.RSAPrivateKey, str]:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        try:
            certificate = x509.load_pem_x509_certificate(pem)
            key = serialization.load_pem_private_key(pem, None)
        except (ValueError, TypeError) as wrong:  # a key behind a password is a TypeError
            raise ProofError(f"the certificate '{self._file}' cannot be used ({wrong})") from wrong
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ProofError(f"the key of the certificate '{self._file}' is none of RSA")
        digest = urlsafe_b64encode(certificate.fingerprint(hashes.SHA256()))
        return key, digest.rstrip(b"=").decode()


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
