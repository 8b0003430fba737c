"""Whose an access token is: its signature, its claims, and what it allows here.

The rules are those of the service's contract: one tenant, one algorithm, tokens of version 2 that
were made for this service, for a person with the scope or for an application with a role. What a
token is bound to (`cnf`) is not looked at: hosts on joined machines send such tokens as plain ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import jwt

from mcp_foundry.contract.caller import MANAGE, Caller
from mcp_foundry.transport.http.challenges import FORBIDDEN, UNAUTHORIZED, Refusal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    from mcp_foundry.entra.authority import Authority
    from mcp_foundry.settings.values import Identity

ASK = "Agents.Ask"
"""The scope of those who may ask, as tokens name it."""
ROLES = frozenset({ASK, "Agents.Ask.All", MANAGE})
"""The roles of applications that may."""
ALGORITHM = "RS256"
LEEWAY = 60
"""Seconds that clocks may be apart."""
LONGEST = 32_768
"""Characters of a token; one with two hundred groups has ten thousand."""
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


@dataclass(frozen=True)
class Verified:
    """A token that keeps every rule.

    Attributes:
        caller: Whose it is.
        expires_at: When it ends, in seconds of the epoch.
    """

    caller: Caller
    expires_at: int


class BrokenRuleError(Exception):
    """A token breaks a rule; the message says which."""


def key_id_of(token: str) -> str:
    """Return the id of the key that a token says it is signed with.

    Raises:
        Refusal: It cannot be a token of the kind that is taken here.
    """
    try:
        return read_key_id(token)
    except BrokenRuleError as broken:
        raise _wrong(broken) from None


def verify(token: str, key: RSAPublicKey, rules: Rules) -> Verified:
    """Return whose token it is.

    Raises:
        Refusal: It breaks a rule.
    """
    try:
        claims = signed_claims(token, key, rules)
        _check_place(claims, rules)
        check_kind(claims)
    except BrokenRuleError as broken:
        raise _wrong(broken) from None
    check_allowed(claims, rules)
    return Verified(_caller(claims), int(claims["exp"]))


def read_key_id(token: str) -> str:
    """Return the id of its key.

    Raises:
        BrokenRuleError: The token is too long, or its header is not of the kind that is taken.
    """
    if not token or len(token) > LONGEST:
        raise BrokenRuleError("The token is empty, or far too long.")
    try:
        # Of the rest each character would be looked at, twice: that takes longer than verifying.
        header = jwt.get_unverified_header(f"{token.partition('.')[0]}..")
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise BrokenRuleError("This is no JSON web token.") from None
    if header.get("alg") != ALGORITHM:
        raise BrokenRuleError(f"The token is not signed with {ALGORITHM}.")
    if "crit" in header:
        raise BrokenRuleError("The token demands an extension (crit) that is not known here.")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not key_id:
        raise BrokenRuleError("The token does not name its key (kid).")
    return key_id


def signed_claims(token: str, key: RSAPublicKey, rules: Rules) -> dict[str, Any]:
    """Return the claims of a token that was signed, for this service, and is of now.

    Raises:
        BrokenRuleError: It was not, or is not.
    """
    try:
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=rules.client_id,
            issuer=rules.authority.issuer,
            leeway=LEEWAY,
            options={"require": list(REQUIRED), "strict_aud": True},
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as wrong:
        raise BrokenRuleError(_in_words(wrong)) from None


def check_signature(token: str, key: RSAPublicKey) -> None:
    """Check that a token was signed with that key, whatever it says.

    Raises:
        BrokenRuleError: It was not.
    """
    unlooked = {f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub")}
    try:
        jwt.decode(token, key, algorithms=[ALGORITHM], options=cast("Any", unlooked))
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as wrong:
        raise BrokenRuleError(_in_words(wrong)) from None


def _check_place(claims: dict[str, Any], rules: Rules) -> None:
    """Check that the claims are those of a token of version 2, of the one tenant."""
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
            "The token has neither scopes (scp) nor roles, as ID tokens have none."
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


def _caller(claims: dict[str, Any]) -> Caller:
    client = claims.get("azp", "")
    return Caller(
        tenant=claims["tid"],
        object_id=claims["oid"],
        client=client if isinstance(client, str) else "",
        roles=frozenset(claims.get("roles", ())),
    )


def _are_texts(value: Any) -> bool:  # noqa: ANN401 - whatever a token holds
    return isinstance(value, list) and all(isinstance(each, str) for each in value)  # pyright: ignore[reportUnknownVariableType] - that is what is looked at


def _wrong(broken: BrokenRuleError) -> Refusal:
    return Refusal(UNAUTHORIZED, str(broken), fault="invalid_token")


def _in_words(wrong: Exception) -> str:
    """Return what PyJWT found, without anything of the token."""
    for kind, sentence in _SENTENCES.items():
        if isinstance(wrong, kind):
            return sentence
    return "The token cannot be read."


_SENTENCES: dict[type[Exception], str] = {
    jwt.ExpiredSignatureError: "The token has ended (exp).",
    jwt.ImmatureSignatureError: "The token is not valid yet (nbf, iat): are the clocks right?",
    jwt.InvalidAudienceError: "The token was not made for this service (aud).",
    jwt.InvalidIssuerError: "The token is not of this service's issuer (iss).",
    jwt.MissingRequiredClaimError: f"The token lacks a claim: {', '.join(REQUIRED)} are needed.",
    jwt.InvalidSignatureError: "The signature is not that of the key that the token names.",
}
