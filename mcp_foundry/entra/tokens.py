"""Whose an access token is: its signature, its claims, and what it allows here.

The rules are those of the service's contract: one tenant, one algorithm, tokens of version 2 that
were made for this service, for a person with the scope or for an application with a role. What a
token is bound to (`cnf`) is not looked at: hosts on joined machines send such tokens as plain ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import jwt

from mcp_foundry.entra.claims import (
    REQUIRED,
    BrokenRuleError,
    Rules,
    caller_of,
    check_allowed,
    check_kind,
    check_place,
)
from mcp_foundry.transport.http.challenges import UNAUTHORIZED, Refusal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    from mcp_foundry.contract.caller import Caller

ALGORITHM = "RS256"
LEEWAY = 60
"""Seconds that clocks may be apart."""
LONGEST = 32_768
"""Characters of a token; one with two hundred groups has ten thousand."""


@dataclass(frozen=True)
class Verified:
    """A token that keeps every rule.

    Attributes:
        caller: Whose it is.
        expires_at: When it ends, in seconds of the epoch.
    """

    caller: Caller
    expires_at: int


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
        check_place(claims, rules)
        check_kind(claims)
    except BrokenRuleError as broken:
        raise _wrong(broken) from None
    check_allowed(claims, rules)
    return Verified(caller_of(claims), int(claims["exp"]))


def read_key_id(token: str) -> str:
    """Return the id of its key.

    Raises:
        BrokenRuleError: The token is too long, or its header is not of the kind that is taken.
    """
    if not token or len(token) > LONGEST:
        raise BrokenRuleError("The token is empty, or far too long.")
    return _key_id_in(token.partition(".")[0])


# It is the same in all tokens that are signed with a key, and takes a tenth of verifying to read.
@lru_cache(maxsize=32)
def _key_id_in(head: str) -> str:
    try:
        # Of the rest each character would be looked at, twice: that takes longer than verifying.
        header = jwt.get_unverified_header(f"{head}..")
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
