"""Who is let in: the token of a request, and the caller that it makes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken

from mcp_foundry.entra.authority import Authority
from mcp_foundry.entra.claims import ASK, Rules
from mcp_foundry.entra.keys import open_keys
from mcp_foundry.entra.known import Known, KnownTokens
from mcp_foundry.entra.tokens import Verified, key_id_of, verify
from mcp_foundry.transport.http.challenges import UNAUTHORIZED, Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from mcp_foundry.contract.caller import Caller
    from mcp_foundry.entra.keys import Keys
    from mcp_foundry.settings.values import Settings

    Exchange = Callable[[Caller, str], Awaitable[Caller]]


class AdmittedUser(AuthenticatedUser):
    """A caller, as the SDK knows one; the token itself goes no further.

    Args:
        verified: What the token said.
        caller: Whose it was, with what Foundry is asked with.
        rules: What it was held against.
    """

    def __init__(self, verified: Verified, caller: Caller, rules: Rules) -> None:
        # The SDK binds sessions, and what is asked of people, to client, issuer and subject.
        token = AccessToken(
            token="",  # so that nobody passes it on
            client_id=caller.client,
            scopes=[ASK],
            expires_at=verified.expires_at,
            subject=caller.key,
            claims={"iss": rules.authority.issuer},
        )
        super().__init__(token)
        self.caller = caller


class Admission:
    """Tells whose tokens are.

    Args:
        keys: What they are signed with.
        rules: What they must say.
        exchange: Given a caller and the token, returns the caller with what Foundry is asked with
            in their name; None where the server asks in its own.
    """

    def __init__(self, keys: Keys, rules: Rules, exchange: Exchange | None = None) -> None:
        self._keys, self._rules, self._exchange = keys, rules, exchange
        self._known = KnownTokens()

    def ready(self) -> bool:
        """Whether there are keys to verify with."""
        return self._keys.there

    async def admit(self, token: str) -> AdmittedUser:
        """Return whose token it is.

        Raises:
            Refusal: Nobody's who may ask here.
        """
        known = self._known.find(token)
        key_id = known.key_id if known else key_id_of(token)
        key = await self._keys.of(key_id)
        if key is None:
            told = "The token is signed with a key that its issuer does not have."
            raise Refusal(UNAUTHORIZED, told, fault="invalid_token")
        if known is None or known.key is not key:
            known = Known(key_id, key, verify(token, key, self._rules))
            self._known.keep(token, known)
        verified = known.verified
        caller = verified.caller
        if self._exchange:
            caller = await self._exchange(caller, token)
        return AdmittedUser(verified, caller, self._rules)


@asynccontextmanager
async def open_admission(settings: Settings) -> AsyncGenerator[Admission]:
    """Fetch the keys, and keep them fresh, as long as the context is open.

    Raises:
        NotSent: The file of certificate authorities cannot be read, or the service has nothing to
            show Entra for itself.
    """
    authority = Authority(settings.authority, settings.tenant_id)
    rules = Rules(authority, settings.client_id, settings.identity)
    async with (
        _exchange(settings) as exchange,
        open_keys(settings) as keys,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(keys.keep)
        yield Admission(keys, rules, exchange)
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def _exchange(settings: Settings) -> AsyncGenerator[Exchange | None]:
    """Yield what Foundry is asked with in people's names, where it is asked so."""
    if settings.identity == "server":
        yield None
        return
    from mcp_foundry.entra.exchange import open_exchange

    async with open_exchange(settings) as exchange:
        yield exchange.for_caller
