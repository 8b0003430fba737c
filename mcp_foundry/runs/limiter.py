"""Who may start a run: one turn of a conversation at a time, so many at once; and when again."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mcp_foundry.contract.errors import FoundryError

_UNAVAILABLE = 503
_LONGEST_PAUSE = 30.0


def pause_before_again(refusal: FoundryError, attempt: int) -> float | None:
    """Return the seconds after which a refused question may be sent again; None for never.

    Only two refusals say for sure that nothing was started: 429, and 503 with `Retry-After`
    (which a service that is up, and turns work away, sends). The pause is what the service asks
    for, but never so short that a service that asks for nothing is hammered.

    Args:
        refusal: What the service answered.
        attempt: How often it was refused before.
    """
    asked = refusal.retry_after
    if refusal.code != "rate_limited" and (refusal.status != _UNAVAILABLE or asked is None):
        return None
    if asked is None:
        return min(2.0**attempt, _LONGEST_PAUSE)
    return max(asked, min(0.1 * 2**attempt, 5.0))


class Turns:
    """Lets the turns of one conversation through in the order in which they came."""

    def __init__(self) -> None:
        self._locks: dict[str, anyio.Lock] = {}

    @property
    def held(self) -> int:
        """How many conversations have a turn under way."""
        return len(self._locks)

    @asynccontextmanager
    async def taken(self, conversation_id: str) -> AsyncGenerator[None]:
        """Hold the conversation. Branches from a response (`resp_…`) and new ones need not wait."""
        key = conversation_id.partition("/")[0]
        if not key.startswith(("conv_", "thread_")):
            yield
            return
        lock = self._locks.setdefault(key, anyio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.statistics().tasks_waiting and not lock.locked():
                self._locks.pop(key, None)


class Slots:
    """Bounds the runs under way, fewer while the service says that there are too many.

    Halved by a 429, at most once a second (one wave of refusals is one signal); one more again
    with every run that is taken: what TCP does, for the same reason. anyio's CapacityLimiter is
    no help: it lets a waiter in whenever its total grows, even where more than that are in.

    Attributes:
        at_once: How many runs may be under way now.
    """

    def __init__(self, most: int) -> None:
        self.at_once = most
        self._most = most
        self._holders: set[object] = set()
        self._waiting: OrderedDict[object, anyio.Event] = OrderedDict()
        self._halved = -1.0

    @asynccontextmanager
    async def taken(self, by: object) -> AsyncGenerator[None]:
        """Hold one slot; those who wait get theirs in the order in which they came."""
        await self._acquire(by)
        try:
            yield
        finally:
            self._release(by)

    async def settle(self, by: object) -> None:
        """Make `by`, which holds a slot, wait first in line where too many hold one now."""
        if len(self._holders) > self.at_once:
            self._release(by)
            await self._acquire(by, first=True)

    def throttled(self) -> None:
        """Note that the service refused a run for its rate."""
        now = anyio.current_time()
        if now - self._halved >= 1:
            self._halved = now
            self.at_once = max(1, self.at_once // 2)

    def eased(self) -> None:
        """Note that the service took a run."""
        if self.at_once < self._most:
            self.at_once += 1
            self._admit()

    async def _acquire(self, by: object, *, first: bool = False) -> None:
        if not self._waiting and len(self._holders) < self.at_once:
            self._holders.add(by)
            return
        admitted = self._waiting[by] = anyio.Event()
        if first:
            self._waiting.move_to_end(by, last=False)
        self._admit()
        try:
            await admitted.wait()
        except BaseException:
            # Cancelled; perhaps in the very moment in which it was admitted.
            self._waiting.pop(by, None)
            self._release(by)
            raise

    def _release(self, by: object) -> None:
        self._holders.discard(by)
        self._admit()

    def _admit(self) -> None:
        while self._waiting and len(self._holders) < self.at_once:
            by, admitted = self._waiting.popitem(last=False)
            self._holders.add(by)
            admitted.set()
