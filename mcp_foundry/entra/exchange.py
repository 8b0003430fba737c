"""Tokens to ask Foundry with in the callers' own names: exchanged once each, kept while they last.

Kept is only the token, by a digest of what it was exchanged for: another sign-in is another entry,
even of the same person. Nothing is kept for other replicas, which exchange for themselves.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from importlib import import_module
from time import time
from traceback import extract_tb
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from mcp_foundry import __version__
from mcp_foundry.entra import failures
from mcp_foundry.entra.assertion import proof_of
from mcp_foundry.entra.failures import Failed
from mcp_foundry.service.pools import open_pool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from anyio.abc import TaskGroup

    from mcp_foundry.contract.caller import Caller
    from mcp_foundry.service.transport import BoundedTransport
    from mcp_foundry.settings.values import Settings

    Ask = Callable[[str], Awaitable[tuple[str, float] | Failed]]

logger = logging.getLogger(__name__)
# Callers whose tokens are kept: 3 KiB each.
_MOST = 10_000
# Before its end a token is exchanged anew; what runs has to have some of it left.
_EARLY = 300.0
# How long a failure is told again without asking: so long a host that loops asks nobody.
_SHORTEST_REST, _LONGEST_REST = 5.0, 30.0


@dataclass(frozen=True)
class _Kept:
    """A token, or why there is none.

    Attributes:
        outcome: The one or the other.
        renewed: When to ask anew, while this one still holds.
        ends: When it holds no more.
    """

    outcome: str | Failed
    renewed: float
    ends: float


@dataclass
class _Flight:
    """An exchange under way, for all who wait for it."""

    landed: anyio.Event = field(default_factory=anyio.Event)
    kept: _Kept | None = None


class Exchange:
    """Gives callers their tokens; see `open_exchange`.

    Args:
        ask: Exchanges one.
        tasks: Where exchanges run: a caller who leaves takes none away from those who wait, too.
        client: The application id of the service.
        seconds: For one exchange, all of it.
        most: How many callers are remembered.
        clock: Seconds since the epoch.
    """

    def __init__(  # noqa: PLR0913 - what tests set
        self,
        ask: Ask,
        tasks: TaskGroup,
        client: str,
        seconds: float,
        *,
        most: int = _MOST,
        clock: Callable[[], float] = time,
    ) -> None:
        self._ask = ask
        self._tasks = tasks
        self._client = client
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._flights: dict[bytes, _Flight] = {}

    async def for_caller(self, caller: Caller, assertion: str) -> Caller:
        """Return the caller with a token for Foundry, or with what a tool tells instead.

        Args:
            caller: Who calls.
            assertion: The verified token that the call came with.

        Raises:
            Refusal: Only a new sign-in helps, which HTTP asks for.
        """
        key, now = sha256(assertion.encode()).digest(), self._clock()
        kept = self._kept.get(key)
        if kept is None or kept.ends <= now:
            flight = self._under_way(key, assertion)
            await flight.landed.wait()
            kept = flight.kept
        else:
            self._kept.move_to_end(key)
            if kept.renewed <= now:
                self._under_way(key, assertion)
        outcome = kept.outcome if kept else failures.unavailable(self._client, "ended")
        if isinstance(outcome, Failed):
            return outcome.told_to(caller)
        return replace(caller, token=outcome, token_ends=kept.ends if kept else 0.0)

    def _under_way(self, key: bytes, assertion: str) -> _Flight:
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight()
            self._tasks.start_soon(self._fly, key, assertion, flight)
        return flight

    async def _fly(self, key: bytes, assertion: str, flight: _Flight) -> None:
        try:
            flight.kept = self._keep(key, await self._asked(assertion))
        finally:
            del self._flights[key]
            flight.landed.set()

    async def _asked(self, assertion: str) -> tuple[str, float] | Failed:
        try:
            with anyio.fail_after(self._seconds):
                return await self._ask(assertion)
        except TimeoutError:
            return failures.unavailable(self._client, f"no answer within {self._seconds:g} s")
        except Exception as ours:  # noqa: BLE001 - one caller's failure may end nobody else's calls
            # Not its message, which may hold the token.
            at = extract_tb(ours.__traceback__)[-1]
            return failures.unavailable(
                self._client, f"{type(ours).__name__} in {at.name}, line {at.lineno}"
            )

    def _keep(self, key: bytes, outcome: tuple[str, float] | Failed) -> _Kept:
        now, last = self._clock(), self._kept.get(key)
        if isinstance(outcome, Failed):
            if outcome.kind.ours:
                logger.error("no token on behalf of a caller: %s", outcome.reason)
            rest = now + min(max(_SHORTEST_REST, outcome.retry_after or 0), _LONGEST_REST)
            if last and isinstance(last.outcome, str) and now < last.ends:
                kept = replace(last, renewed=rest)  # it still holds
            else:
                kept = _Kept(outcome, rest, rest)
        else:
            token, ends = outcome
            kept = _Kept(token, ends - min(_EARLY, (ends - now) / 2), ends)
        self._kept[key] = kept
        self._kept.move_to_end(key)
        self._forget(now)
        return kept

    def _forget(self, now: float) -> None:
        """Forget whom nobody asked for longest: tokens that have ended, and those too many."""
        while self._kept:
            oldest = next(iter(self._kept))
            if len(self._kept) <= self._most and now < self._kept[oldest].ends:
                break
            del self._kept[oldest]


@asynccontextmanager
async def open_exchange(settings: Settings) -> AsyncGenerator[Exchange]:
    """Exchange tokens as long as the context is open, through a pool of its own.

    Raises:
        NotSent: The file of certificate authorities cannot be read, or the service has nothing to
            show for itself.
    """
    await anyio.to_thread.run_sync(import_module, "azure.identity.aio")
    from mcp_foundry.entra.on_behalf import OnBehalf

    async with AsyncExitStack() as stack:
        # A managed identity is asked on this machine, past any proxy.
        near = await _transport(stack, settings, proxies=False)
        far = await _transport(stack, settings, proxies=True)
        on_behalf = OnBehalf(settings, far, proof_of(settings, near))
        await on_behalf.check()
        tasks = await stack.enter_async_context(anyio.create_task_group())
        seconds = settings.limits.exchange
        yield Exchange(on_behalf.token, tasks, settings.client_id, seconds)
        tasks.cancel_scope.cancel()


async def _transport(
    stack: AsyncExitStack, settings: Settings, *, proxies: bool
) -> BoundedTransport:
    import aiohttp

    from mcp_foundry.service.transport import BoundedTransport

    session = aiohttp.ClientSession(
        connector=open_pool(settings.ca_bundle),
        headers={"User-Agent": f"mcp-foundry/{__version__}"},
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=proxies,
    )
    await stack.enter_async_context(session)
    return BoundedTransport(session, settings.limits.exchange)
