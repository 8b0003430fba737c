"""Who may start a run: one turn of a conversation at a time, and so many runs at once."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Turns:
    """Lets the turns of one conversation through in the order in which they came."""

    def __init__(self) -> None:
        self._locks: dict[str, anyio.Lock] = {}

    @asynccontextmanager
    async def taken(self, conversation_id: str) -> AsyncIterator[None]:
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
    with every run that is taken: what TCP does, for the same reason.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limiter = anyio.CapacityLimiter(most)
        self._halved = -1.0

    @asynccontextmanager
    async def taken(self, by: object) -> AsyncIterator[None]:
        """Hold one slot."""
        async with _on_behalf(self._limiter, by):
            yield

    @property
    def at_once(self) -> int:
        """How many runs may be under way now."""
        return int(self._limiter.total_tokens)

    def throttled(self) -> None:
        """Note that the service refused a run for its rate."""
        now = anyio.current_time()
        if now - self._halved >= 1:
            self._halved = now
            self._limiter.total_tokens = max(1, self.at_once // 2)

    def eased(self) -> None:
        """Note that the service took a run."""
        if self.at_once < self._most:
            self._limiter.total_tokens = self.at_once + 1


@asynccontextmanager
async def _on_behalf(limiter: anyio.CapacityLimiter, by: object) -> AsyncIterator[None]:
    await limiter.acquire_on_behalf_of(by)
    try:
        yield
    finally:
        limiter.release_on_behalf_of(by)
