"""Who brings a token, and for whom: read, never verified, for the emulator is no issuer."""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass

from mcp_foundry.emulator.wire.values import Json, as_object, as_text

BEARER = "Bearer "
# A token with the role Foundry Agent Consumer and no other.
CONSUMER = "consumer"
# By whose data a middle tier works, and whose memories an agent's tool has.
IDENTITY = "x-ms-user-identity"
MEMORY_USER = "x-memory-user-id"
OPERATOR = "operator"
"""Whoever brings a token that names nobody, as `emulator` is one."""
AUDIENCES = frozenset({"https://ai.azure.com", "https://cognitiveservices.azure.com"})


@dataclass(frozen=True)
class Caller:
    """Who asks, in whose name.

    Attributes:
        name: The object id of a token's claims, `operator` or `consumer` for tokens without any,
            and empty where nobody is let in.
        tenant: The tenant of a token's claims.
        speaks_for: Whom `x-ms-user-identity` names.
        remembers_for: Whom `x-memory-user-id` names.
    """

    name: str = ""
    tenant: str = ""
    speaks_for: str = ""
    remembers_for: str = ""

    @property
    def user(self) -> str:
        """Whose data this request meets; no header can name what a token does, which has a `/`."""
        return self.speaks_for or (f"{self.tenant}/{self.name}" if self.tenant else "")

    @property
    def memory_user(self) -> str:
        """What `{{$userId}}` stands for; how the service joins both ids is not known."""
        own = f"{self.tenant}_{self.name}" if self.tenant else self.name
        return self.remembers_for or own


def caller_of(headers: Mapping[str, str]) -> Caller:
    """Who a request says that it is from."""
    authorization = headers.get("Authorization", "")
    if not authorization.startswith(BEARER):
        return Caller()
    said = headers.get(IDENTITY, ""), headers.get(MEMORY_USER, "")
    token = authorization.removeprefix(BEARER)
    claims = _claims(token)
    # A JWT that says nothing of whom it is of, nor for what it is, is any token.
    if not claims.keys() & {"oid", "tid", "aud"}:
        return Caller(CONSUMER if token == CONSUMER else OPERATOR, "", *said)
    name, tenant = as_text(claims.get("oid")), as_text(claims.get("tid"))
    good = as_text(claims.get("aud")).rstrip("/") in AUDIENCES and _expires(claims) > time.time()
    return Caller(name, tenant, *said) if good and name and tenant else Caller()


def _claims(token: str) -> Json:
    """What a JWT says; nothing where it is none."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - a head, its claims, a signature
        return {}
    try:
        return as_object(json.loads(urlsafe_b64decode(parts[1] + "==")))
    except (ValueError, RecursionError):
        return {}


def _expires(claims: Json) -> float:
    expiry = claims.get("exp")
    return expiry if isinstance(expiry, int | float) else 0.0
