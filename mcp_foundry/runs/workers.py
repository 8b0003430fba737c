"""Many at work on what comes, and on what belongs together one after the other."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


class Workers(Generic[T]):
    """Work on items as they come; those of one chain in their order.

    An item whose chain is at work waits for that, and its worker takes the next one.

    Args:
        take: Returns the next item; None where there is none any more.
        do: Works on it.
        chain: Names what it belongs to; empty where that is nothing.
    """

    def __init__(
        self,
        take: Callable[[], Awaitable[T | None]],
        do: Callable[[T], Awaitable[None]],
        chain: Callable[[T], str],
    ) -> None:
        self._take = take
        self._do = do
        self._chain = chain
        self._chains: dict[str, deque[T]] = {}

    async def run(self, count: int, ahead: int) -> None:
        """Work until nothing comes any more.

        Args:
            count: How many items are worked on at once.
            ahead: How many more are held at most, waiting for their chains.
        """
        room = anyio.Semaphore(count + ahead)
        async with anyio.create_task_group() as tasks:
            for _ in range(count):
                tasks.start_soon(self._work, room)

    async def _work(self, room: anyio.Semaphore) -> None:
        while True:
            await room.acquire()
            item = await self._take()
            if item is None:
                room.release()
                return
            name = self._chain(item)
            if name in self._chains:
                self._chains[name].append(item)
                continue
            mine = deque([item])
            if name:
                self._chains[name] = mine
            while mine:
                await self._do(mine.popleft())
                room.release()
            self._chains.pop(name, None)
