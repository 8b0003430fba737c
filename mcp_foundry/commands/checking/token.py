"""Whether a service would take an access token: each rule, and what to do where one is broken.

Of the token itself nothing is shown, and nothing of it is sent.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt

from mcp_foundry.commands.arguments import UsageError
from mcp_foundry.commands.checking.claims import rules_of
from mcp_foundry.commands.checking.line import Line
from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.entra.authority import Authority
from mcp_foundry.entra.claims import BrokenRuleError, Rules
from mcp_foundry.entra.keys import open_keys
from mcp_foundry.entra.tokens import (
    LONGEST,
    check_signature,
    read_key_id,
    verify,
)
from mcp_foundry.transport.http.challenges import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    from mcp_foundry.settings.values import Settings

_MOST = 1 << 20
_NEEDED = {"tenant_id": "MCP_FOUNDRY_TENANT_ID", "client_id": "MCP_FOUNDRY_CLIENT_ID"}


def read_token(name: str) -> str:
    """Return the token in that file; `-` is stdin. A word `Bearer` before it is left out.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        if name == "-":
            data = sys.stdin.buffer.read(_MOST)
        else:
            with Path(name).open("rb") as file:
                data = file.read(_MOST)
    except OSError as wrong:
        raise UsageError(f"--token {name} cannot be read: {wrong.strerror}") from None
    text = data.decode("utf-8", "replace").strip().removeprefix("Authorization:").strip()
    scheme, _, token = text.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else text


async def look_at_token(token: str, settings: Settings) -> AsyncIterator[Line]:
    """Yield a line for each rule, in the order in which the door looks at them."""
    missing = [name for field, name in _NEEDED.items() if not getattr(settings, field)]
    if missing:
        told = f"set {' and '.join(missing)} as the service has them; nothing is compared without"
        yield Line("FAIL", "settings", told)
    try:
        claims = _claims(token)
    except BrokenRuleError as broken:
        yield Line("FAIL", "token", str(broken))
        return
    yield Line("ok", "token", f"a JSON web token of {len(token)} characters")
    if missing:
        return
    rules = Rules(
        Authority(settings.authority, settings.tenant_id), settings.client_id, settings.identity
    )
    failed = False
    for line in rules_of(claims, rules, settings.public_url, time.time()):
        failed |= line.word == "FAIL"
        yield line
    yield await _signature(token, rules, settings, sound=not failed)


def _claims(token: str) -> dict[str, Any]:
    """Return the claims, whoever signed them.

    Raises:
        BrokenRuleError: It is no token, and how to get one.
    """
    if not token:
        raise BrokenRuleError("there is none; put an access token into the file, and nothing else")
    if len(token) > LONGEST:
        raise BrokenRuleError(
            f"it has {len(token)} characters, more than the {LONGEST} that are taken: leave groups "
            "out of tokens (groupMembershipClaims in the registration)"
        )
    with suppress(jwt.PyJWTError, ValueError, RecursionError):
        return jwt.decode(token, options={"verify_signature": False})
    raise BrokenRuleError(
        "this is no JSON web token: put the access token into the file as the client sends it, "
        "three parts with dots between, and nothing else"
    )


async def _signature(token: str, rules: Rules, settings: Settings, *, sound: bool) -> Line:
    """Return whether it is signed with a key of the authority.

    A token that is sound besides is held against all rules at once, as the door does it.
    """
    what = "signature"
    try:
        key_id = read_key_id(token)
        async with open_keys(settings) as keys:
            await keys.fetched()
            problem, key = keys.problem, await keys.of(key_id) if keys.there else None
        if problem:
            told = f"not looked at, for {rules.authority.keys_url} cannot be fetched: {problem}"
            return Line("skip", what, told)
        _check(token, key, rules, sound=sound)
    except (BrokenRuleError, Refusal) as broken:
        return Line("FAIL", what, f"{broken} Get a new token from {rules.authority.issuer}.")
    except FoundryError as wrong:
        return Line("skip", what, f"not looked at: {wrong}")
    return Line("ok", what, f"by a key of {rules.authority.issuer}")


def _check(token: str, key: RSAPublicKey | None, rules: Rules, *, sound: bool) -> None:
    if key is None:
        raise BrokenRuleError("The authority has no key of the id that the token names.")
    if sound:
        verify(token, key, rules)
    else:
        check_signature(token, key)
