"""What a token must say, whoever signed it: of which tenant, of whom, and what that one may do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp_foundry.contract.caller import MANAGE, Caller
from mcp_foundry.transport.http.challenges import FORBIDDEN, Refusal

if TYPE_CHECKING:
    from mcp_foundry.entra.authority import Authority
    from mcp_foundry.settings.values import Identity

ASK = "Agents.Ask"
"""The scope of those who may ask, as tokens name it."""
ROLES = frozenset({ASK, "Agents.Ask.All", MANAGE})
"""The roles of applications that may."""
REQUIRED = ("exp", "iat", "nbf", "tid", "oid")
# Both are in keys and headers, where they must not end before they do.
_ID = re.compile(r"[A-Za-z0-9._:@-]{1,120}")
_OF_ID_TOKENS = frozenset({"nonce", "at_hash", "c_hash"})


@dataclass(frozen=True)
class Rules:
    """What a token must say here.

    Args:
        authority: Whose tokens are taken.
        client_id: The application that they must be made for.
        identity: In whose name Foundry is asked, which applications have none of.
    """

    authority: Authority
    client_id: str
    identity: Identity


class BrokenRuleError(Exception):
    """A token breaks a rule; the message says which."""


def check_place(claims: dict[str, Any], rules: Rules) -> None:
    """Check that the claims are those of a token of version 2, of the one tenant.

    Raises:
        BrokenRuleError: They are not.
    """
    if claims["tid"] != rules.authority.tenant:
        raise BrokenRuleError("The token is of another tenant (tid).")
    if claims.get("ver", "2.0") != "2.0":
        raise BrokenRuleError("The token is not of version 2 (ver).")


def check_kind(claims: dict[str, Any]) -> None:
    """Check that the claims are those of an access token, and of somebody.

    Raises:
        BrokenRuleError: They are not.
    """
    object_id = claims.get("oid")
    if not isinstance(object_id, str) or not _ID.fullmatch(object_id):
        raise BrokenRuleError("The token does not say whose it is (oid).")
    if not isinstance(claims.get("scp", ""), str) or not _are_texts(claims.get("roles", [])):
        raise BrokenRuleError("The token's scopes (scp) or roles cannot be read.")
    if "scp" not in claims and not is_application(claims):
        raise BrokenRuleError(
            "This is no access token: neither a person's, with scopes (scp), nor an application's "
            "own, with roles."
        )


def is_application(claims: dict[str, Any]) -> bool:
    """Whether the token is an application's own, not a person's.

    An ID token may have roles as well. But it names nobody whom it was given to (`azp`), and its
    subject is not the person's id.
    """
    own = "azp" in claims or claims.get("sub") == claims.get("oid")
    return (
        "scp" not in claims
        and bool(claims.get("roles"))
        and own
        and claims.get("idtyp", "app") == "app"
        and not _OF_ID_TOKENS & claims.keys()
    )


def check_allowed(claims: dict[str, Any], rules: Rules) -> None:
    """Check that whoever has these claims may ask.

    Raises:
        Refusal: The scope, or the role, is missing.
    """
    if "scp" in claims:
        if ASK not in claims["scp"].split(" "):
            raise Refusal(
                FORBIDDEN, f"The token lacks the scope {ASK}.", fault="insufficient_scope"
            )
    elif rules.identity == "user":
        raise Refusal(
            FORBIDDEN,
            "This is an application's own token, and Foundry is asked in people's names here.",
            fault="insufficient_scope",
        )
    elif not ROLES & set(claims["roles"]):
        told = f"The application lacks a role: one of {', '.join(sorted(ROLES))}."
        raise Refusal(FORBIDDEN, told, fault="insufficient_scope")


def caller_of(claims: dict[str, Any]) -> Caller:
    """Return who is meant by claims that were checked."""
    client = claims.get("azp", "")
    return Caller(
        tenant=claims["tid"],
        object_id=claims["oid"],
        client=client if isinstance(client, str) else "",
        roles=frozenset(claims.get("roles", ())),
    )


def _are_texts(value: Any) -> bool:  # noqa: ANN401 - whatever a token holds
    return isinstance(value, list) and all(isinstance(each, str) for each in value)  # pyright: ignore[reportUnknownVariableType] - that is what is looked at
