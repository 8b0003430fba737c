"""How many runs may be under way at once, and whose is next."""

from __future__ import annotations

from collections import Counter, OrderedDict
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

    Owners who wait take turns, however many of theirs wait; of one owner's, the first come is the
    first in. Whoever holds and waits for nothing costs nothing.

    Args:
        most: How many runs may be under way.
        each: How many of them one owner may have; None for all. Where there may be fewer runs than
            `most`, an owner may have fewer in proportion: there is always room beside it.

    Attributes:
        limit: How many runs may be under way now.
    """

    def __init__(self, most: int, each: int | None = None) -> None:
        self.limit = most
        self._most = most
        self._each = most if each is None else min(each, most)
        self._holders: dict[object, str] = {}
        self._held: Counter[str] = Counter()
        self._waiting: dict[str, OrderedDict[object, anyio.Event]] = {}
        # Owners who wait: those whose turn it is, next first; and those who have all they may.
        self._turns: OrderedDict[str, None] = OrderedDict()
        self._full: dict[str, None] = {}
        self._last: str | None = None
        self._halved = -1.0

    @asynccontextmanager
    async def slot(self, by: object, owner: str = "") -> AsyncGenerator[None]:
        """Hold one slot, as one of its owner's."""
        await self._acquire(by, owner)
        try:
            yield
        finally:
            self._release(by)

    async def rejoin(self, by: object) -> None:
        """Make `by`, which holds a slot, wait first in line where too many hold one now."""
        if len(self._holders) > self.limit:
            owner = self._holders[by]
            self._release(by)
            await self._acquire(by, owner, first=True)

    def decrease(self) -> None:
        """Note that the service refused a run for its rate."""
        now = anyio.current_time()
        if now - self._halved >= 1:
            self._halved = now
            self.limit = max(1, self.limit // 2)

    def increase(self) -> None:
        """Note that the service took a run."""
        if self.limit < self._most:
            before = self._most_each()
            self.limit += 1
            if self._most_each() > before:
                # No more of them than an owner's part fits into all, and seldom.
                self._turns.update(self._full)
                self._full.clear()
            self._admit()

    def _most_each(self) -> int:
        return -(-self._each * self.limit // self._most)

    def _may_hold(self, owner: str) -> bool:
        return self._held[owner] < self._most_each()

    async def _acquire(self, by: object, owner: str, *, first: bool = False) -> None:
        if len(self._holders) < self.limit and self._may_hold(owner):
            # Nobody who may have it waits for it.
            self._hold(by, owner)
            return
        admitted = anyio.Event()
        line = self._waiting.setdefault(owner, OrderedDict())
        line[by] = admitted
        new = len(line) == 1
        if new:
            self._turns[owner] = None
        if first:
            line.move_to_end(by, last=False)
            if new:
                self._turns.move_to_end(owner, last=False)
        self._admit()
        try:
            await admitted.wait()
        except BaseException:
            # Cancelled; perhaps in the very moment in which it was admitted.
            self._leave(by, owner)
            self._release(by)
            raise

    def _hold(self, by: object, owner: str) -> None:
        self._holders[by] = self._last = owner
        self._held[owner] += 1

    def _release(self, by: object) -> None:
        owner = self._holders.pop(by, None)
        if owner is not None:
            self._held[owner] -= 1
            if not self._held[owner]:
                del self._held[owner]
            if owner in self._full and self._may_hold(owner):
                del self._full[owner]
                self._turns[owner] = None
        self._admit()

    def _leave(self, by: object, owner: str) -> None:
        line = self._waiting.get(owner, OrderedDict())
        if line.pop(by, None) and not line:
            self._forget(owner)

    def _forget(self, owner: str) -> None:
        del self._waiting[owner]
        self._turns.pop(owner, None)
        self._full.pop(owner, None)

    def _admit(self) -> None:
        while self._turns and len(self._holders) < self.limit:
            owner = self._next()
            if not self._may_hold(owner):
                del self._turns[owner]
                self._full[owner] = None
                continue
            line = self._waiting[owner]
            by, admitted = line.popitem(last=False)
            self._hold(by, owner)
            if not line:
                self._forget(owner)
            admitted.set()

    def _next(self) -> str:
        """Return whose turn it is: nobody's twice in a row while others wait."""
        owner = next(iter(self._turns))
        if owner == self._last and len(self._turns) > 1:
            self._turns.move_to_end(owner)
            owner = next(iter(self._turns))
        return owner
