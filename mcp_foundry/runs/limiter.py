"""How many runs may be under way at once."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class RunLimiter:
    """Bounds the runs under way, fewer while the service says that there are too many.

    Halved by a 429, at most once a second (one wave of refusals is one signal); one more again
    with every run that is taken: what TCP does, for the same reason. anyio's CapacityLimiter is
    no help: it lets a waiter in whenever its total grows, even where more than that are in.

    Attributes:
        limit: How many runs may be under way now.
    """

    def __init__(self, most: int) -> None:
        self.limit = most
        self._most = most
        self._holders: set[object] = set()
        self._waiting: OrderedDict[object, anyio.Event] = OrderedDict()
        self._halved = -1.0

    @asynccontextmanager
    async def slot(self, by: object) -> AsyncGenerator[None]:
        """Hold one slot; those who wait get theirs in the order in which they came."""
        await self._acquire(by)
        try:
            yield
        finally:
            self._release(by)

    async def rejoin(self, by: object) -> None:
        """Make `by`, which holds a slot, wait first in line where too many hold one now."""
        if len(self._holders) > self.limit:
            self._release(by)
            await self._acquire(by, first=True)

    def decrease(self) -> None:
        """Note that the service refused a run for its rate."""
        now = anyio.current_time()
        if now - self._halved >= 1:
            self._halved = now
            self.limit = max(1, self.limit // 2)

    def increase(self) -> None:
        """Note that the service took a run."""
        if self.limit < self._most:
            self.limit += 1
            self._admit()

    async def _acquire(self, by: object, *, first: bool = False) -> None:
        if not self._waiting and len(self._holders) < self.limit:
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
        while self._waiting and len(self._holders) < self.limit:
            by, admitted = self._waiting.popitem(last=False)
            self._holders.add(by)
            admitted.set()
