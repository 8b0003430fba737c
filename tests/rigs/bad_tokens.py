"""Tokens that break one rule each, by what is wrong with them."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from time import time
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives import serialization
from jwt.algorithms import RSAAlgorithm

from tests.rigs.issuer import ALICE, CLIENT, TENANT, Issuer, a_key, key_id

if TYPE_CHECKING:
    from collections.abc import Callable

OTHER_TENANT = "11111111-2222-4333-8444-555555555555"
FIVE_MINUTES = 300


def _compact(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    def encoded(data: bytes) -> bytes:
        return urlsafe_b64encode(data).rstrip(b"=")

    signed = b".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return (signed + b"." + encoded(sign(signed))).decode()


def _with_public_key(issuer: Issuer) -> str:
    """Sign with the public key as if it were a secret; PyJWT itself would not."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = issuer.key.public_key().public_bytes(serialization.Encoding.PEM, form)
    header = {"alg": "HS256", "typ": "JWT", "kid": key_id(issuer.key)}
    return _compact(header, issuer.claims(), lambda data: hmac.digest(public, data, "sha256"))


def _unsigned(issuer: Issuer) -> str:
    header = {"alg": "none", "typ": "JWT", "kid": key_id(issuer.key)}
    return _compact(header, issuer.claims(), lambda _: b"")


def _of_foreign_key(issuer: Issuer) -> str:
    headers = {"kid": key_id(issuer.key)}
    return jwt.encode(issuer.claims(), a_key(), "RS256", headers=headers)


def _of_unknown_key(issuer: Issuer) -> str:
    foreign = a_key()
    return jwt.encode(issuer.claims(), foreign, "RS256", headers={"kid": key_id(foreign)})


def _altered(issuer: Issuer) -> str:
    header, _, signature = issuer.token().split(".")
    claims = json.dumps(issuer.claims("b0b00000-0000-4000-8000-000000000002")).encode()
    return ".".join((header, urlsafe_b64encode(claims).rstrip(b"=").decode(), signature))


def _with_its_own_key(issuer: Issuer) -> str:
    """Bring a key along, as a header may (`jwk`), and no id of a published one."""
    foreign = a_key()
    jwk = RSAAlgorithm.to_jwk(foreign.public_key(), as_dict=True)
    headers = {"jwk": jwk, "kid": key_id(issuer.key)}
    return jwt.encode(issuer.claims(), foreign, "RS256", headers=headers)


def _changed(**claims: Any) -> Callable[[Issuer], str]:  # noqa: ANN401 - claims are JSON
    return lambda issuer: issuer.token(**claims)


def _timed(**seconds: int) -> Callable[[Issuer], str]:
    """Change times to so many seconds from now."""
    return lambda issuer: issuer.token(
        ALICE, **{name: int(time()) + after for name, after in seconds.items()}
    )


def _id_token(**claims: Any) -> Callable[[Issuer], str]:  # noqa: ANN401 - claims are JSON
    return _changed(scp=None, azp=None, nonce="n-0S6_WzA2Mj", name="Alice", **claims)


UNAUTHORIZED: dict[str, Callable[[Issuer], str]] = {
    "no JSON web token": lambda _: "abc",
    "empty": lambda _: "",
    "of two parts": lambda issuer: issuer.token().rpartition(".")[0],
    "of four parts": lambda issuer: f"{issuer.token()}.e30",
    "of 100 KB": lambda issuer: issuer.token(padding="x" * 100_000),
    "brackets, deep enough for the parser": lambda _: (
        f"{urlsafe_b64encode(b'[' * 20_000).decode().rstrip('=')}.e30.e30"
    ),
    "not signed": _unsigned,
    "signed with the public key as a secret": _with_public_key,
    "signed with RS512": lambda issuer: jwt.encode(
        issuer.claims(), issuer.key, "RS512", headers={"kid": key_id(issuer.key)}
    ),
    "signed with a foreign key": _of_foreign_key,
    "signed with an unknown key": _of_unknown_key,
    "signed with a key that it brings along": _with_its_own_key,
    "altered": _altered,
    "without the id of its key": lambda issuer: jwt.encode(issuer.claims(), issuer.key, "RS256"),
    "with an unknown extension": lambda issuer: issuer.sign(
        issuer.claims(), crit=["http://contoso.com/x"], **{"http://contoso.com/x": True}
    ),
    "with an unencoded body": lambda issuer: issuer.sign(issuer.claims(), crit=["b64"], b64=True),
    "for another service": _changed(aud=OTHER_TENANT),
    "for the App ID URI": _changed(aud="https://bridge.example/mcp"),
    "for Foundry": _changed(aud="https://ai.azure.com"),
    "for this service among others": _changed(aud=[CLIENT, OTHER_TENANT]),
    "of another issuer": _changed(iss="https://login.example/v2.0"),
    "of its issuer with a slash": lambda issuer: issuer.token(iss=f"{issuer.issuer}/"),
    "of the issuer of all tenants": lambda issuer: issuer.token(
        iss=f"{issuer.authority}/common/v2.0"
    ),
    "of another tenant's issuer": lambda issuer: issuer.token(
        iss=f"{issuer.authority}/{OTHER_TENANT}/v2.0", tid=OTHER_TENANT
    ),
    "of another tenant": _changed(tid=OTHER_TENANT),
    "of version 1": _changed(
        ver="1.0", iss=f"https://sts.windows.net/{TENANT}/", azp=None, appid=CLIENT
    ),
    "of version 1 with this issuer": _changed(ver="1.0"),
    "an ID token": _id_token(),
    "an ID token with a role": _id_token(roles=["Agents.Manage"]),
    "an ID token with a role, of a flow without a nonce": _changed(
        scp=None, azp=None, roles=["Agents.Manage"]
    ),
    "an ID token with a role that names its client": _changed(
        scp=None, nonce="n-0S6_WzA2Mj", roles=["Agents.Manage"]
    ),
    "a person's with a role alone": _changed(scp=None, idtyp="user", roles=["Agents.Manage"]),
    "without a scope or a role": _changed(scp=None),
    "with a list of scopes": _changed(scp=["Agents.Ask"]),
    "with a role that is no list": _changed(roles="Agents.Manage"),
    "without its end": _changed(exp=None),
    "without its issue": _changed(iat=None),
    "without its beginning": _changed(nbf=None),
    "without its tenant": _changed(tid=None),
    "of nobody": _changed(oid=None),
    "of an id with a line's end": _changed(oid=f"{ALICE}\nx"),
    "of an id that is no text": _changed(oid=7),
    "ended five minutes ago": _timed(exp=-FIVE_MINUTES, iat=-4000, nbf=-4000),
    "ended more than a minute ago": _timed(exp=-75, iat=-4000, nbf=-4000),
    "valid in five minutes": _timed(nbf=FIVE_MINUTES),
    "issued in five minutes": _timed(iat=FIVE_MINUTES),
    "with an end that is no time": _changed(exp="soon"),
    "with an end that never is": _changed(exp=1e400),
}
"""What is answered with 401 and `invalid_token`."""


def application(issuer: Issuer, *roles: str) -> str:
    """Return the token that an application gets for itself."""
    return issuer.token(scp=None, roles=list(roles) or None, sub=ALICE, idtyp="app")
