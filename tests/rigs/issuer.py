"""An issuer of tokens as Microsoft Entra ID is one, over TLS on loopback; also a program.

It signs what a test wants signed, publishes its keys, and exchanges tokens on behalf of their
subjects; each of that can be made to fail. It stands alone: the demonstration with containers runs
this very file.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import ssl
from base64 import urlsafe_b64encode
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import jwt
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

TENANT = "8f6b1c3e-0d52-4a8e-9f0e-2b7c1d5a6e40"
CLIENT = "5c2f9d1a-7b3e-4c60-8a1d-9e4f0b6c7d21"
HOST_APPLICATION = "aebc6443-996d-45c2-90f0-388ff96faa56"
ALICE = "a11ce000-0000-4000-8000-000000000001"
BOB = "b0b00000-0000-4000-8000-000000000002"
_NOBODY = "00000000-0000-0000-0000-000000000000"


def a_key() -> rsa.RSAPrivateKey:
    """Make a key to sign with."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_id(key: rsa.RSAPrivateKey) -> str:
    """Name a key by what is public of it."""
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    digest = sha256(key.public_key().public_bytes(encoding, form)).digest()
    return urlsafe_b64encode(digest)[:27].decode()


@dataclass
class Issuer:
    """What signs, and what it was asked.

    Attributes:
        authority: Its URL, as `AZURE_AUTHORITY_HOST` names it.
        ca: The file with the certificate to trust.
        key: What is signed with now.
        published: The keys that are published; `roll` changes them.
        key_fetches: How often they were fetched.
        exchanges: The forms of the exchanges that were asked for.
        on_keys: Answers in place of the keys, where it answers anything.
        on_exchange: Answers in place of the exchange of a form, likewise.
    """

    authority: str = ""
    ca: str = ""
    key: rsa.RSAPrivateKey = field(default_factory=a_key)
    published: list[rsa.RSAPrivateKey] = field(default_factory=list[rsa.RSAPrivateKey])
    key_fetches: int = 0
    exchanges: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    on_keys: Callable[[], Awaitable[web.StreamResponse | None]] | None = None
    on_exchange: Callable[[dict[str, str]], Awaitable[web.StreamResponse | None]] | None = None

    def __post_init__(self) -> None:
        self.published = self.published or [self.key]

    @property
    def issuer(self) -> str:
        """What tokens say of where they come from."""
        return f"{self.authority}/{TENANT}/v2.0"

    def claims(self, person: str = ALICE, **changed: Any) -> dict[str, Any]:  # noqa: ANN401 - claims are JSON
        """Return what a person's token for the service says; None leaves a claim out."""
        now = int(time())
        claims = {
            "aud": CLIENT,
            "iss": self.issuer,
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "ver": "2.0",
            "tid": TENANT,
            "oid": person,
            "sub": f"pairwise-{person}",
            "azp": HOST_APPLICATION,
            "scp": "Agents.Ask",
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, person: str = ALICE, **changed: Any) -> str:  # noqa: ANN401 - claims are JSON
        """Sign a token for the service."""
        return self.sign(self.claims(person, **changed))

    def sign(self, claims: dict[str, Any], **headers: Any) -> str:  # noqa: ANN401 - claims are JSON
        """Sign claims as they are."""
        return jwt.encode(claims, self.key, "RS256", headers={"kid": key_id(self.key), **headers})

    def roll(self) -> None:
        """Sign with a new key, and publish it beside the last one."""
        self.key = a_key()
        self.published = [*self.published[-1:], self.key]

    async def _keys(self, _: web.Request) -> web.StreamResponse:
        self.key_fetches += 1
        if self.on_keys and (instead := await self.on_keys()) is not None:  # empty ones are falsy
            return instead
        jwks: list[dict[str, Any]] = [
            RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
            | {"kid": key_id(key), "use": "sig", "kty": "RSA"}
            for key in self.published
        ]
        return web.json_response({"keys": jwks})

    async def _configuration(self, request: web.Request) -> web.StreamResponse:
        tenant = request.match_info["tenant"]
        place = f"{self.authority}/{tenant}"
        return web.json_response(
            {
                "issuer": f"{place}/v2.0",
                "jwks_uri": f"{place}/discovery/v2.0/keys",
                "token_endpoint": f"{place}/oauth2/v2.0/token",
                "authorization_endpoint": f"{place}/oauth2/v2.0/authorize",
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _exchange(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.exchanges.append(form)
        if self.on_exchange and (instead := await self.on_exchange(form)) is not None:
            return instead
        return web.json_response(
            {
                "token_type": "Bearer",
                "scope": form.get("scope", ""),
                "expires_in": 3600,
                "access_token": self.sign(self._exchanged(form.get("assertion", ""))),
            }
        )

    def _exchanged(self, assertion: str) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if assertion:
            given = jwt.decode(assertion, options={"verify_signature": False})
        person = given.get("oid", _NOBODY)
        return self.claims(person, aud="https://ai.azure.com", scp="user_impersonation", azp=CLIENT)

    async def _asked(self, request: web.Request) -> web.StreamResponse:
        """Sign a token for whoever asks: this is no sign-in, but stands where one would be."""
        roles = request.query.getall("role", []) or None
        person = request.query.get("oid", ALICE)
        return web.Response(text=self.token(person, roles=roles))

    def application(self) -> web.Application:
        """Return what answers."""
        app = web.Application()
        place = "/{tenant}"
        app.router.add_get(f"{place}/discovery/v2.0/keys", self._keys)
        app.router.add_get(f"{place}/v2.0/.well-known/openid-configuration", self._configuration)
        app.router.add_post(f"{place}/oauth2/v2.0/token", self._exchange)
        app.router.add_get("/token", self._asked)
        return app


def refusal(error: str, code: int, *, status: int = 400, **more: str) -> web.StreamResponse:
    """Return what Entra says where it exchanges nothing."""
    told = {
        "error": error,
        "error_description": f"AADSTS{code}: refused by a test.",
        "error_codes": [code],
        **more,
    }
    return web.json_response(told, status=status)


def make_certificate(
    file: Path,
    *names: str,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None,
) -> None:
    """Write a certificate for these names that signs itself, and its key, if need be a new one."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    now = datetime.now(timezone.utc)
    alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(made.public_bytes(pem) + secret)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@asynccontextmanager
async def issuing(
    folder: Path, *, host: str = "127.0.0.1", port: int = 0, name: str = ""
) -> AsyncGenerator[Issuer]:
    """Issue tokens as long as the context is open.

    Args:
        folder: Where the certificate is written.
        host: The address to listen on.
        port: The port; 0 picks a free one.
        name: Under which name others reach it; the address, where it has none.
    """
    file = folder / "issuer.pem"
    make_certificate(file, name or host, "localhost")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    made = Issuer(ca=str(file))
    runner = web.AppRunner(made.application())
    await runner.setup()
    site = web.TCPSite(runner, host, port, ssl_context=tls)
    await site.start()
    taken = runner.addresses[0][1]
    made.authority = f"https://{name or host}:{taken}"
    try:
        yield made
    finally:
        await runner.cleanup()


async def _serve(options: argparse.Namespace) -> None:
    async with issuing(
        options.folder, host=options.host, port=options.port, name=options.name
    ) as made:
        print(made.authority, flush=True)  # noqa: T201 - what a program is asked for
        await asyncio.Event().wait()


def main() -> None:
    """Issue tokens until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(os.environ.get("ISSUER_FOLDER", ".")))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--name", default="")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
