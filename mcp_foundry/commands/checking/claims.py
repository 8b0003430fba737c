"""What a token says, rule by rule, and what to do where that is not what a service takes."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

from mcp_foundry.commands.checking.line import Line
from mcp_foundry.entra.claims import (
    ASK,
    REQUIRED,
    ROLES,
    BrokenRuleError,
    check_allowed,
    check_kind,
    is_application,
)
from mcp_foundry.entra.tokens import LEEWAY
from mcp_foundry.transport.http.challenges import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcp_foundry.entra.claims import Rules

Claims = dict[str, Any]
_LONGEST = 200
_V1 = "https://sts.windows.net/"
_V2_ONLY = (
    "set api.requestedAccessTokenVersion to 2 in the registration's manifest, and get a new token"
)


def rules_of(claims: Claims, rules: Rules, public_url: str, now: float) -> Iterator[Line]:
    """Yield a line for each rule.

    Args:
        claims: What the token says.
        rules: What it must say.
        public_url: Where the service is, for how to get a right one; or empty.
        now: The seconds of the epoch.
    """
    scope = f"{public_url or 'PUBLIC_URL'}/{ASK}"
    lacking = [name for name in REQUIRED if claims.get(name) is None]
    if lacking:
        yield Line("FAIL", "claims", f"{', '.join(lacking)} missing: this is no token of Entra's")
    yield _version(claims)
    yield _issuer(claims, rules)
    yield _tenant(claims, rules)
    yield _audience(claims, rules, scope)
    yield from _times(claims, now)
    yield _kind(claims, scope)
    yield _allowed(claims, rules, scope)


def _shown(value: object) -> str:
    """Return a claim as it may be written to a terminal, whoever made it."""
    text = value if isinstance(value, str) else repr(value)
    return "".join(sign if sign.isprintable() else "?" for sign in text[:_LONGEST])


def _version(claims: Claims) -> Line:
    version = claims.get("ver", "2.0")
    if version == "2.0":
        return Line("ok", "version (ver)", "2.0")
    return Line("FAIL", "version (ver)", f"{_shown(version)}, and only 2.0 is taken: {_V2_ONLY}")


def _issuer(claims: Claims, rules: Rules) -> Line:
    issuer, right = claims.get("iss"), rules.authority.issuer
    if issuer == right:
        return Line("ok", "issuer (iss)", right)
    told = f"{_shown(issuer)}, and must be {right}, letter for letter: "
    if isinstance(issuer, str) and issuer.startswith(_V1):
        return Line("FAIL", "issuer (iss)", f"{told}this is one of version 1; {_V2_ONLY}")
    return Line(
        "FAIL",
        "issuer (iss)",
        f"{told}sign in to this tenant, or correct MCP_FOUNDRY_TENANT_ID or AZURE_AUTHORITY_HOST",
    )


def _tenant(claims: Claims, rules: Rules) -> Line:
    tenant, right = claims.get("tid"), rules.authority.tenant
    if tenant == right:
        return Line("ok", "tenant (tid)", right)
    told = f"{_shown(tenant)}, and must be {right}: sign in to this tenant, or correct"
    return Line("FAIL", "tenant (tid)", f"{told} MCP_FOUNDRY_TENANT_ID")


def _audience(claims: Claims, rules: Rules, scope: str) -> Line:
    audience = claims.get("aud")
    if audience == rules.client_id:
        return Line("ok", "audience (aud)", rules.client_id)
    return Line(
        "FAIL",
        "audience (aud)",
        f"{_shown(audience)}, and must be {rules.client_id}, the service's client id: ask for the "
        f"scope {scope}; where that is what was asked for, correct MCP_FOUNDRY_CLIENT_ID, or "
        f"{_V2_ONLY}",
    )


def _times(claims: Claims, now: float) -> Iterator[Line]:
    for name, what in (("nbf", "begin (nbf)"), ("iat", "issue (iat)"), ("exp", "end (exp)")):
        moment = claims.get(name)
        if not isinstance(moment, int | float) or not abs(moment) < _FAR:
            yield Line("FAIL", what, f"{_shown(moment)}, and must be seconds of the epoch")
            continue
        told = f"{datetime.fromtimestamp(moment, timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
        ago = now - moment
        if name == "exp" and ago >= LEEWAY:
            told += f", {ago:.0f} s ago: get a new token"
            yield Line("FAIL", what, told)
        elif name != "exp" and -ago > LEEWAY:
            told += f", in {-ago:.0f} s: set the clocks of this machine and of the issuer right"
            yield Line("FAIL", what, told)
        else:
            yield Line("ok", what, told)


_FAR = 1e11
"""Seconds of the epoch that no calendar has."""


def _kind(claims: Claims, scope: str) -> Line:
    what = "person (oid)"
    object_id = _shown(claims.get("oid"))
    try:
        check_kind(claims)
    except BrokenRuleError as broken:
        return Line("FAIL", what, f"{broken} Ask for an access token with the scope {scope}.")
    if is_application(claims):
        return Line("ok", "application (oid)", object_id)
    return Line("ok", what, object_id)


def _allowed(claims: Claims, rules: Rules, scope: str) -> Line:
    what = "permission (scp, roles)"
    told = f"scopes: {_listed(claims.get('scp'))}; roles: {_listed(claims.get('roles'))}"
    try:
        check_allowed(claims, rules)
    except Refusal as refusal:
        remedy = (
            f"ask for the scope {scope}"
            if "scp" in claims
            else f"give the application one of the roles {', '.join(sorted(ROLES))}, under "
            "--identity server; or sign a person in"
        )
        return Line("FAIL", what, f"{told}. {refusal} To do: {remedy}")
    except (KeyError, TypeError, AttributeError):
        return Line("FAIL", what, f"{told}, which lets nobody in: ask for the scope {scope}")
    return Line("ok", what, told)


def _listed(value: object) -> str:
    texts = value.split() if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts:
        return "none"
    return ", ".join(map(_shown, cast("list[object]", texts)))
